"""A symmetry group S with its unitaries V_s and its character χ(s)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit.quantum_info import Pauli, SparsePauliOp

from sggd_qiskit.circuit.paulis import PauliError, pauli_label
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.symmetry.character import CharacterError, character_of
from sggd_qiskit.symmetry.closure import Words, close_group, inverse_table
from sggd_qiskit.symmetry.element import Element, SymmetryError, from_circuit, from_pauli, from_permutation
from sggd_qiskit.symmetry.named import GENERATED, LISTED

if TYPE_CHECKING:
    import pandas as pd

Generator: TypeAlias = QuantumCircuit | Sequence[int] | str


@dataclass(frozen=True, eq=False, repr=False)
class SymmetryGroup:
    """A finite group, or a finite subgroup whose average is that of a continuous one.

    Attributes:
        elements: V_s, the identity first, no two equal up to a phase.
        name: how messages call the group.
        known_inverses: the number of each element's inverse, where it need not be searched for.
        known_words: of which products of generators the elements are, where that is known.
        character: χ(s) = ±1 of each element, y(s·x) = χ(s) y(x) for the labels; None if all are 1.
    """

    elements: tuple[Element, ...]
    name: str
    known_inverses: tuple[int, ...] | None = None
    known_words: Words | None = None
    character: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        turned = f", turning labels over at {self.signs.count(-1)}" if self.turns_labels else ""
        return f"SymmetryGroup({self.name!r}, qubits={self.num_qubits}, order={self.order}{turned})"

    @classmethod
    def named(
        cls, name: str, num_qubits: int, max_order: int = 1000, character: Sequence[int] | None = None
    ) -> SymmetryGroup:
        """A named group.

        Args:
            name: such as ``swap`` or ``collective_su2``.
            num_qubits: n.
            max_order: the largest order allowed.
            character: χ of each of its generators, 1 or -1, in the order of `named`; all 1 if None.

        Raises:
            SymmetryError: if the name is unknown, the group does not exist on so many qubits, or the signs are no
                character of it.
            TypeError: if an argument is of the wrong type.
        """
        require_type("name", name, str, f"one of {', '.join([*GENERATED, *LISTED])}")
        _require_numbers(num_qubits, max_order)
        if name in LISTED:
            elements, words = LISTED[name](num_qubits)
            around = tuple(-k % len(elements) for k in range(len(elements))) if name == "u1_total_z" else None
            if character is not None and any(sign != 1 for sign in character):
                raise CharacterError(
                    f"found {list(character)} for {name}, whose elements are all connected with the identity, so that none "
                    "can change a sign; leave it out"
                )
            return cls(tuple(elements), name, around, words)
        if name not in GENERATED:
            raise SymmetryError(f"found the group {name!r}; wanted one of {', '.join([*GENERATED, *LISTED])}")
        return cls._spanned(GENERATED[name](num_qubits), name, num_qubits, max_order, character)

    @classmethod
    def from_generators(
        cls,
        generators: Sequence[Generator] | Generator,
        num_qubits: int | None = None,
        max_order: int = 1000,
        character: Sequence[int] | None = None,
    ) -> SymmetryGroup:
        """The group that circuits, permutations of qubits and Pauli strings span, closed up to a phase.

        Args:
            generators: circuits without parameters; permutations that take qubit q to ``permutation[q]``; Pauli strings as
                Qiskit's labels (qubit 0 rightmost) or with indices (``"Z1 Z3"``, for which ``num_qubits`` is needed). A
                single one need not be in a list.
            num_qubits: n; by default that of the first generator.
            max_order: the largest order allowed.
            character: χ of each generator, 1 or -1; all 1 if None.

        Raises:
            SymmetryError: if a generator can't be used or is of no finite order, the group has more than ``max_order``
                elements, or the signs are no character of it.
            TypeError: if an argument is of the wrong type.
        """
        given = _listed(generators)
        _require_numbers(num_qubits, max_order)
        if not given:
            raise SymmetryError("found no generators; wanted at least one")
        if num_qubits is None:
            first = given[0]
            if isinstance(first, str) and any(letter.isdigit() for letter in first):
                raise SymmetryError(f"found {first!r} without the number of qubits; give num_qubits, or write a label")
            num_qubits = int(first.num_qubits) if isinstance(first, QuantumCircuit) else len(first)
        spanning = [_generator(g, num_qubits) for g in given]
        return cls._spanned(spanning, "group of the generators", num_qubits, max_order, character)

    @classmethod
    def _spanned(
        cls,
        generators: list[Element],
        name: str,
        num_qubits: int,
        max_order: int,
        character: Sequence[int] | None,
    ) -> SymmetryGroup:
        require_type("character", character, (Sequence, NoneType), "1 or -1 for each generator")
        elements, words = close_group(generators, num_qubits, max_order)
        signs = None if character is None else character_of(elements, generators, character)
        return cls(tuple(elements), name, None, words, signs if signs and -1 in signs else None)

    @property
    def num_qubits(self) -> int:
        """Number of qubits n."""
        return self.elements[0].num_qubits

    @property
    def order(self) -> int:
        """Number of elements."""
        return len(self.elements)

    @cached_property
    def signs(self) -> tuple[int, ...]:
        """χ(s) of each element, 1 or -1."""
        return self.character or (1,) * self.order

    @property
    def turns_labels(self) -> bool:
        """Whether labels change sign under an element."""
        return -1 in self.signs

    @property
    def words(self) -> Words:
        """For each element but the identity, the numbers (g, p) of a generator and an earlier element: V_s = V_g V_p."""
        return self.known_words if self.known_words is not None else tuple((s, 0) for s in range(1, self.order))

    @property
    def generators(self) -> tuple[int, ...]:
        """The numbers of elements of which all others are products."""
        return tuple(sorted({generator for generator, _ in self.words}))

    @cached_property
    def inverses(self) -> tuple[int, ...]:
        """The number of each element's inverse."""
        return self.known_inverses if self.known_inverses is not None else inverse_table(self.elements)

    @cached_property
    def inverse_pairs(self) -> tuple[tuple[Element, int], ...]:
        """One of each {s, s⁻¹} but the identity, with the number of elements (1 or 2) that it stands for."""
        return tuple((self.elements[s], 1 if self.inverses[s] == s else 2) for s in self.pair_numbers)

    @cached_property
    def pair_numbers(self) -> tuple[int, ...]:
        """The numbers of the elements of ``inverse_pairs``."""
        return tuple(s for s, inverse in enumerate(self.inverses) if 0 < s <= inverse)

    def twirl(self, observable: SparsePauliOp | Pauli | str | Mapping[str, float]) -> SparsePauliOp:
        """T[O] of a Pauli sum: see `twirl_pauli_sum`."""
        from sggd_qiskit.symmetry.twirl import twirl_pauli_sum

        return twirl_pauli_sum(observable, self)

    def table(
        self,
        encoding: QuantumCircuit | None = None,
        points: ArrayLike | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """The elements, with their unitary in words, as a product of generators a, b, …, with order and conjugacy class.

        Args:
            encoding: its parameters are the features; adds what each element does to them, where V ρ(x) V† = ρ(s·x).
            points: about which that is looked at, shape (data, feature); from -1 to 1 if None.
            columns: names of the features; those of the encoding's parameters if None.

        Raises:
            SymmetryError: if the encoding is on other qubits, or the points or columns are not those of its features.
        """
        from sggd_qiskit.symmetry.table import group_table

        return group_table(self, encoding, points, columns)


def _listed(generators: Sequence[Generator] | Generator) -> list[Generator]:
    """The generators as a list, also if a single one was given in place of it."""
    if isinstance(generators, str | QuantumCircuit):
        return [generators]
    require_type("generators", generators, Iterable, "a list of circuits, permutations and Pauli strings")
    entries: list[Any] = list(generators)
    if entries and all(isinstance(q, int | np.integer) for q in entries):
        return [entries]
    for entry in entries:
        if not isinstance(entry, QuantumCircuit | str | Sequence | np.ndarray):
            raise SymmetryError(f"found the generator {entry!r}; wanted a circuit, a permutation or a Pauli string")
    return entries


def _require_numbers(num_qubits: object, max_order: object) -> None:
    require_type("num_qubits", num_qubits, (Integral, NoneType))
    require_type("max_order", max_order, Integral)
    for name, number in (("num_qubits", num_qubits), ("max_order", max_order)):
        if isinstance(number, Integral) and number < 1:
            raise SymmetryError(f"found {name} = {number}; wanted 1 or more")


def _generator(generator: Generator, num_qubits: int) -> Element:
    if isinstance(generator, QuantumCircuit):
        return from_circuit(generator, num_qubits)
    if isinstance(generator, str):
        try:
            return from_pauli(pauli_label(generator, num_qubits))
        except PauliError as error:
            raise SymmetryError(str(error)) from error
    return from_permutation([int(q) for q in generator], num_qubits)
