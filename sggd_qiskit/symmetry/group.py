"""A symmetry group S with its unitaries V_s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from qiskit import QuantumCircuit

from sggd_qiskit.circuit.paulis import PauliError, pauli_label
from sggd_qiskit.symmetry.closure import close_group, inverse_table
from sggd_qiskit.symmetry.element import Element, SymmetryError, from_circuit, from_pauli, from_permutation
from sggd_qiskit.symmetry.named import GENERATED, LISTED


@dataclass(frozen=True, eq=False)
class SymmetryGroup:
    """A finite group, or a finite subgroup whose average is that of a continuous one.

    Attributes:
        elements: V_s, the identity first, no two equal up to a phase.
        name: how messages call the group.
        known_inverses: the number of each element's inverse, where it need not be searched for.
    """

    elements: tuple[Element, ...]
    name: str
    known_inverses: tuple[int, ...] | None = None

    @classmethod
    def named(cls, name: str, num_qubits: int, max_order: int = 1000) -> SymmetryGroup:
        """A named group, such as ``swap`` or ``collective_su2``, on n qubits.

        Raises:
            SymmetryError: if the name is unknown or the group does not exist on so many qubits.
        """
        if name in LISTED:
            elements = tuple(LISTED[name](num_qubits))
            around = tuple(-k % len(elements) for k in range(len(elements))) if name == "u1_total_z" else None
            return cls(elements, name, around)
        if name not in GENERATED:
            raise SymmetryError(f"found the group {name!r}; wanted one of {', '.join([*GENERATED, *LISTED])}")
        return cls(tuple(close_group(GENERATED[name](num_qubits), num_qubits, max_order)), name)

    @classmethod
    def from_generators(
        cls,
        generators: Sequence[QuantumCircuit | Sequence[int] | str],
        num_qubits: int | None = None,
        max_order: int = 1000,
    ) -> SymmetryGroup:
        """The group that circuits, permutations of qubits and Pauli strings span, closed up to a phase.

        Args:
            generators: circuits without parameters; permutations that take qubit q to ``permutation[q]``; Pauli strings as
                Qiskit's labels (qubit 0 rightmost) or with indices (``"Z1 Z3"``, for which ``num_qubits`` is needed).
            num_qubits: n; by default that of the first generator.
            max_order: the largest order allowed.

        Raises:
            SymmetryError: if a generator can't be used or the group has more than ``max_order`` elements.
        """
        if not generators:
            raise SymmetryError("found no generators; wanted at least one")
        if num_qubits is None:
            first = generators[0]
            if isinstance(first, str) and any(letter.isdigit() for letter in first):
                raise SymmetryError(f"found {first!r} without the number of qubits; give num_qubits, or write a label")
            num_qubits = int(first.num_qubits) if isinstance(first, QuantumCircuit) else len(first)
        elements = [_generator(generator, num_qubits) for generator in generators]
        return cls(tuple(close_group(elements, num_qubits, max_order)), "group of the generators")

    @property
    def num_qubits(self) -> int:
        """Number of qubits n."""
        return self.elements[0].num_qubits

    @property
    def order(self) -> int:
        """Number of elements."""
        return len(self.elements)

    @cached_property
    def inverses(self) -> tuple[int, ...]:
        """The number of each element's inverse."""
        return self.known_inverses if self.known_inverses is not None else inverse_table(self.elements)

    @cached_property
    def inverse_pairs(self) -> tuple[tuple[Element, int], ...]:
        """One of each {s, s⁻¹} but the identity, with the number of elements (1 or 2) that it stands for."""
        return tuple(
            (self.elements[s], 1 if inverse == s else 2) for s, inverse in enumerate(self.inverses) if 0 < s <= inverse
        )


def _generator(generator: QuantumCircuit | Sequence[int] | str, num_qubits: int) -> Element:
    if isinstance(generator, QuantumCircuit):
        return from_circuit(generator, num_qubits)
    if isinstance(generator, str):
        try:
            return from_pauli(pauli_label(generator, num_qubits))
        except PauliError as error:
            raise SymmetryError(str(error)) from error
    return from_permutation([int(q) for q in generator], num_qubits)
