"""One element of a symmetry group, as a unitary V = C·P·Π known up to its phase.

Π permutes the qubits, P is a Pauli string and C a circuit. Products of such unitaries are of that kind again, and a
permutation costs no gate: what follows it acts on relabelled qubits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import PermutationGate
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Clifford, Operator, Pauli

from sggd_qiskit.aliases import ComplexArray, IndexArray
from sggd_qiskit.circuit.conjugate import conjugate
from sggd_qiskit.circuit.paulis import PauliMap
from sggd_qiskit.circuit.rotation_form import CircuitError, FixedGate, require_unitary, rotation_form
from sggd_qiskit.circuit.simulate import apply_gate

LONGEST_LABEL = 60


class SymmetryError(ValueError):
    """A symmetry group that can't be built."""


@dataclass(frozen=True, eq=False)
class Element:
    """A unitary V = C·P·Π, Π acting first.

    Attributes:
        permutation: qubit q goes to ``permutation[q]``.
        pauli: Qiskit's label of P, qubit 0 rightmost; all identities if there is a circuit.
        circuit: C, without parameters; or None for the identity.
    """

    permutation: tuple[int, ...]
    pauli: str
    circuit: QuantumCircuit | None = None

    @property
    def num_qubits(self) -> int:
        """Number of qubits n."""
        return len(self.permutation)

    @property
    def is_monomial(self) -> bool:
        """Whether V only permutes and signs basis states as a permutation and a Pauli string do."""
        return self.circuit is None

    @property
    def label(self) -> str:
        """Cycles of the permutation and factors of the Pauli string, such as ``(0 1)(2 3) Z1``."""
        parts = ["".join(f"({' '.join(map(str, cycle))})" for cycle in _cycles(self.permutation))]
        parts.append(" ".join(f"{p}{q}" for q, p in enumerate(reversed(self.pauli)) if p != "I"))
        if self.circuit is not None:
            parts.append(" ".join(_gate_name(self.circuit, i) for i in range(len(self.circuit.data))))
        label = " ".join(part for part in parts if part) or "identity"
        return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"

    def times(self, other: Element) -> Element:
        """The product V·V', ``other`` acting first."""
        permutation = tuple(self.permutation[q] for q in other.permutation)
        if self.is_monomial and other.is_monomial:
            product = Pauli(self.pauli).dot(Pauli(_moved(other.pauli, self.permutation)))
            return Element(permutation, product.to_label().lstrip("-i"))
        circuit = QuantumCircuit(self.num_qubits)
        circuit.compose(other.gates(), qubits=self.permutation, inplace=True)
        circuit.compose(self.gates(), inplace=True)
        return Element(permutation, "I" * self.num_qubits, circuit)

    def inverse(self) -> Element:
        """V†."""
        back = tuple(int(q) for q in np.argsort(self.permutation))
        if self.is_monomial:
            return Element(back, _moved(self.pauli, back))
        circuit = QuantumCircuit(self.num_qubits)
        circuit.compose(self.gates().inverse(), qubits=back, inplace=True)
        return Element(back, self.pauli, circuit)

    def conjugate(self) -> Element:
        """V*, up to its phase."""
        if self.circuit is None:
            return self
        return Element(self.permutation, self.pauli, conjugate(rotation_form(self.circuit).template))

    def gates(self) -> QuantumCircuit:
        """C·P as a circuit: V without its permutation."""
        gates = QuantumCircuit(self.num_qubits)
        for q, letter in enumerate(reversed(self.pauli)):
            if letter != "I":
                getattr(gates, letter.lower())(q)
        return gates if self.circuit is None else gates.compose(self.circuit)

    def apply_to(self, circuit: QuantumCircuit) -> tuple[int, ...]:
        """Append V to ``circuit``; afterwards qubit q is found on wire ``wires[q]`` of it, and this is returned."""
        wires = tuple(int(q) for q in np.argsort(self.permutation))
        circuit.compose(self.gates(), qubits=wires, inplace=True)
        return wires

    def full_circuit(self) -> QuantumCircuit:
        """V with its permutation as a gate."""
        circuit = QuantumCircuit(self.num_qubits)
        # Qiskit's pattern says where each qubit comes from.
        circuit.append(PermutationGate(np.argsort(self.permutation)), range(self.num_qubits))
        return circuit.compose(self.gates())

    @cached_property
    def clifford(self) -> Clifford | None:
        """V as a Clifford; None if it is none."""
        try:
            return Clifford(self.full_circuit().decompose("permutation"))
        except QiskitError:
            return None

    def apply_to_states(self, states: ComplexArray) -> ComplexArray:
        """V applied to every column of ``states``, shape (2ⁿ, batch)."""
        target, phase = self.monomial
        moved = np.empty_like(states)
        moved[target] = phase[:, None] * states
        if self.circuit is not None:
            for instruction in self.circuit.data:
                if instruction.operation.name != "barrier":
                    qubits = tuple(self.circuit.find_bit(q).index for q in instruction.qubits)
                    moved = apply_gate(FixedGate(Operator(instruction.operation).data, qubits), moved)
        return moved

    @cached_property
    def matrix(self) -> ComplexArray:
        """V, shape (2ⁿ, 2ⁿ)."""
        return self.apply_to_states(np.eye(2**self.num_qubits, dtype=complex))

    @cached_property
    def monomial(self) -> tuple[IndexArray, ComplexArray]:
        """PΠ|b⟩ = phase[b] |target[b]⟩, which is V|b⟩ if there is no circuit; each of shape (2ⁿ,)."""
        index = np.arange(2**self.num_qubits)
        moved = np.zeros_like(index)
        for q, r in enumerate(self.permutation):
            moved |= ((index >> q) & 1) << r
        letters = {q: p for q, p in enumerate(reversed(self.pauli)) if p != "I"}
        pauli = PauliMap.on(letters, self.num_qubits)
        target = pauli.flip[moved]
        return target, pauli.phase[target]


def identity(num_qubits: int) -> Element:
    """The identity on n qubits."""
    return Element(tuple(range(num_qubits)), "I" * num_qubits)


def from_permutation(permutation: Sequence[int], num_qubits: int) -> Element:
    """The permutation that takes qubit q to ``permutation[q]``.

    Raises:
        SymmetryError: if it does not name every qubit once.
    """
    if sorted(permutation) != list(range(num_qubits)):
        raise SymmetryError(
            f"found the permutation {list(permutation)}; wanted each of the qubits 0 to {num_qubits - 1} once"
        )
    return Element(tuple(permutation), "I" * num_qubits)


def from_pauli(label: str) -> Element:
    """A Pauli string, as Qiskit's label."""
    return Element(tuple(range(len(label))), label)


def from_circuit(circuit: QuantumCircuit, num_qubits: int) -> Element:
    """The unitary of a circuit.

    Raises:
        SymmetryError: if the circuit has parameters, another number of qubits, or is not unitary.
    """
    try:
        require_unitary(circuit)
    except CircuitError as error:
        raise SymmetryError(str(error)) from error
    if circuit.num_parameters:
        raise SymmetryError(
            f"found a circuit with the parameter {circuit.parameters[0].name!r}; bind its parameters first"
        )
    if circuit.num_qubits != num_qubits:
        raise SymmetryError(f"found a circuit of {circuit.num_qubits} qubits; wanted {num_qubits}")
    return Element(tuple(range(num_qubits)), "I" * num_qubits, circuit)


def _moved(pauli: str, permutation: Sequence[int]) -> str:
    """Π P Π†: the factor on qubit q goes to ``permutation[q]``."""
    factors = ["I"] * len(pauli)
    for q, letter in enumerate(reversed(pauli)):
        factors[permutation[q]] = letter
    return "".join(reversed(factors))


def _cycles(permutation: Sequence[int]) -> list[list[int]]:
    cycles, seen = [], set()
    for start in range(len(permutation)):
        cycle, qubit = [], start
        while qubit not in seen:
            seen.add(qubit)
            cycle.append(qubit)
            qubit = permutation[qubit]
        if len(cycle) > 1:
            cycles.append(cycle)
    return cycles


def _gate_name(circuit: QuantumCircuit, index: int) -> str:
    instruction = circuit.data[index]
    qubits = ",".join(str(circuit.find_bit(q).index) for q in instruction.qubits)
    angles = ",".join(f"{float(p):.3g}" for p in instruction.operation.params if isinstance(p, int | float))
    return f"{instruction.operation.name}{f'({angles})' if angles else ''}[{qubits}]"
