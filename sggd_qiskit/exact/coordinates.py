"""Operators by their Pauli coordinates, O = Σ_P o_P P: real numbers where O is Hermitian, and ‖O‖²_HS/2ⁿ = Σ_P o_P².

A string's place among the 4ⁿ has a digit for each qubit, 0 to 3 for I, X, Y, Z, that of qubit 0 being the lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, FloatArray, IndexArray
from sggd_qiskit.exact.gates import PAULIS
from sggd_qiskit.exact.signed_permutation import SignedPermutation

# o_a = Σ_rc σ_a[c, r]/2 · O[r, c] and back, for one qubit; r and c make one digit.
_FROM_ENTRIES: ComplexArray = PAULIS.swapaxes(1, 2).reshape(4, 4) / 2
_TO_ENTRIES: ComplexArray = PAULIS.reshape(4, 4).T


def qubit_pairs(num_qubits: int) -> list[list[int]]:
    """Qubits in pairs from the highest, which stands alone if their number is odd; the higher of a pair first."""
    return [[n, n - 1] if n % 2 else [n] for n in range(num_qubits - 1, -1, -1) if n % 2 or n == num_qubits - 1]


class WorkBuffers:
    """Vectors that are propagated, in one of two buffers; every step writes into the other. All views are made once.

    A factor of a product operator, on a pair of qubits, is one product of matrices, which also moves the digits of the pair
    from the front to the back; after the factors of all pairs, highest digits first, all digits are in place.
    """

    def __init__(self, count: int, sizes: Sequence[int], dtype: type = float):
        """For ``count`` vectors; ``sizes`` has the number of values that the digits of each pair of qubits take."""
        buffers: NDArray[Any] = np.empty((2, count, int(np.prod(sizes))), dtype=dtype)
        self._buffers: list[NDArray[Any]] = list(buffers)
        # A single vector goes without the leading axis, as products of two matrices take less time than batches of one.
        batch = (count,) if count > 1 else ()
        self._fronts = [[buffer.reshape(*batch, size, -1) for size in sizes] for buffer in buffers]
        self._transposed = [[front.swapaxes(-1, -2) for front in fronts] for fronts in self._fronts]
        backs = [[buffer.reshape(*batch, -1, size) for size in sizes] for buffer in buffers[::-1]]
        self._steps = [list(zip(*views, strict=True)) for views in zip(self._transposed, backs, strict=True)]
        self.current = 0
        """Number of the buffer that holds the vectors."""

    @property
    def vectors(self) -> NDArray[Any]:
        """Shape (vector, size); the next step overwrites them."""
        return self._buffers[self.current]

    def fill(self, *vectors: NDArray[Any]) -> None:
        """Set the vectors, from arrays of shape (vector, size)."""
        np.concatenate(vectors, out=self.vectors)

    def apply_factor(self, pair: int, transposed: NDArray[Any]) -> None:
        """Apply the factor on a pair of qubits, given by its transpose; the pairs are taken in order."""
        current = self.current
        source, target = self._steps[current][pair]
        np.matmul(source, transposed, out=target)
        self.current = 1 - current

    def permute(self, permutation: SignedPermutation) -> None:
        """Permute the entries of every vector."""
        current = self.current
        permutation.permute_columns(self._buffers[current], self._buffers[1 - current])
        self.current = 1 - current

    @cached_property
    def halves(self) -> list[list[tuple[NDArray[Any], NDArray[Any]]]]:
        """Views of the two halves of the vectors, by buffer and pair of qubits, whose digits are to be at the front.

        The first half has the shape (vector, digits, others), the second (vector, others, digits); for two vectors, one in
        each half, both go without the first axis.
        """
        count = len(self.vectors) // 2
        first, second = (0, 1) if count == 1 else (slice(count), slice(count, None))
        return [
            [(front[first], transposed[second]) for front, transposed in zip(fronts, moved, strict=True)]
            for fronts, moved in zip(self._fronts, self._transposed, strict=True)
        ]


def apply_product(factors: Sequence[ComplexArray], vectors: NDArray[Any]) -> ComplexArray:
    """A product operator, its factors from the highest digits down, applied to vectors of shape (vector, size)."""
    buffers = WorkBuffers(len(vectors), [len(factor) for factor in factors], complex)
    buffers.fill(vectors)
    for pair, factor in enumerate(factors):
        buffers.apply_factor(pair, factor.T)
    return np.asarray(buffers.vectors)


def from_dense(operators: ComplexArray) -> FloatArray:
    """Coordinates, shape (operator, 4ⁿ), of Hermitian operators of shape (operator, 2ⁿ, 2ⁿ)."""
    count, size = len(operators), operators.shape[1]
    n = size.bit_length() - 1
    order = [0, *(axis for q in range(n) for axis in (1 + q, 1 + n + q))]
    entries = operators.reshape((count,) + (2,) * (2 * n)).transpose(order)
    return np.ascontiguousarray(apply_product(_factors(_FROM_ENTRIES, n), entries.reshape(count, -1)).real)


def to_dense(coordinates: FloatArray) -> ComplexArray:
    """Operators of shape (operator, 2ⁿ, 2ⁿ), from coordinates of shape (operator, 4ⁿ)."""
    count = len(coordinates)
    n = (coordinates.shape[1].bit_length() - 1) // 2
    entries = apply_product(_factors(_TO_ENTRIES, n), coordinates).reshape((count,) + (2,) * (2 * n))
    return entries.transpose([0, *range(1, 2 * n, 2), *range(2, 2 * n + 1, 2)]).reshape(count, 2**n, 2**n)


def letters_on(qubit: int, num_qubits: int) -> IndexArray:
    """The letter that each string has on a qubit, 0 to 3, shape (4ⁿ,)."""
    return np.arange(4**num_qubits) >> 2 * qubit & 3


def from_pauli_sum(operator: SparsePauliOp) -> FloatArray:
    """Coordinates of a Hermitian Pauli sum, shape (4ⁿ,)."""
    coordinates = np.zeros(4**operator.num_qubits)
    for label, coefficient in operator.to_list():
        coordinates[int("".join(str("IXYZ".index(letter)) for letter in label), 4)] += coefficient.real
    return coordinates


def _factors(single: ComplexArray, num_qubits: int) -> list[ComplexArray]:
    double: ComplexArray = np.asarray(np.kron(single, single), dtype=np.complex128)
    return [double if len(pair) == 2 else single for pair in qubit_pairs(num_qubits)]
