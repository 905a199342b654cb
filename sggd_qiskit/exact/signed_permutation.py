"""Signed permutations: what the two-qubit gates of a layer are to Pauli coordinates and to amplitudes of basis states."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.exact.gates import PAULIS, TwoQubitGate

Scalar = TypeVar("Scalar", np.float64, np.complex128)

_MATRICES = {
    "cx": np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]]),
    "cz": np.diag([1, 1, 1, -1]),
    "swap": np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
}


@dataclass(frozen=True, eq=False)
class SignedPermutation:
    """x'[a] = sign[a] x[source[a]]; ``sign`` is None if all are 1."""

    source: IndexArray
    sign: FloatArray | None

    def permute_columns(self, vectors: NDArray[Scalar], out: NDArray[Scalar]) -> None:
        """Permute the last axis, of vectors that are rows."""
        vectors.take(self.source, axis=-1, out=out, mode="clip")
        if self.sign is not None:
            out *= self.sign

    def permute_rows(self, vectors: NDArray[Scalar], out: NDArray[Scalar]) -> None:
        """Permute the last axis but one, of vectors that are columns."""
        vectors.take(self.source, axis=-2, out=out, mode="clip")
        if self.sign is not None:
            out *= self.sign[:, None]

    def inverse(self) -> SignedPermutation:
        """The permutation that takes it back."""
        back = np.empty_like(self.source)
        back[self.source] = np.arange(len(back))
        return SignedPermutation(back, None if self.sign is None else self.sign[back])


def on_pauli_coordinates(gates: tuple[TwoQubitGate, ...], num_qubits: int) -> SignedPermutation | None:
    """O → g†Og of the gates' product g, for the Pauli coordinates of O; None if there are no gates."""
    return _composed(tuple(reversed(gates)), num_qubits, 4)


def on_amplitudes(gates: tuple[TwoQubitGate, ...], num_qubits: int) -> SignedPermutation | None:
    """ψ → gψ of the gates' product g; None if there are no gates."""
    return _composed(gates, num_qubits, 2)


def _composed(gates: tuple[TwoQubitGate, ...], num_qubits: int, base: int) -> SignedPermutation | None:
    """The product of the gates, the first acting first, on vectors with a digit below ``base`` for each qubit."""
    if not gates:
        return None
    source = np.arange(base**num_qubits)
    sign = np.ones(source.size)
    index = source
    for gate in gates:
        control, target = base**gate.control, base**gate.target
        digits = index // control % base + base * (index // target % base)
        table, signs = _table(gate.name, base)
        image = table[digits]
        moved = index + (image % base - digits % base) * control + (image // base - digits // base) * target
        source, sign = source[moved], signs[digits] * sign[moved]
    return SignedPermutation(source, sign if (sign < 0).any() else None)


@cache
def _table(name: str, base: int) -> tuple[IndexArray, FloatArray]:
    """Where each pair of digits comes from, and with which sign; the control's digit is the lower one."""
    matrix = _MATRICES[name].astype(float)
    if base == 4:
        strings = np.einsum("aij,bkl->abikjl", PAULIS, PAULIS).reshape(16, 4, 4)
        matrix = np.einsum("aij,bji->ab", strings, matrix.T @ strings @ matrix).real / 4
    source = np.abs(matrix).argmax(axis=1)
    return source, np.round(matrix[np.arange(len(matrix)), source])
