"""A batched statevector simulator for circuits in rotation form.

States are the columns of an array of shape (2ⁿ, batch), qubit q being bit q of the row's number (Qiskit's order).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sggd_qiskit.aliases import BoolArray, ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import FixedGate, Rotation, RotationForm

MOST_AMPLITUDES = 2**17
"""Of the states that go through a circuit together; more would not stay in a core's cache."""

_TILT = float(np.arccos(1 / np.sqrt(3)))
TETRAHEDRON = (
    (_TILT, np.pi / 4),
    (_TILT, -3 * np.pi / 4),
    (np.pi - _TILT, -np.pi / 4),
    (np.pi - _TILT, 3 * np.pi / 4),
)
"""RY and RZ angles of four single-qubit states that are a 2-design."""


def apply_gate(gate: FixedGate, states: ComplexArray) -> ComplexArray:
    """``gate`` applied to every column of ``states``, shape (2ⁿ, batch)."""
    num_qubits, k = states.shape[0].bit_length() - 1, len(gate.qubits)
    tensor = states.reshape((2,) * num_qubits + (-1,))
    axes = [num_qubits - 1 - q for q in reversed(gate.qubits)]
    matrix = gate.matrix.reshape((2,) * (2 * k))
    moved = np.tensordot(matrix, tensor, axes=(range(k, 2 * k), axes))
    return np.moveaxis(moved, range(k), axes).reshape(states.shape)


def apply_rotation(rotation: Rotation, angle: float | FloatArray, states: ComplexArray) -> ComplexArray:
    """exp(-i angle P/2) applied to every column.

    Args:
        rotation: P.
        angle: radians, one for all columns or one for each, shape (batch,).
        states: shape (2ⁿ, batch).
    """
    pauli, half = rotation.pauli, np.broadcast_to(angle, states.shape[1:]) / 2
    if pauli.is_diagonal:
        turn = np.exp(-1j * half)
        rotated = np.stack([turn, turn.conj()]).take((pauli.phase.real < 0).astype(int), axis=0)
        rotated *= states
        return rotated
    rotated = states.take(pauli.flip, axis=0)
    rotated *= -1j * pauli.phase[:, None] * np.sin(half)
    rotated += np.cos(half) * states
    return rotated


def apply_operation(operation: Rotation | FixedGate, angles: FloatArray, states: ComplexArray) -> ComplexArray:
    """One gate applied to every column.

    Args:
        operation: the gate.
        angles: of all rotations of its circuit, radians, shape (angle,) or (angle, batch).
        states: shape (2ⁿ, batch).
    """
    if isinstance(operation, FixedGate):
        return apply_gate(operation, states)
    return apply_rotation(operation, angles[operation.index], states)


def evolve(form: RotationForm, angles: FloatArray, states: ComplexArray) -> ComplexArray:
    """The circuit applied to every column.

    Args:
        form: the circuit.
        angles: of its rotations, radians, shape (angle,) or (angle, batch).
        states: shape (2ⁿ, batch).
    """
    for operation in form.operations:
        states = apply_operation(operation, angles, states)
    return states


def prepared_states(form: RotationForm, parameters: FloatArray) -> ComplexArray:
    """The states that the circuit makes of |0…0⟩, shape (2ⁿ, batch), for parameters of shape (batch, parameter), radians."""
    prepared = np.empty((2**form.num_qubits, len(parameters)), dtype=complex)
    for part in state_slices(*prepared.shape):
        angles = form.angles(parameters[part]).T
        zero = np.zeros((len(prepared), angles.shape[1]), dtype=complex)
        zero[0] = 1
        prepared[:, part] = evolve(form, angles, zero)
    return prepared


def state_slices(size: int, count: int) -> list[slice]:
    """Slices of ``count`` states of ``size`` amplitudes, each of as many as go through a circuit together."""
    step = max(1, MOST_AMPLITUDES // size)
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def all_bit_strings(num_qubits: int) -> BoolArray:
    """The bits of every basis state, shape (2ⁿ, qubit)."""
    return ((np.arange(2**num_qubits)[:, None] >> np.arange(num_qubits)) & 1).astype(bool)


def basis_change(bases: Sequence[str]) -> list[FixedGate]:
    """Gates that turn a measurement of X or Y on a qubit into one of Z; ``bases[q]`` is a letter of IXYZ."""
    x_basis = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    changes = {"X": x_basis.astype(complex), "Y": x_basis @ np.diag([1, -1j])}
    return [FixedGate(changes[letter], (q,)) for q, letter in enumerate(bases) if letter in changes]
