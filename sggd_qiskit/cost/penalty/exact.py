"""The penalty by linear algebra, in Pauli coordinates."""

from __future__ import annotations

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.config.cost import Norm
from sggd_qiskit.cost.penalty.term import PenaltyPlan
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.coordinates import letters_on
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.symmetry.group import SymmetryGroup


class SquaredNorm:
    """The squared norm of D = O_θ - T[O_θ] as a function of O_θ: a weighted sum of squares of D's coordinates."""

    def __init__(self, group: SymmetryGroup, norm: Norm):
        self._twirl = pauli_twirl(group)
        self._factor = norm_factor(norm, group.num_qubits)
        self._weights = local_weights(group.num_qubits) if norm == "local_states" else None

    def value_and_slope(self, evolved: FloatArray) -> tuple[float, FloatArray]:
        """The penalty and its derivatives by the coordinates of O_θ, both of shape (1, 4ⁿ).

        With the weights M, T being a self-adjoint projection, these are 2 (1 - T)[M[D]].
        """
        difference = evolved - self._twirl(evolved)
        if self._weights is None:
            return self._factor * float(np.vdot(difference, difference)), 2 * self._factor * difference
        weighted = difference * self._weights
        return float(np.vdot(difference, weighted)), 2 * (weighted - self._twirl(weighted))


def norm_factor(norm: Norm, num_qubits: int) -> float:
    """What ‖·‖²_HS / 2ⁿ is multiplied by for the paper's norm ``hilbert_schmidt``; 1 for the others."""
    return float(2**num_qubits) if norm == "hilbert_schmidt" else 1.0


def local_weights(num_qubits: int) -> FloatArray:
    """The local-states norm's weights 3^(-|P|), |P| being the number of qubits on which P acts, shape (4ⁿ,)."""
    weights = np.ones(4**num_qubits)
    for q in range(num_qubits):
        weights[letters_on(q, num_qubits) != 0] /= 3
    return weights


class ExactPenalty:
    """The penalty term that runs no circuits and has no noise."""

    measurements: tuple[Measurement | Readout, ...] = ()

    def __init__(self, ansatz: RotationForm, observable: SparsePauliOp, group: SymmetryGroup, norm: Norm):
        self._circuit, self._norm = ExactCircuit(ansatz, observable), SquaredNorm(group, norm)

    def plan(
        self,
        theta: FloatArray,
        first: int,
        rng: np.random.Generator,
        *,
        gradient: bool,
        chosen: IndexArray | None = None,
    ) -> PenaltyPlan:
        """Nothing to measure."""
        del theta, first, rng, chosen  # the whole gradient costs no more
        return PenaltyPlan((), gradient)

    def reduce(self, theta: FloatArray, plan: PenaltyPlan, outcomes: tuple[Outcome, ...]) -> Estimate:
        """The penalty, of variance 0."""
        del outcomes
        point = self._circuit.at(theta)
        value, slope = self._norm.value_and_slope(point.evolved)
        if not plan.gradient:
            return Estimate(value, 0.0)
        gradient = point.gradient(point.torques(slope))
        return Estimate(value, 0.0, gradient, np.zeros_like(gradient))
