"""The group that generators span: products are added, up to a phase, until nothing new appears."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Clifford

from sggd_qiskit.aliases import ComplexArray
from sggd_qiskit.symmetry.element import Element, SymmetryError, identity

# Unitaries other than permutations, Pauli strings and Cliffords are compared as dense matrices.
MOST_DENSE_QUBITS = 8
_SAME = 1e-7


def close_group(generators: Sequence[Element], num_qubits: int, max_order: int) -> list[Element]:
    """All elements of the group, the identity first, each the shortest product of generators that gives it.

    Raises:
        SymmetryError: if the group has more than ``max_order`` elements, or has to be compared as matrices on more than
            8 qubits.
    """
    elements = [identity(num_qubits)]
    finder = _finder(generators, num_qubits)
    finder.add(elements[0])
    frontier = elements
    while frontier:
        found = []
        for element in frontier:
            for generator in generators:
                product = generator.times(element)
                if finder.index(product) is None:
                    finder.add(product)
                    found.append(product)
                    if len(elements) + len(found) > max_order:
                        raise SymmetryError(
                            f"the generators span a group of more than {max_order} elements; check that they are of finite "
                            "order, or raise symmetry.max_order"
                        )
        elements = elements + found
        frontier = found
    return elements


def inverse_table(elements: Sequence[Element]) -> tuple[int, ...]:
    """The number of each element's inverse.

    Raises:
        SymmetryError: if an inverse is missing, so that the elements are not a group.
    """
    finder = _finder(elements, elements[0].num_qubits)
    for element in elements:
        finder.add(element)
    table = [finder.index(element.inverse()) for element in elements]
    missing = [element.label for element, inverse in zip(elements, table, strict=True) if inverse is None]
    if missing:
        raise SymmetryError(f"the inverse of {missing[0]} is not among the elements; a group contains it")
    return tuple(number for number in table if number is not None)


class _Keyed:
    """Finds elements by an exact key: permutation and Pauli string, or the stabiliser tableau of a Clifford."""

    def __init__(self, key: Callable[[Element], Hashable]):
        self._key = key
        self._numbers: dict[Hashable, int] = {}

    def add(self, element: Element) -> None:
        self._numbers[self._key(element)] = len(self._numbers)

    def index(self, element: Element) -> int | None:
        return self._numbers.get(self._key(element))


class _Dense:
    """Finds elements as matrices: V and W are the same up to a phase if |Tr V†W| = d."""

    def __init__(self) -> None:
        self._rows: ComplexArray | None = None
        self._count = 0

    def add(self, element: Element) -> None:
        row = element.matrix.conj().ravel()
        if self._rows is None:
            self._rows = np.empty((16, row.size), dtype=complex)
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = row
        self._count += 1

    def index(self, element: Element) -> int | None:
        if self._rows is None:
            return None
        overlaps = np.abs(self._rows[: self._count] @ element.matrix.ravel()) / len(element.matrix)
        best = int(np.argmax(overlaps))
        return best if overlaps[best] > 1 - _SAME else None


def _finder(elements: Sequence[Element], num_qubits: int) -> _Keyed | _Dense:
    if all(element.is_monomial for element in elements):
        return _Keyed(lambda element: (element.permutation, element.pauli))
    try:
        for element in elements:
            _tableau(element)
    except QiskitError:
        if num_qubits > MOST_DENSE_QUBITS:
            raise SymmetryError(
                f"the group has unitaries that are no Cliffords, on {num_qubits} qubits; such groups are closed on up to "
                f"{MOST_DENSE_QUBITS}"
            ) from None
        return _Dense()
    return _Keyed(_tableau)


def _tableau(element: Element) -> bytes:
    return bytes(np.packbits(Clifford(element.full_circuit().decompose("permutation")).tableau))
