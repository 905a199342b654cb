"""The penalty by echo circuits: U†, then V_s, then U, on an eigenstate of the observable.

o_s = Tr[O_θ V_s† O_θ V_s] is 2ⁿ Σ_k w_k ⟨O⟩ after U V_s U† on |b_k⟩, where O/2ⁿ = Σ_k w_k |b_k⟩⟨b_k|. No second register
and no ancilla; a permutation V_s only relabels the qubits of the second copy. One PUB for each {s, s⁻¹}.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import FloatArray, Measurement, Outcome, Setting, stack_values
from sggd_qiskit.circuit.paulis import traceless
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import chain, chain_variance, shift_derivative, shift_derivative_variance, shift_rows
from sggd_qiskit.penalty.eigenstates import (
    Ensemble,
    all_eigenstates,
    commuting_sets,
    drawn_eigenstates,
    state_preparation,
)
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

# Up to here all eigenstates are run, each with its share of the shots; beyond, as many are drawn afresh for each step.
MOST_STATES = 256


@dataclass(frozen=True, eq=False)
class EchoPlan:
    """Settings of a step, one for each {s, s⁻¹}, the eigenstates that each uses, and whether there are shifts."""

    settings: tuple[Setting, ...]
    ensembles: tuple[Ensemble, ...]
    gradient: bool


class EchoPenalty:
    """‖O_θ - T[O_θ]‖² / 2ⁿ = Tr[O²]/2ⁿ - E_s o_s/2ⁿ, the identity part of O left out, since the twirl keeps it.

    Attributes:
        measurements: one for each {s, s⁻¹} but the identity.
    """

    def __init__(self, ansatz: RotationForm, observable: SparsePauliOp, group: SymmetryGroup, shots: int):
        self._form = ansatz
        self._observable = traceless(observable)
        self._order = group.order
        self._pairs = group.inverse_pairs
        self._shots = shots
        preparation, self._tilts = state_preparation(ansatz.num_qubits)
        back, self._back = ansatz.circuit("χ")
        forth, self._forth = ansatz.circuit("φ")
        circuit = preparation.compose(back.inverse())
        self.measurements = tuple(_measurement(circuit, element, forth, self._observable) for element, _ in self._pairs)
        states = 2**ansatz.num_qubits * len(commuting_sets(self._observable))
        self._all = all_eigenstates(self._observable) if states <= MOST_STATES else None

    def plan(self, theta: FloatArray, first: int, rng: np.random.Generator, *, gradient: bool) -> EchoPlan:
        """A setting for each measurement, numbered from ``first``; results have the shape (row, state).

        Row 0 is θ itself. With the gradient there follow the shifts of the second copy of the ansatz, and for an
        element that stands for its inverse too those of the first copy, which are the inverse's of the second.

        Args:
            theta: shape (parameter,).
            first: the number of this term's first measurement.
            rng: draws the eigenstates if there are too many to run all.
            gradient: whether to shift.
        """
        angles = self._form.angles(theta)
        settings, ensembles = [], []
        for number, (_, multiplicity) in enumerate(self._pairs):
            ensemble = self._all or drawn_eigenstates(self._observable, MOST_STATES, rng)
            back, forth = _rows(angles, multiplicity if gradient else 0)
            values = stack_values(
                {self._tilts: ensemble.angles[None], self._back: back[:, None], self._forth: forth[:, None]},
                (len(back), len(ensemble.weights)),
            )
            settings.append(Setting(first + number, values, max(1, ceil(self._shots / len(ensemble.weights)))))
            ensembles.append(ensemble)
        return EchoPlan(tuple(settings), tuple(ensembles), gradient)

    def reduce(self, theta: FloatArray, plan: EchoPlan, outcomes: tuple[Outcome, ...]) -> Estimate:
        """The penalty on the scale ‖·‖²_HS / 2ⁿ; it is unbiased, and so may come out slightly negative."""
        norm = float(np.sum(np.abs(self._observable.coeffs) ** 2))
        jacobian = self._form.angles.jacobian(theta)
        value, variance = norm * (1 - 1 / self._order), 0.0
        gradient, gradient_variance = np.zeros(jacobian.shape[1]), np.zeros(jacobian.shape[1])
        for (_, multiplicity), ensemble, outcome in zip(self._pairs, plan.ensembles, outcomes, strict=True):
            mean, spread = ensemble.mean(outcome.values[0], outcome.variances[0])
            value -= multiplicity / self._order * float(mean)
            variance += (multiplicity / self._order) ** 2 * float(spread)
            if plan.gradient:
                # All that rests on the same drawn states is added up state by state, before the mean over the states.
                parts = np.split(outcome.values[1:], multiplicity)
                noises = np.split(outcome.variances[1:], multiplicity)
                slope = chain(jacobian, np.sum([shift_derivative(part) for part in parts], axis=0))
                noise = chain_variance(jacobian, np.sum([shift_derivative_variance(part) for part in noises], axis=0))
                means, spreads = ensemble.mean(slope, noise)
                gradient -= 2 / self._order * means
                gradient_variance += (2 / self._order) ** 2 * spreads
        if not plan.gradient:
            return Estimate(value, variance)
        return Estimate(value, variance, gradient, gradient_variance)


def _rows(angles: FloatArray, copies: int) -> tuple[FloatArray, FloatArray]:
    """Angles of both copies of the ansatz, each of shape (row, angle): θ itself, then the shifts of ``copies`` copies."""
    shifted = shift_rows(angles) if copies else np.empty((0, angles.size))
    still = np.broadcast_to(angles, shifted.shape)
    back = [angles[None], *([still] if copies >= 1 else []), *([shifted] if copies == 2 else [])]
    forth = [angles[None], *([shifted] if copies >= 1 else []), *([still] if copies == 2 else [])]
    return np.concatenate(back), np.concatenate(forth)


def _measurement(
    start: QuantumCircuit, element: Element, ansatz: QuantumCircuit, observable: SparsePauliOp
) -> Measurement:
    circuit = start.copy()
    wires = element.apply_to(circuit)
    circuit.compose(ansatz, qubits=wires, inplace=True)
    return Measurement(circuit, observable.apply_layout(list(wires)))
