"""The named groups."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from qiskit import QuantumCircuit
from qiskit.synthesis import OneQubitEulerDecomposer

from sggd_qiskit.aliases import ComplexArray
from sggd_qiskit.symmetry.closure import Words, close_group
from sggd_qiskit.symmetry.element import (
    Element,
    SymmetryError,
    from_circuit,
    from_pauli,
    from_permutation,
    identity,
)

_GOLDEN = (1 + np.sqrt(5)) / 2


def swap(num_qubits: int) -> list[Element]:
    """Generator that exchanges the qubits (0 1)(2 3)…."""
    if num_qubits % 2:
        raise SymmetryError(
            f"found the group swap with {num_qubits} qubits; it pairs them, so their number must be even"
        )
    return [from_permutation([q ^ 1 for q in range(num_qubits)], num_qubits)]


def cyclic(num_qubits: int) -> list[Element]:
    """Generator that shifts every qubit to the next."""
    return [from_permutation([(q + 1) % num_qubits for q in range(num_qubits)], num_qubits)]


def full_permutation(num_qubits: int) -> list[Element]:
    """Generators of all permutations: the exchange of the first two qubits and the shift."""
    exchange = [1, 0, *range(2, num_qubits)] if num_qubits > 1 else [0]
    return [from_permutation(exchange, num_qubits), *cyclic(num_qubits)]


def reflections(num_qubits: int) -> list[Element]:
    """Generators Z on every even qubit and Z on every odd one: x₁ → -x₁ and x₂ → -x₂ of an RX or RY encoding."""
    if num_qubits % 2:
        raise SymmetryError(f"found the group reflections with {num_qubits} qubits; wanted an even number")
    return [from_pauli("IZ" * (num_qubits // 2)), from_pauli("ZI" * (num_qubits // 2))]


def dihedral_square(num_qubits: int) -> list[Element]:
    """Generators of the symmetry group of the square, 8 elements: ``swap`` and ``reflections``."""
    return [*swap(num_qubits), *reflections(num_qubits)]


def parity(num_qubits: int) -> list[Element]:
    """Generator Z on all qubits."""
    return [from_pauli("Z" * num_qubits)]


GENERATED: dict[str, Callable[[int], list[Element]]] = {
    "swap": swap,
    "cyclic": cyclic,
    "full_permutation": full_permutation,
    "reflections": reflections,
    "dihedral_square": dihedral_square,
    "parity": parity,
}


def u1_total_z(num_qubits: int) -> tuple[list[Element], Words]:
    """exp(-iφ ΣZ/2) at n + 1 equally spaced angles, with which the average over all angles is exact.

    Conjugation multiplies a matrix element by exp(iφk), |k| ≤ n, and n + 1 angles average all of these out but k = 0.
    """
    elements = [identity(num_qubits)]
    for k in range(1, num_qubits + 1):
        circuit = QuantumCircuit(num_qubits)
        circuit.rz(2 * np.pi * k / (num_qubits + 1), range(num_qubits))
        elements.append(from_circuit(circuit, num_qubits))
    return elements, tuple((1, k - 1) for k in range(1, num_qubits + 1))


def collective_su2(num_qubits: int) -> tuple[list[Element], Words]:
    """U⊗U⊗… over a finite subgroup of SU(2) that is a unitary n-design, with which the Haar average is exact.

    The tetrahedral group (12 elements) is a 2-design, the octahedral one (the Cliffords, 24) a 3-design and the
    icosahedral one (60) a 5-design (Gross, Audenaert and Eisert, J. Math. Phys. 48, 052104).
    """
    for order, largest in ((12, 2), (24, 3), (60, 5)):
        if num_qubits <= largest:
            unitaries, words = _rotation_group(order)
            return [_lifted(unitary, num_qubits) for unitary in unitaries], words
    raise SymmetryError(
        f"found the group collective_su2 with {num_qubits} qubits; its exact average is known here for up to 5"
    )


LISTED: dict[str, Callable[[int], tuple[list[Element], Words]]] = {
    "u1_total_z": u1_total_z,
    "collective_su2": collective_su2,
}


def _lifted(unitary: ComplexArray, num_qubits: int) -> Element:
    if np.isclose(abs(np.trace(unitary)), 2):
        return identity(num_qubits)
    theta, phi, lam = OneQubitEulerDecomposer("U").angles(unitary)
    circuit = QuantumCircuit(num_qubits)
    circuit.u(theta, phi, lam, range(num_qubits))
    return from_circuit(circuit, num_qubits)


@cache
def _rotation_group(order: int) -> tuple[tuple[ComplexArray, ...], Words]:
    """The tetrahedral (12), octahedral (24) or icosahedral (60) group as single-qubit unitaries."""
    third = _rotation((1, 1, 1), 3)
    other = {12: _rotation((0, 0, 1), 2), 24: _rotation((0, 0, 1), 4), 60: _rotation((0, 1, _GOLDEN), 5)}[order]
    elements, words = close_group([third, other], 1, max_order=order)
    return tuple(element.matrix for element in elements), words


def _rotation(axis: tuple[float, float, float], fold: int) -> Element:
    """Rotation of a qubit by 2π/fold about ``axis``."""
    circuit = QuantumCircuit(1)
    circuit.rv(*(2 * np.pi / fold * np.array(axis) / np.linalg.norm(axis)), 0)
    return from_circuit(circuit, 1)
