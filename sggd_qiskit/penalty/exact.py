"""The penalty by linear algebra."""

from __future__ import annotations

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import FloatArray, Measurement, Outcome, Readout
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import ComplexArray, unitary
from sggd_qiskit.config.cost import Norm
from sggd_qiskit.gradient.adjoint import adjoint_gradient
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import chain
from sggd_qiskit.penalty.term import PenaltyPlan
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.twirl import twirl


def exact_penalty(evolved: ComplexArray, group: SymmetryGroup, norm: Norm) -> tuple[float, ComplexArray]:
    """The squared norm of D = O_θ - T[O_θ], and its slope G with d(penalty) = Tr[G dO_θ], shape (2ⁿ, 2ⁿ).

    With the norm Tr[D M[D]]/2ⁿ, M self-adjoint, and T a self-adjoint projection, G = 2 (1 - T)[M[D]]/2ⁿ.
    """
    difference = evolved - twirl(group, evolved)
    weighted = localised(difference) if norm == "local_states" else difference
    slope = weighted - twirl(group, weighted) if norm == "local_states" else weighted
    factor = norm_factor(norm, group.num_qubits) / len(evolved)
    return factor * float(np.vdot(difference, weighted).real), 2 * factor * slope


def norm_factor(norm: Norm, num_qubits: int) -> float:
    """What ‖·‖²_HS / 2ⁿ is multiplied by for the paper's norm ``hilbert_schmidt``; 1 for the others."""
    return float(2**num_qubits) if norm == "hilbert_schmidt" else 1.0


def localised(operator: ComplexArray) -> ComplexArray:
    """M[D] = Σ_P 3^(-|P|) c_P P for D = Σ_P c_P P, |P| the number of qubits on which P acts, shape (2ⁿ, 2ⁿ).

    On one qubit this is D/3 + (2/3) Tr[D]/2, the depolarising map of strength 2/3.
    """
    size = len(operator)
    for q in range(size.bit_length() - 1):
        low = 2**q
        tensor = operator.reshape(size // (2 * low), 2, low, size // (2 * low), 2, low)
        mean = np.einsum("aibcid->abcd", tensor) / 2
        identity = np.einsum("abcd,ij->aibcjd", mean, np.eye(2))
        operator = (tensor / 3 + 2 / 3 * identity).reshape(size, size)
    return operator


class ExactPenalty:
    """The penalty term that runs no circuits and has no noise."""

    measurements: tuple[Measurement | Readout, ...] = ()

    def __init__(self, ansatz: RotationForm, observable: SparsePauliOp, group: SymmetryGroup, norm: Norm):
        self._ansatz, self._observable, self._group, self._norm = ansatz, observable.to_matrix(), group, norm

    def plan(self, theta: FloatArray, first: int, rng: np.random.Generator, *, gradient: bool) -> PenaltyPlan:
        """Nothing to measure."""
        del theta, first, rng
        return PenaltyPlan((), gradient)

    def reduce(self, theta: FloatArray, plan: PenaltyPlan, outcomes: tuple[Outcome, ...]) -> Estimate:
        """The penalty, of variance 0."""
        del outcomes
        angles = self._ansatz.angles(theta)
        matrix = unitary(self._ansatz, angles)
        evolved = matrix.conj().T @ self._observable @ matrix
        value, slope = exact_penalty(evolved, self._group, self._norm)
        if not plan.gradient:
            return Estimate(value, 0.0)
        gradient = chain(self._ansatz.angles.jacobian(theta), adjoint_gradient(self._ansatz, angles, evolved, slope))
        return Estimate(value, 0.0, gradient, np.zeros_like(gradient))
