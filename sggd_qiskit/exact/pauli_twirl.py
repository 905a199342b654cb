"""The twirl T[O] = E_s χ(s) V_s† O V_s (paper, (5), if χ = 1) of Pauli coordinates, in a form made once for each group.

Where every V_s takes Pauli strings to Pauli strings, as permutations, Pauli strings and Cliffords do, T is the signed mean
over each orbit of strings, and 0 on an orbit in which a string meets its negative: that takes as long for a large group
as for a small one. Other groups take a projection matrix where that is small, or else the sum over the elements.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.exact.coordinates import from_dense, letters_on, to_dense
from sggd_qiskit.exact.layers import layered
from sggd_qiskit.exact.pauli_propagation import PauliPropagation
from sggd_qiskit.exact.segments import Segments
from sggd_qiskit.exact.signed_permutation import SignedPermutation
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

PauliTwirl = Callable[[FloatArray], FloatArray]
"""From coordinates of operators, shape (operator, 4ⁿ), to those of T of each."""

MOST_MATRIX_ENTRIES = 2**20
_SAME = 1e-9


def pauli_twirl(group: SymmetryGroup) -> PauliTwirl:
    """T, in the cheapest form that the group has."""
    orbits = _Orbits(group.num_qubits)
    for element, character in zip(group.elements, group.signs, strict=True):
        permutation = _signed_permutation(element)
        if permutation is None:
            return _Projection(group) if 16**group.num_qubits <= MOST_MATRIX_ENTRIES else _ElementMean(group)
        orbits.add(permutation, character)
    return orbits.mean()


class _Orbits:
    """The orbits of Pauli strings under a group of signed permutations, all of whose elements are added one by one.

    A string P is ±R, R being the first string of its orbit that χ(s) V_s† R V_s takes to P for some s.
    """

    def __init__(self, num_qubits: int):
        self._strings = np.arange(4**num_qubits)
        self._first = self._strings.copy()
        """R of each string P, by its place."""
        self._sign = np.ones(self._strings.size)
        """Whether it is +R or -R."""
        self._vanishing = np.zeros(self._strings.size, dtype=bool)
        """Whether an element takes P to -P, so that T[P] = 0."""

    def add(self, element: SignedPermutation, character: int) -> None:
        """Take an element into account, times its χ."""
        sign = np.ones(self._strings.size) if element.sign is None else element.sign
        if character < 0:
            sign = -sign
        earlier = element.source < self._first
        self._first[earlier] = element.source[earlier]
        self._sign[earlier] = sign[earlier]
        self._vanishing |= (element.source == self._strings) & (sign < 0)

    def mean(self) -> PauliTwirl:
        """The signed mean over each orbit."""
        _, orbit, sizes = np.unique(self._first, return_inverse=True, return_counts=True)
        sign = np.where(self._vanishing, 0.0, self._sign)
        share = sign / sizes[orbit]

        def twirl(operators: FloatArray) -> FloatArray:
            means = np.empty_like(operators)
            for mean, row in zip(means, operators * share, strict=True):
                np.bincount(orbit, weights=row).take(orbit, out=mean, mode="clip")
            means *= sign
            return means

        return twirl


class _Projection:
    """The projection as QQᵀ, Q spanning the operators with χ(s) V_s†OV_s = O for all s."""

    def __init__(self, group: SymmetryGroup):
        size = 2**group.num_qubits
        # With rows one after the other, V†OV is (V† ⊗ Vᵀ) O.
        total = np.zeros((size**2, size**2), dtype=complex)
        for element, sign in zip(group.elements, group.signs, strict=True):
            total += np.kron(element.matrix.conj().T, sign * element.matrix.T)
        strings = to_dense(np.eye(size**2)).reshape(size**2, size**2)
        images = from_dense((strings @ total.T / group.order).reshape(size**2, size, size))
        values, vectors = np.linalg.eigh((images + images.T) / 2)
        self._basis = np.ascontiguousarray(vectors[:, values > 0.5])

    def __call__(self, operators: FloatArray) -> FloatArray:
        """T of every row."""
        return np.asarray((operators @ self._basis) @ self._basis.T)


class _ElementMean:
    """The mean over the elements, each as a circuit and a signed permutation."""

    def __init__(self, group: SymmetryGroup):
        self._conjugations = [_conjugation(element) for element in group.elements]
        self._sums = [np.add if sign > 0 else np.subtract for sign in group.signs]

    def __call__(self, operators: FloatArray) -> FloatArray:
        """T of every row."""
        total = np.zeros_like(operators)
        for conjugation, add in zip(self._conjugations, self._sums, strict=True):
            add(total, conjugation(operators), out=total)
        return total / len(self._conjugations)


def _conjugation(element: Element) -> PauliTwirl:
    """O → V†OV."""
    permutation = _monomial_permutation(element)

    def permuted(operators: FloatArray) -> FloatArray:
        out = np.empty_like(operators)
        permutation.permute_columns(operators, out)
        return out

    if element.circuit is None:
        return permuted
    layers = layered(rotation_form(element.circuit))
    propagation = PauliPropagation(layers)
    matrices = propagation.pair_matrices(Segments(layers).rotations(np.empty(0)).matrices)
    return lambda operators: permuted(propagation.evolved(matrices, operators))


def _signed_permutation(element: Element) -> SignedPermutation | None:
    """O → V†OV where that takes Pauli strings to Pauli strings; else None."""
    if element.is_monomial:
        return _monomial_permutation(element)
    conjugation, size = _conjugation(element), 4**element.num_qubits
    probes = np.stack([np.arange(1.0, size + 1), np.random.default_rng(0).normal(size=size)])
    numbered, random = conjugation(probes)
    source = np.abs(np.round(numbered)).astype(np.intp) - 1
    if not np.array_equal(np.sort(source), np.arange(size)):
        return None
    sign = np.sign(numbered)
    # Integers may come out by chance, but not from random numbers as well.
    return SignedPermutation(source, sign) if np.abs(random - sign * probes[1][source]).max() < _SAME else None


def _monomial_permutation(element: Element) -> SignedPermutation:
    """O → V†OV of V = PΠ, leaving out the element's circuit: a letter on qubit ``permutation[q]`` goes to qubit q."""
    n = element.num_qubits
    source = np.zeros(4**n, dtype=np.intp)
    sign = np.ones(source.size)
    for q, (target, letter) in enumerate(zip(element.permutation, reversed(element.pauli), strict=True)):
        letters = letters_on(q, n)
        source |= letters << 2 * target
        if letter != "I":
            sign[(letters != 0) & (letters != "IXYZ".index(letter))] *= -1
    return SignedPermutation(source, sign[source] if (sign < 0).any() else None)
