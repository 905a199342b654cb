"""Input states with weights, all that there are or a random draw of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import FloatArray


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Input states of a circuit, with the weights at which the expectation values of its outputs are summed.

    Attributes:
        angles: values of the circuit's preparation parameters, shape (state, parameter).
        weights: shape (state, output).
        drawn: whether the states are a random draw, over which only the mean is right, or all that there are.
    """

    angles: FloatArray
    weights: FloatArray
    drawn: bool

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def size(self) -> float:
        """Sum of the sizes of all weights."""
        return float(np.abs(self.weights).sum())

    def contributions(self, values: FloatArray, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Σ_k w_sk v_sk of each state and its variance, both of shape (..., state).

        Args:
            values: shape (..., state, output).
            covariance: shape (..., state, output, output).
        """
        terms = np.einsum("sk,...sk->...s", self.weights, values)
        return terms, np.einsum("sk,...skl,sl->...s", self.weights, covariance, self.weights, optimize=True)

    def total(self, terms: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The sum over the states and its variance, from shape (..., state); a draw's own spread is included."""
        if not self.drawn:
            return terms.sum(axis=-1), variances.sum(axis=-1)
        # The spread between the drawn states contains their shot noise already.
        return terms.sum(axis=-1), len(self) * terms.var(axis=-1, ddof=1)

    def draws(self, terms: FloatArray) -> tuple[FloatArray, ...]:
        """The terms, shape (state,), as `Estimate.draws` takes them."""
        return (terms,) if self.drawn else ()


def one_state(weight: float = 1.0) -> Ensemble:
    """A single input state without parameters, for one output."""
    return Ensemble(np.empty((1, 0)), np.array([[weight]]), drawn=False)
