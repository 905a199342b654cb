"""The group that generators span: products are added, up to a phase, until nothing new appears."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

import numpy as np
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Clifford

from sggd_qiskit.symmetry.element import Element, SymmetryError, identity

# Unitaries other than permutations, Pauli strings and Cliffords are compared as dense matrices.
MOST_DENSE_QUBITS = 8
_SAME = 1e-7
_POWERS_AT_ONCE = 1000

Words: TypeAlias = tuple[tuple[int, int], ...]
"""For each element but the identity, the numbers (g, p) of a generator and of an earlier element: V_s = V_g V_p."""


def close_group(generators: Sequence[Element], num_qubits: int, max_order: int) -> tuple[list[Element], Words]:
    """All elements of the group, the identity first, each the shortest product of generators that gives it.

    Args:
        generators: what spans the group.
        num_qubits: n.
        max_order: the largest order allowed.

    Returns:
        The elements, and of which products they are.

    Raises:
        SymmetryError: if a generator is of no order up to ``max_order``, the group has more than ``max_order`` elements, or
            it has to be compared as matrices on more than 8 qubits.
    """
    elements = [identity(num_qubits)]
    words: list[tuple[int, int]] = []
    finder = finder_of(generators, num_qubits)
    if isinstance(finder, _Dense):
        for generator in generators:
            _require_finite_order(generator, max_order)
    finder.add(elements[0])
    # The number of each generator's own element, which the first round finds.
    own: list[int] = []
    earlier = 0
    while earlier < len(elements):
        for g, generator in enumerate(generators):
            product = generator.times(elements[earlier])
            number = finder.index(product)
            if number is None:
                number = len(elements)
                finder.add(product)
                elements.append(product)
            if earlier == 0:
                own.append(number)
            if number > len(words):
                words.append((own[g], earlier))
            if len(elements) > max_order:
                raise SymmetryError(
                    f"the generators span a group of more than {max_order} elements; check that their products are of finite "
                    "order, or raise symmetry.max_order"
                )
        earlier += 1
    return elements, tuple(words)


def _require_finite_order(generator: Element, max_order: int) -> None:
    """Refuse a unitary of which no power up to ``max_order`` is the identity, up to a phase."""
    phases = np.angle(np.linalg.eigvals(generator.matrix))
    phases = phases - phases[0]
    for first in range(1, max_order + 1, _POWERS_AT_ONCE):
        powers = np.arange(first, min(first + _POWERS_AT_ONCE, max_order + 1))
        turned = np.abs(np.exp(1j * powers[:, None] * phases) - 1).max(axis=1)
        if turned.min() < _SAME:
            return
    raise SymmetryError(
        f"found the generator {generator.label}, of which no power up to {max_order} is the identity, so that it spans no "
        "finite group; write its angles in full, such as pi/4 or 2*pi/7, or raise symmetry.max_order"
    )


def inverse_table(elements: Sequence[Element]) -> tuple[int, ...]:
    """The number of each element's inverse.

    Raises:
        SymmetryError: if an inverse is missing, so that the elements are not a group.
    """
    finder = finder_of(elements, elements[0].num_qubits)
    for element in elements:
        finder.add(element)
    table = [finder.index(element.inverse()) for element in elements]
    missing = [element.label for element, inverse in zip(elements, table, strict=True) if inverse is None]
    if missing:
        raise SymmetryError(f"the inverse of {missing[0]} is not among the elements; a group contains it")
    return tuple(number for number in table if number is not None)


def left_products(elements: Sequence[Element], generators: Sequence[int]) -> list[list[int]]:
    """For each generator g, by its number, the numbers of V_g V_s over all elements s.

    Raises:
        SymmetryError: if a product is missing, so that the elements are not a group.
    """
    finder = finder_of(elements, elements[0].num_qubits)
    for element in elements:
        finder.add(element)
    table = [[finder.index(elements[g].times(element)) for element in elements] for g in generators]
    if any(number is None for row in table for number in row):
        raise SymmetryError("a product of two elements is not among the elements; a group contains it")
    return [[number for number in row if number is not None] for row in table]


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
    """Finds elements as matrices, up to a phase."""

    def __init__(self, num_qubits: int) -> None:
        self._rows = np.empty((16, 4**num_qubits), dtype=complex)
        self._count = 0

    def add(self, element: Element) -> None:
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = element.matrix.conj().ravel()
        self._count += 1

    def index(self, element: Element) -> int | None:
        # |Tr V†W| = d if V and W are the same. It falls with the square of the distance only, which tells more.
        row = element.matrix.ravel()
        overlaps = self._rows[: self._count] @ row
        best = int(np.argmax(np.abs(overlaps)))
        aligned = self._rows[best].conj() * np.exp(1j * np.angle(overlaps[best]))
        return best if np.linalg.norm(row - aligned) < _SAME * np.sqrt(len(element.matrix)) else None


def finder_of(elements: Sequence[Element], num_qubits: int) -> _Keyed | _Dense:
    """What finds an element's number, once all have been added in their order, in products of ``elements``.

    Raises:
        SymmetryError: if they would have to be compared as matrices on more than 8 qubits.
    """
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
        return _Dense(num_qubits)
    return _Keyed(_tableau)


def _tableau(element: Element) -> bytes:
    return bytes(np.packbits(Clifford(element.full_circuit().decompose("permutation")).tableau))
