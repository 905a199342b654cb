"""A circuit in rotation form, decomposed into gates on single qubits and Clifford gates on two qubits.

A rotation about a Pauli string on two qubits is one about Z on the second of them between two CX, in a basis where both
letters are Z.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sggd_qiskit.aliases import ComplexArray
from sggd_qiskit.circuit.rotation_form import ROTATIONS, FixedGate, Rotation, RotationForm

PAULIS: ComplexArray = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
"""I, X, Y, Z, shape (4, 2, 2)."""

_H = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
# V with V P V† = Z.
_TO_Z = {"X": _H.astype(complex), "Y": _H @ np.diag([1, -1j]), "Z": np.eye(2, dtype=complex)}


@dataclass(frozen=True)
class SingleQubitRotation:
    """exp(-i φ P/2) on a qubit, P one of X, Y, Z and φ the angle number ``index``."""

    qubit: int
    letter: str
    index: int


@dataclass(frozen=True, eq=False)
class SingleQubitGate:
    """A fixed gate on a qubit, shape (2, 2)."""

    qubit: int
    matrix: ComplexArray


@dataclass(frozen=True)
class TwoQubitGate:
    """``cx``, ``cz`` or ``swap``; for the last two it makes no difference which qubit is the control."""

    name: str
    control: int
    target: int


ElementaryGate: TypeAlias = SingleQubitRotation | SingleQubitGate | TwoQubitGate


def decomposed(form: RotationForm) -> Iterator[ElementaryGate]:
    """The gates, in the order in which they act; equal to the circuit up to a global phase."""
    for operation, instruction in zip(form.operations, form.template.data, strict=True):
        name = instruction.operation.name
        qubits = [form.template.find_bit(q).index for q in instruction.qubits]
        if len(qubits) == 2 and name in ROTATIONS:
            index = operation.index if isinstance(operation, Rotation) else None
            yield from _two_qubit_rotation(ROTATIONS[name], qubits, index, instruction.operation.params[0])
        elif len(qubits) == 2:
            yield TwoQubitGate(name, qubits[0], qubits[1])
        elif isinstance(operation, FixedGate):
            yield SingleQubitGate(qubits[0], operation.matrix)
        else:
            yield SingleQubitRotation(qubits[0], ROTATIONS[name], operation.index)


def _two_qubit_rotation(letters: str, qubits: list[int], index: int | None, angle: float) -> Iterator[ElementaryGate]:
    """A rotation about two letters by the angle number ``index``, or by ``angle`` radians if that is None."""
    control, target = qubits
    bases = [(q, _TO_Z[letter]) for q, letter in zip(qubits, letters, strict=True) if letter != "Z"]
    for qubit, basis in bases:
        yield SingleQubitGate(qubit, basis)
    yield TwoQubitGate("cx", control, target)
    if index is None:
        yield SingleQubitGate(target, np.diag(np.exp([-0.5j * float(angle), 0.5j * float(angle)])))
    else:
        yield SingleQubitRotation(target, "Z", index)
    yield TwoQubitGate("cx", control, target)
    for qubit, basis in bases:
        yield SingleQubitGate(qubit, basis.conj().T)
