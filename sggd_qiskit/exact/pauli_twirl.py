"""The twirl T[O] = E_s V_s† O V_s (paper, (5)) of Pauli coordinates, in a form made once for each group.

Where every V_s takes Pauli strings to Pauli strings, as permutations, Pauli strings and Cliffords do, T is the signed mean
over each orbit of strings, and 0 on an orbit in which a string meets its negative: that costs the same for a large group
as for a small one. Other groups take a projection matrix where that is small, or else the sum over the elements.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.exact.coordinates import from_dense, letters_on, to_dense
from sggd_qiskit.exact.heisenberg import HeisenbergPicture
from sggd_qiskit.exact.layers import layered
from sggd_qiskit.exact.pair_gates import Shuffle
from sggd_qiskit.exact.turns import Turns
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

PauliTwirl = Callable[[FloatArray], FloatArray]
"""From coordinates of operators, shape (operator, 4ⁿ), to those of T of each."""

MOST_MATRIX_ENTRIES = 2**20
_SAME = 1e-9


def pauli_twirl(group: SymmetryGroup) -> PauliTwirl:
    """T, in the cheapest form that the group has."""
    orbits = _Orbits(group.num_qubits)
    for element in group.elements:
        shuffle = _shuffle(element)
        if shuffle is None:
            return _Projection(group) if 16**group.num_qubits <= MOST_MATRIX_ENTRIES else _Sum(group)
        orbits.add(shuffle)
    orbits.close()
    return orbits


class _Orbits:
    """Signed means over the orbits of strings."""

    def __init__(self, num_qubits: int):
        self._orbit = np.arange(4**num_qubits)  # until it is closed, the first string that an element takes to each
        self._sign = np.ones(self._orbit.size)
        self._share = self._sign

    def add(self, shuffle: Shuffle) -> None:
        """Take account of an element."""
        signs = np.ones(self._orbit.size) if shuffle.sign is None else shuffle.sign
        earlier = shuffle.source < self._orbit
        self._orbit[earlier] = shuffle.source[earlier]
        self._sign = np.where(earlier & (self._sign != 0), signs, self._sign)
        self._sign[(shuffle.source == np.arange(self._orbit.size)) & (signs < 0)] = 0

    def close(self) -> None:
        """Number the orbits, after the last element."""
        _, self._orbit, sizes = np.unique(self._orbit, return_inverse=True, return_counts=True)
        self._share = self._sign / sizes[self._orbit]

    def __call__(self, operators: FloatArray) -> FloatArray:
        """T of every row."""
        means = np.empty_like(operators)
        for mean, row in zip(means, operators * self._share, strict=True):
            np.bincount(self._orbit, weights=row).take(self._orbit, out=mean, mode="clip")
        means *= self._sign
        return means


class _Projection:
    """The projection as QQᵀ, Q spanning the operators that the group leaves as they are."""

    def __init__(self, group: SymmetryGroup):
        size = 2**group.num_qubits
        # With rows one after the other, V†OV is (V† ⊗ Vᵀ) O.
        total = np.zeros((size**2, size**2), dtype=complex)
        for element in group.elements:
            total += np.kron(element.matrix.conj().T, element.matrix.T)
        strings = to_dense(np.eye(size**2)).reshape(size**2, size**2)
        images = from_dense((strings @ total.T / group.order).reshape(size**2, size, size))
        values, vectors = np.linalg.eigh((images + images.T) / 2)
        self._basis = np.ascontiguousarray(vectors[:, values > 0.5])

    def __call__(self, operators: FloatArray) -> FloatArray:
        """T of every row."""
        return np.asarray((operators @ self._basis) @ self._basis.T)


class _Sum:
    """The mean over the elements, each as a circuit and a shuffle."""

    def __init__(self, group: SymmetryGroup):
        self._conjugations = [_conjugation(element) for element in group.elements]

    def __call__(self, operators: FloatArray) -> FloatArray:
        """T of every row."""
        total = np.zeros_like(operators)
        for conjugation in self._conjugations:
            total += conjugation(operators)
        return total / len(self._conjugations)


def _conjugation(element: Element) -> PauliTwirl:
    """O → V†OV."""
    shuffle = _monomial_shuffle(element)

    def shuffled(operators: FloatArray) -> FloatArray:
        out = np.empty_like(operators)
        shuffle.of_columns(operators, out)
        return out

    if element.circuit is None:
        return shuffled
    layers = layered(rotation_form(element.circuit))
    picture = HeisenbergPicture(layers)
    factors = picture.factors(Turns(layers).at(np.empty(0)).rotations)
    return lambda operators: shuffled(picture.evolved(factors, operators))


def _shuffle(element: Element) -> Shuffle | None:
    """O → V†OV where that takes Pauli strings to Pauli strings; else None."""
    if element.is_monomial:
        return _monomial_shuffle(element)
    conjugation, size = _conjugation(element), 4**element.num_qubits
    probes = np.stack([np.arange(1.0, size + 1), np.random.default_rng(0).normal(size=size)])
    numbered, random = conjugation(probes)
    source = np.abs(np.round(numbered)).astype(np.intp) - 1
    if not np.array_equal(np.sort(source), np.arange(size)):
        return None
    sign = np.sign(numbered)
    # Integers may come out by chance, but not from random numbers as well.
    return Shuffle(source, sign) if np.abs(random - sign * probes[1][source]).max() < _SAME else None


def _monomial_shuffle(element: Element) -> Shuffle:
    """O → V†OV of V = PΠ, leaving out the element's circuit: a letter on qubit ``permutation[q]`` goes to qubit q."""
    n = element.num_qubits
    source = np.zeros(4**n, dtype=np.intp)
    sign = np.ones(source.size)
    for q, (target, letter) in enumerate(zip(element.permutation, reversed(element.pauli), strict=True)):
        letters = letters_on(q, n)
        source |= letters << 2 * target
        if letter != "I":
            sign[(letters != 0) & (letters != "IXYZ".index(letter))] *= -1
    return Shuffle(source, sign[source] if (sign < 0).any() else None)
