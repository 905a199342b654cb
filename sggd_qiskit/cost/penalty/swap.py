"""Swap tests between two registers, the paper's way: one copy of the ansatz in depth, a variance that grows as 4ⁿ.

Buhrman et al., PRL 87, 167902 (with an ancilla); Garcia-Escartin and Chamorro-Posada, PRA 87, 052330 (destructive).
With O/2ⁿ = Σ_k w_k |b_k⟩⟨b_k|, o_s/2ⁿ = 2ⁿ Σ_kl w_k w_l F_kl. F_kl is the overlap of V_s U†|b_k⟩ with U†|b_l⟩, which is
what a swap test measures.
"""

from __future__ import annotations

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import BoolArray, FloatArray
from sggd_qiskit.circuit.measurement import Readout
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.eigenstates import eigenstate_pairs, state_preparation
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.symmetry.element import Element


class _TwoRegisters:
    """V_s U†|b_k⟩ on the first register and U†|b_l⟩ on the second."""

    def __init__(self, ansatz: RotationForm, observables: tuple[SparsePauliOp, ...], states: int):
        self._n, self._observables, self._states = ansatz.num_qubits, observables, states
        left, left_tilts = state_preparation(self._n, "α")
        right, right_tilts = state_preparation(self._n, "β")
        self.preparation = (*left_tilts, *right_tilts)
        first, self.first = ansatz.circuit("χ")
        second, self.second = ansatz.circuit("φ")
        self._left, self._right = left.compose(first.inverse()), right.compose(second.inverse())

    def ensembles(self, rng: np.random.Generator) -> tuple[Ensemble, ...]:
        """Pairs of eigenstates of the observables."""
        return (eigenstate_pairs(self._observables, self._states, rng),)

    def _registers(self, element: Element) -> tuple[QuantumCircuit, list[tuple[int, int]]]:
        """The circuit of 2n qubits, and the pairs of qubits whose exchange is the swap of the two states."""
        n = self._n
        left = self._left.copy()
        wires = element.apply_to(left)
        circuit = QuantumCircuit(2 * n)
        circuit.compose(left, qubits=range(n), inplace=True)
        circuit.compose(self._right, qubits=range(n, 2 * n), inplace=True)
        return circuit, [(wire, n + q) for q, wire in enumerate(wires)]


class SwapTest(_TwoRegisters):
    """Overlaps by swap tests with an ancilla, for a Sampler; 2n + 1 qubits and n controlled swaps."""

    def circuits(self, element: Element) -> tuple[Readout, ...]:
        """One circuit, of which the ancilla is measured."""
        registers, pairs = self._registers(element)
        circuit = QuantumCircuit(QuantumRegister(2 * self._n + 1), ClassicalRegister(1, "meas"))
        circuit.compose(registers, qubits=range(2 * self._n), inplace=True)
        ancilla = 2 * self._n
        circuit.h(ancilla)
        for a, b in pairs:
            circuit.cswap(ancilla, a, b)
        circuit.h(ancilla)
        circuit.measure(ancilla, 0)
        return (Readout(circuit, _ancilla_sign, np.ones(1)),)


class DestructiveSwapTest(_TwoRegisters):
    """Overlaps by measuring both registers in the Bell basis, for a Sampler; 2n qubits and one layer of CX."""

    def circuits(self, element: Element) -> tuple[Readout, ...]:
        """One circuit, all of whose qubits are measured, first those of the first register."""
        registers, pairs = self._registers(element)
        circuit = QuantumCircuit(QuantumRegister(2 * self._n), ClassicalRegister(2 * self._n, "meas"))
        circuit.compose(registers, qubits=range(2 * self._n), inplace=True)
        for a, b in pairs:
            circuit.cx(a, b)
            circuit.h(a)
        for number, (a, b) in enumerate(pairs):
            circuit.measure([a, b], [number, self._n + number])
        return (Readout(circuit, _singlet_parity, np.ones(1)),)


def _ancilla_sign(bits: BoolArray) -> FloatArray:
    return np.asarray(1.0 - 2.0 * bits[..., :1])


def _singlet_parity(bits: BoolArray) -> FloatArray:
    """-1 to the number of pairs found in the singlet, the one Bell state that the swap turns over."""
    n = bits.shape[-1] // 2
    singlets = np.sum(bits[..., :n] & bits[..., n:], axis=-1, keepdims=True)
    return np.asarray(1.0 - 2.0 * (singlets & 1))
