"""Words in A = O_θ and B = V_s† O_θ V_s: AB, A²B and AB² by echoes, ABAB by a Hadamard test on an echo.

An echo's circuit gives Tr[AB]/2ⁿ; where O² is measured too, and where it begins in eigenstates of O², also Tr[AB²]/2ⁿ and
Tr[A²B]/2ⁿ. With O/2ⁿ = Σ_e w_e |e⟩⟨e| and |ψ_e⟩ = U†|e⟩ the long word, Tr[ABAB]/2ⁿ, is Σ_e w_e Re⟨ψ_e|B AB|ψ_e⟩: ⟨X ⊗ B⟩ of
ancilla and system after A B, controlled by the ancilla in |+⟩. Only the Pauli strings in A and B are controlled, a circuit for
each two of them. It takes n + 1 qubits and six copies of the ansatz in depth; the first and the last have angles of their own.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Measurement
from sggd_qiskit.circuit.paulis import traceless
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.cost.penalty.echo import Echo
from sggd_qiskit.cost.penalty.eigenstates import eigenstates
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.penalty.hadamard import controlled_pauli
from sggd_qiskit.symmetry.element import Element


class Words(Echo):
    """The circuits of one observable's words, for an Estimator: the echo first, then those of the long word.

    Args:
        ansatz: U.
        observable: O, traceless.
        states: most input states of each circuit.
        squares: whether A²B and AB² are wanted; an O² that is a number adds nothing to them.
    """

    def __init__(self, ansatz: RotationForm, observable: SparsePauliOp, states: int, *, squares: bool):
        square = traceless((observable @ observable).simplify())
        self.squares = squares and bool(np.any(square.coeffs))
        super().__init__(ansatz, (observable, square) if self.squares else (observable,), states)
        self._n = ansatz.num_qubits
        self._between, self.middle = ansatz.circuit("μ")
        terms = [(label, coefficient.real) for label, coefficient in observable.to_list()]
        self._inner = [(p, q, c * e) for (p, c), (q, e) in product(terms, repeat=2)]

    def circuits(self, element: Element) -> tuple[Measurement, ...]:
        """The echo, with the outputs O and, with squares, O²; and a circuit for each two terms of O."""
        ancilla = SparsePauliOp("X").apply_layout([self._n], self._n + 1)
        longer = []
        for first, second, _ in self._inner:
            circuit, wires = self._long(element, first, second)
            longer.append(Measurement(circuit, (self._observables[0].apply_layout(wires, self._n + 1).dot(ancilla),)))
        return (*super().circuits(element), *longer)

    def ensembles(self, rng: np.random.Generator) -> tuple[Ensemble, ...]:
        """Eigenstates of O and, with squares, of O², with a weight for each; and those of O for each two of its terms."""
        found = [eigenstates(self._observables, self._states, rng)]
        for *_, size in self._inner:
            states = eigenstates(self._observables[:1], self._states, rng)
            found.append(Ensemble(states.angles, size * states.weights, states.drawn))
        return tuple(found)

    def _long(self, element: Element, first: str, second: str) -> tuple[QuantumCircuit, list[int]]:
        """The circuit for the strings of B and of A, and the wires of V_s's image."""
        n = self._n
        circuit = QuantumCircuit(n + 1)
        circuit.compose(self._prepare.compose(self._back), qubits=range(n), inplace=True)
        circuit.h(n)
        wires = list(element.apply_to(circuit))
        self._controlled(circuit, first, wires)
        # V† undoes the gates where they were made; the permutation is undone by going back to the qubits' own wires.
        circuit.compose(element.gates().inverse(), qubits=wires, inplace=True)
        self._controlled(circuit, second, list(range(n)))
        element.apply_to(circuit)
        circuit.compose(self._forth, qubits=wires, inplace=True)
        return circuit, wires

    def _controlled(self, circuit: QuantumCircuit, label: str, wires: list[int]) -> None:
        """U† P U on the wires, controlled by the ancilla."""
        circuit.compose(self._between, qubits=wires, inplace=True)
        controlled_pauli(circuit, self._n, label, wires)
        circuit.compose(self._between.inverse(), qubits=wires, inplace=True)
