"""Outcome probabilities of circuits with a device's noise, readout errors included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.execute.noisy.device_noise import NoisyPart
from sggd_qiskit.execute.noisy.noisy_circuit import NoisyCircuit
from sggd_qiskit.execute.noisy.pauli_vectors import evolved, z_strings, zero_state

# Numbers in the states that are simulated at once: few enough for a processor's cache, which bounds the memory too.
MOST_NUMBERS = 2**17


@dataclass(frozen=True, eq=False)
class Reading:
    """A measurement basis.

    Attributes:
        turn: turns it into that of Z, with the noise of the gates that do so, without parameters.
        qubits: those that are measured; the k-th is bit k of an outcome's number.
    """

    turn: NoisyCircuit
    qubits: tuple[int, ...]


def noisy_probabilities(
    circuit: NoisyCircuit, readings: Sequence[Reading], values: FloatArray, noise: NoisyPart
) -> list[FloatArray]:
    """For each reading the probabilities of the measured bit strings at all parameter sets, shape (set, outcome).

    Args:
        circuit: what is common to all readings.
        readings: what comes after it.
        values: shape (set, parameter), in the circuit's own parameter order.
        noise: has the readout errors.
    """
    angles = circuit.angles(values).T
    found: list[list[FloatArray]] = [[] for _ in readings]
    for rows in _pieces(len(values), max(1, MOST_NUMBERS >> (2 * circuit.num_qubits))):
        states = zero_state(circuit.num_qubits, rows.stop - rows.start)
        states = evolved(circuit.operations, angles[:, rows], states)
        for pieces, reading in zip(found, readings, strict=True):
            turned = evolved(reading.turn.operations, angles[:0], states)
            pieces.append(_read(z_strings(turned, reading.qubits), reading.qubits, noise))
    return [np.concatenate(pieces) for pieces in found]


def _pieces(number: int, size: int) -> Iterator[slice]:
    for start in range(0, number, size):
        yield slice(start, min(start + size, number))


def _read(values: FloatArray, qubits: Sequence[int], noise: NoisyPart) -> FloatArray:
    """Probabilities of what is read, from the values of the Z strings, both of shape (set, 2ᵏ)."""
    bits = len(qubits)
    tensor = values.reshape(-1, *[2] * bits)
    for k, qubit in enumerate(qubits):
        # From the values of I and Z to the probabilities of 0 and 1, and on to those of what is read.
        matrix = np.array([[0.5, 0.5], [0.5, -0.5]]) @ noise.flips.get(qubit, np.eye(2))
        axis = bits - k
        tensor = np.moveaxis(np.tensordot(tensor, matrix, axes=(axis, 0)), -1, axis)
    flat = tensor.reshape(len(values), -1).clip(min=0)
    return np.asarray(flat / flat.sum(axis=1, keepdims=True))
