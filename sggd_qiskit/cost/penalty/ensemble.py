"""Input states with weights, all that there are or a random draw of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import FloatArray


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Input states of a circuit, with the weights at which their expectation values are summed.

    Attributes:
        angles: values of the circuit's preparation parameters, shape (state, parameter).
        weights: shape (state,).
        drawn: whether the states are a random draw, over which only the mean is right, or all that there are.
    """

    angles: FloatArray
    weights: FloatArray
    drawn: bool

    def __len__(self) -> int:
        return len(self.weights)

    def mean(self, values: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Σ_k w_k v_k and its variance, over the last axis of ``values``; a draw's own spread is included."""
        terms = self.weights * values
        if not self.drawn:
            return terms.sum(axis=-1), (self.weights**2 * variances).sum(axis=-1)
        # The spread between the drawn states contains their shot noise already.
        return terms.sum(axis=-1), len(self) * terms.var(axis=-1, ddof=1)


def one_state(weight: float = 1.0) -> Ensemble:
    """A single input state without parameters."""
    return Ensemble(np.empty((1, 0)), np.array([weight]), drawn=False)
