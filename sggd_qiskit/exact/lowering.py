"""A circuit in rotation form, lowered to turns and fixed gates of single qubits and to Clifford gates on pairs.

A rotation about a Pauli string on two qubits is one about Z on the second of them between two CX, in a basis where both
letters are Z.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import ComplexArray
from sggd_qiskit.circuit.rotation_form import ROTATIONS, FixedGate, Rotation, RotationForm

PAULIS: ComplexArray = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
"""I, X, Y, Z, shape (4, 2, 2)."""

_H = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
# V with V P V† = Z.
_TO_Z = {"X": _H.astype(complex), "Y": _H @ np.diag([1, -1j]), "Z": np.eye(2, dtype=complex)}


@dataclass(frozen=True)
class Turn:
    """exp(-i φ P/2) on a qubit, P one of X, Y, Z and φ the angle number ``index``."""

    qubit: int
    letter: str
    index: int


@dataclass(frozen=True, eq=False)
class LocalGate:
    """A fixed gate on a qubit, shape (2, 2)."""

    qubit: int
    matrix: ComplexArray


@dataclass(frozen=True)
class PairGate:
    """``cx``, ``cz`` or ``swap`` on two qubits, the control first."""

    name: str
    first: int
    second: int


def lowered(form: RotationForm) -> Iterator[Turn | LocalGate | PairGate]:
    """The gates, in the order in which they act; equal to the circuit up to a global phase."""
    for operation, instruction in zip(form.operations, form.template.data, strict=True):
        name = instruction.operation.name
        qubits = [form.template.find_bit(q).index for q in instruction.qubits]
        if len(qubits) == 2 and name in ROTATIONS:
            index = operation.index if isinstance(operation, Rotation) else None
            yield from _pair_rotation(ROTATIONS[name], qubits, index, instruction.operation.params[0])
        elif len(qubits) == 2:
            yield PairGate(name, qubits[0], qubits[1])
        elif isinstance(operation, FixedGate):
            yield LocalGate(qubits[0], operation.matrix)
        else:
            yield Turn(qubits[0], ROTATIONS[name], operation.index)


def _pair_rotation(
    letters: str, qubits: list[int], index: int | None, angle: float
) -> Iterator[Turn | LocalGate | PairGate]:
    """A rotation about two letters by the angle number ``index``, or by the number ``angle`` if that is None."""
    first, second = qubits
    bases = [(q, _TO_Z[letter]) for q, letter in zip(qubits, letters, strict=True) if letter != "Z"]
    for qubit, basis in bases:
        yield LocalGate(qubit, basis)
    yield PairGate("cx", first, second)
    if index is None:
        yield LocalGate(second, np.diag(np.exp([-0.5j * float(angle), 0.5j * float(angle)])))
    else:
        yield Turn(second, "Z", index)
    yield PairGate("cx", first, second)
    for qubit, basis in bases:
        yield LocalGate(qubit, basis.conj().T)
