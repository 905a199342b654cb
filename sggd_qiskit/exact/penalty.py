"""The penalty ‖O_θ - T[O_θ]‖² (paper, (6)) by linear algebra, in Pauli coordinates."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.cost import Norm
from sggd_qiskit.exact.coordinates import letters_on
from sggd_qiskit.exact.modified_penalty import ModifiedNorm
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.model.postprocessing import Postprocessing
from sggd_qiskit.symmetry.group import SymmetryGroup


class SquaredNorm:
    """The squared norm of D = O_θ - T[O_θ] as a function of O_θ: a weighted sum of squares of D's coordinates.

    Args:
        group: S, over which T averages, with its character.
        norm: ``hilbert_schmidt``, ``normalized_hilbert_schmidt`` (divided by 2ⁿ) or ``local_states``.
    """

    def __init__(self, group: SymmetryGroup, norm: Norm):
        self._twirl = pauli_twirl(group)
        self._factor = norm_factor(norm, group.num_qubits)
        self._weights = local_weights(group.num_qubits) if norm == "local_states" else None

    def value_and_slope(self, evolved: FloatArray) -> tuple[float, FloatArray]:
        """The penalty, a mean over the observables, and its derivatives by the coordinates of O_θ, shape (output, 4ⁿ).

        With the weights M of the squares, T being a self-adjoint projection, the derivatives are 2 (1 - T)[M[D]].

        Args:
            evolved: coordinates of O_θ, shape (output, 4ⁿ).
        """
        difference = evolved - self._twirl(evolved)
        factor = self._factor / len(evolved)
        if self._weights is None:
            return factor * float(np.vdot(difference, difference)), 2 * factor * difference
        weighted = difference * self._weights
        return factor * float(np.vdot(difference, weighted)), 2 * factor * (weighted - self._twirl(weighted))


def penalty_norm(group: SymmetryGroup, norm: Norm, g: Postprocessing | None) -> SquaredNorm | ModifiedNorm:
    """The penalty of the outputs, or of g of them.

    Args:
        group: S.
        norm: see `CostConfig.norm`.
        g: of the outputs; None for the outputs as they are.

    Raises:
        ValueError: if with g the norm is ``local_states``, or there are too many qubits.
    """
    return SquaredNorm(group, norm) if g is None else ModifiedNorm(group, norm, g.coefficients)


def norm_factor(norm: Norm, num_qubits: int) -> float:
    """What ‖·‖²_HS / 2ⁿ is multiplied by for the paper's norm ``hilbert_schmidt``; 1 for the others."""
    return float(2**num_qubits) if norm == "hilbert_schmidt" else 1.0


def local_weights(num_qubits: int) -> FloatArray:
    """The local-states norm's weights 3^(-|P|), |P| being the number of qubits on which P acts, shape (4ⁿ,)."""
    weights = np.ones(4**num_qubits)
    for q in range(num_qubits):
        weights[letters_on(q, num_qubits) != 0] /= 3
    return weights
