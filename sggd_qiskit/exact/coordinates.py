"""Operators by their Pauli coordinates, O = Σ_P o_P P: real numbers where O is Hermitian, and ‖O‖²_HS/2ⁿ = Σ_P o_P².

A string's place among the 4ⁿ has a digit for each qubit, 0 to 3 for I, X, Y, Z, that of qubit 0 being the lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, FloatArray, IndexArray
from sggd_qiskit.exact.lowering import PAULIS
from sggd_qiskit.exact.pair_gates import Shuffle

# o_a = Σ_rc σ_a[c, r]/2 · O[r, c] and back, for one qubit; r and c make one digit.
_FROM_ENTRIES: ComplexArray = PAULIS.swapaxes(1, 2).reshape(4, 4) / 2
_TO_ENTRIES: ComplexArray = PAULIS.reshape(4, 4).T


def qubit_groups(num_qubits: int) -> list[list[int]]:
    """Qubits in pairs from the highest, which stands alone if their number is odd; the higher of a pair first."""
    return [[n, n - 1] if n % 2 else [n] for n in range(num_qubits - 1, -1, -1) if n % 2 or n == num_qubits - 1]


class Carried:
    """Vectors that gates act on, in two buffers that take turns; all views of these are made once.

    A factor of a product operator is one product of matrices, which also moves its digits from the front to the back; after
    the factors of all groups, highest digits first, all are in place.
    """

    def __init__(self, count: int, sizes: Sequence[int], dtype: type = float):
        """For ``count`` vectors whose digits are in groups of those sizes."""
        buffers: NDArray[Any] = np.empty((2, count, int(np.prod(sizes))), dtype=dtype)
        self._vectors: list[NDArray[Any]] = list(buffers)
        # A single vector goes without the leading axis, as products of two matrices take less time than batches of one.
        batch = (count,) if count > 1 else ()
        self.fronts = [[buffer.reshape(*batch, size, -1) for size in sizes] for buffer in buffers]
        self._moved = [[front.swapaxes(-1, -2) for front in fronts] for fronts in self.fronts]
        self._backs = [[buffer.reshape(*batch, -1, size) for size in sizes] for buffer in buffers[::-1]]
        self.now = 0

    @property
    def vectors(self) -> NDArray[Any]:
        """Shape (vector, size); the next step overwrites them."""
        return self._vectors[self.now]

    def load(self, *vectors: NDArray[Any]) -> None:
        """Set the vectors, from arrays of shape (vector, size)."""
        np.concatenate(vectors, out=self.vectors)

    def factor(self, group: int, transposed: NDArray[Any]) -> None:
        """Apply the factor of a group, given by its transpose; the groups are taken in order."""
        now = self.now
        np.matmul(self._moved[now][group], transposed, out=self._backs[now][group])
        self.now = 1 - now

    def shuffle(self, shuffle: Shuffle) -> None:
        """Shuffle the entries of every vector."""
        now = self.now
        shuffle.of_columns(self._vectors[now], self._vectors[1 - now])
        self.now = 1 - now


def on_groups(matrices: Sequence[ComplexArray], vectors: NDArray[Any]) -> ComplexArray:
    """A product operator, its factors from the highest digits down, applied to vectors of shape (vector, size)."""
    carried = Carried(len(vectors), [len(matrix) for matrix in matrices], complex)
    carried.load(vectors)
    for group, matrix in enumerate(matrices):
        carried.factor(group, matrix.T)
    return np.asarray(carried.vectors)


def from_dense(operators: ComplexArray) -> FloatArray:
    """Coordinates, shape (operator, 4ⁿ), of Hermitian operators of shape (operator, 2ⁿ, 2ⁿ)."""
    count, size = len(operators), operators.shape[1]
    n = size.bit_length() - 1
    order = [0, *(axis for q in range(n) for axis in (1 + q, 1 + n + q))]
    entries = operators.reshape((count,) + (2,) * (2 * n)).transpose(order)
    return np.ascontiguousarray(on_groups(_factors(_FROM_ENTRIES, n), entries.reshape(count, -1)).real)


def to_dense(coordinates: FloatArray) -> ComplexArray:
    """Operators of shape (operator, 2ⁿ, 2ⁿ), from coordinates of shape (operator, 4ⁿ)."""
    count = len(coordinates)
    n = (coordinates.shape[1].bit_length() - 1) // 2
    entries = on_groups(_factors(_TO_ENTRIES, n), coordinates).reshape((count,) + (2,) * (2 * n))
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
    pair: ComplexArray = np.asarray(np.kron(single, single), dtype=np.complex128)
    return [pair if len(group) == 2 else single for group in qubit_groups(num_qubits)]
