"""A batched simulator for noisy circuits: density matrices as their expectation values of all Pauli strings.

States are the columns of an array of shape (4ⁿ, batch), digit q of the row's number, to the base of 4, being the letter
I, X, Y or Z of qubit q. So they are real, and a channel is a real matrix (Qiskit's ``PTM``). All parameter sets
go through each channel in one product, for which Aer, set by set, takes several times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from qiskit.circuit import Gate
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import PTM, SuperOp

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.rotation_form import ROTATIONS

TURNS = (*ROTATIONS, "p", "u1")
"""Gates of one angle that turn pairs of Pauli strings into each other by that angle."""


@dataclass(frozen=True, eq=False)
class Channel:
    """A fixed channel: ``matrix`` on ``qubits``, the first of which is its least significant digit."""

    matrix: FloatArray
    qubits: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Turn:
    """A rotation gate with the angle number ``index``."""

    gate: str
    qubits: tuple[int, ...]
    index: int


def zero_state(num_qubits: int, batch: int) -> FloatArray:
    """|0…0⟩ in every column, shape (4ⁿ, batch)."""
    column: FloatArray = np.ones(1)
    for _ in range(num_qubits):
        column = np.kron(column, np.array([1.0, 0.0, 0.0, 1.0]))
    return np.repeat(column[:, None], batch, axis=1)


def evolved(operations: Sequence[Channel | Turn], angles: FloatArray, states: FloatArray) -> FloatArray:
    """The operations applied to every column.

    Args:
        operations: in the order in which they act.
        angles: of the turns, shape (angle, batch), radians.
        states: shape (4ⁿ, batch).
    """
    for operation in operations:
        states = _applied(operation, angles, states)
    return states


def apply_channel(channel: Channel, states: FloatArray) -> FloatArray:
    """A channel applied to every column."""
    tensor, axes = _split(states, channel.qubits)
    k = len(axes)
    product = np.tensordot(channel.matrix.reshape((4,) * (2 * k)), tensor, axes=(range(k, 2 * k), axes))
    return np.moveaxis(product, range(k), axes).reshape(states.shape)


def z_strings(states: FloatArray, qubits: Sequence[int]) -> FloatArray:
    """Expectation values of the products of Z on subsets of qubits, shape (2ᵏ, batch), bit k for the k-th of ``qubits``."""
    strings = np.arange(2 ** len(qubits))
    rows = sum((((strings >> k) & 1) * 3 * 4**q for k, q in enumerate(qubits)), np.zeros_like(strings))
    return np.asarray(states[rows])


def _applied(operation: Channel | Turn, angles: FloatArray, states: FloatArray) -> FloatArray:
    if isinstance(operation, Channel):
        return apply_channel(operation, states)
    cosine, sine = np.cos(angles[operation.index]), np.sin(angles[operation.index])
    states = states.copy()
    tensor, axes = _split(states, operation.qubits)
    view = np.moveaxis(tensor, axes, range(len(axes)))
    for first, second, sign in _pairs(operation.gate):
        a, b = view[first], view[second]
        turned = cosine * a + sign * sine * b
        b[...] = cosine * b - sign * sine * a
        a[...] = turned
    return states


def _split(states: FloatArray, qubits: tuple[int, ...]) -> tuple[FloatArray, list[int]]:
    """The states as a tensor with an axis for each qubit, a view, and the axes of ``qubits``, the last one's first."""
    num_qubits = (states.shape[0].bit_length() - 1) // 2
    return states.reshape((4,) * num_qubits + (-1,)), [num_qubits - 1 - q for q in reversed(qubits)]


@cache
def _pairs(name: str) -> list[tuple[tuple[int, ...], tuple[int, ...], float]]:
    """The pairs of strings that a gate turns into each other, as letters of the last qubit first, and the sign."""
    gate: Gate = get_standard_gate_name_mapping()[name]
    quarter = PTM(SuperOp(gate.base_class(np.pi / 2))).data.real.round(9)
    digits = (4,) * gate.num_qubits
    return [
        (_letters(i, digits), _letters(j, digits), float(quarter[i, j]))
        for i, j in zip(*np.triu(quarter, 1).nonzero(), strict=True)
    ]


def _letters(number: int, digits: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(letter) for letter in np.unravel_index(number, digits))
