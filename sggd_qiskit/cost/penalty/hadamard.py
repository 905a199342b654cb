"""Hadamard test on O_θ V_s† O_θ V_s: n + 1 qubits, three copies of the ansatz in depth.

Re⟨b|O_θ V_s† P_θ V_s|b⟩ is ⟨X ⊗ O⟩ of ancilla and system after V_s, U, P controlled by the ancilla in |+⟩, U†, V_s†, U on
|b⟩: only P is controlled, and measuring O with the ancilla saves its control and the last U†. The mean over the basis
states b and the sum over the terms P of O give o_s/2ⁿ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import all_bit_strings
from sggd_qiskit.cost.penalty.eigenstates import eigenstate_angles, state_preparation
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.symmetry.element import Element


class HadamardTest:
    """Overlaps by Hadamard tests, for an Estimator; one circuit for each term of the observables."""

    def __init__(self, ansatz: RotationForm, observables: tuple[SparsePauliOp, ...], states: int):
        self._n, self._states = ansatz.num_qubits, states
        self._terms = _terms(observables)
        self._prepare, self.preparation = state_preparation(self._n)
        self._last, self.first = ansatz.circuit("χ")
        self._forth, self.second = ansatz.circuit("φ")

    def circuits(self, element: Element) -> tuple[Measurement, ...]:
        """A circuit of n + 1 qubits for each term P; the ancilla is the last qubit."""
        ancilla = SparsePauliOp("X").apply_layout([self._n], self._n + 1)
        return tuple(
            Measurement(
                self._circuit(element, label),
                (observable.apply_layout(list(range(self._n)), self._n + 1).dot(ancilla),),
            )
            for label, (observable, _) in self._terms.items()
        )

    def ensembles(self, rng: np.random.Generator) -> tuple[Ensemble, ...]:
        """Basis states, with the size of P's coefficients."""
        return tuple(self._basis_states(size, rng) for _, size in self._terms.values())

    def _circuit(self, element: Element, label: str) -> QuantumCircuit:
        circuit = QuantumCircuit(self._n + 1)
        circuit.compose(self._prepare, qubits=range(self._n), inplace=True)
        circuit.h(self._n)
        wires = element.apply_to(circuit)
        circuit.compose(self._forth, qubits=wires, inplace=True)
        controlled_pauli(circuit, self._n, label, wires)
        circuit.compose(self._forth.inverse(), qubits=wires, inplace=True)
        # V† undoes the gates where they were made; the permutation is undone by going back to the qubits' own wires.
        circuit.compose(element.gates().inverse(), qubits=wires, inplace=True)
        circuit.compose(self._last, qubits=range(self._n), inplace=True)
        return circuit

    def _basis_states(self, size: float, rng: np.random.Generator) -> Ensemble:
        drawn = 2**self._n > self._states
        bits = rng.integers(0, 2, size=(self._states, self._n)) if drawn else all_bit_strings(self._n)
        weights = np.full((len(bits), 1), size / len(bits))
        return Ensemble(eigenstate_angles(["Z"] * self._n, bits), weights, drawn)


def controlled_pauli(circuit: QuantumCircuit, control: int, label: str, wires: Sequence[int]) -> None:
    """Append a Pauli string that a qubit controls.

    Args:
        circuit: to which it is appended.
        control: the qubit.
        label: Qiskit's, qubit 0 rightmost.
        wires: on which the string's qubits are found.
    """
    for q, letter in enumerate(reversed(label)):
        if letter != "I":
            getattr(circuit, f"c{letter.lower()}")(control, wires[q])


def _terms(observables: tuple[SparsePauliOp, ...]) -> dict[str, tuple[SparsePauliOp, float]]:
    """By the label of each term P what is measured beside it, Σ_k c_kP O_k, scaled down by the size that is given with it."""
    terms: dict[str, list[SparsePauliOp]] = {}
    sizes: dict[str, float] = {}
    for observable in observables:
        for label, coefficient in observable.to_list():
            terms.setdefault(label, []).append(coefficient.real * observable)
            sizes[label] = sizes.get(label, 0.0) + coefficient.real**2
    found = {}
    for label, parts in terms.items():
        size = float(np.sqrt(sizes[label]))
        if size > 0:
            found[label] = ((SparsePauliOp.sum(parts) / size).simplify(), size / len(observables))
    return found
