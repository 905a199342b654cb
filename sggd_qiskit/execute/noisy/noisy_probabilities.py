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
class Ending:
    """How a circuit is measured in one basis.

    Attributes:
        turn: turns the basis into that of Z, with the noise of the gates that do so, without parameters.
        qubits: those that are measured; the k-th is bit k of an outcome's number.
    """

    turn: NoisyCircuit
    qubits: tuple[int, ...]


def noisy_probabilities(
    circuit: NoisyCircuit, endings: Sequence[Ending], values: FloatArray, noise: NoisyPart
) -> Iterator[tuple[slice, list[FloatArray]]]:
    """Probabilities of the measured bit strings, for some parameter sets after the other.

    Args:
        circuit: what is common to all endings.
        endings: what comes after it.
        values: shape (set, parameter), in the circuit's own parameter order.
        noise: has the readout errors.

    Yields:
        The rows of a piece, and for each ending the probabilities, shape (outcome, row), each column of sum 1 but for
        rounding.
    """
    angles = circuit.angles(values).T
    size = max(1, MOST_NUMBERS >> (2 * circuit.num_qubits))
    for start in range(0, len(values), size):
        rows = slice(start, min(start + size, len(values)))
        states = zero_state(circuit.num_qubits, rows.stop - rows.start)
        states = evolved(circuit.operations, angles[:, rows], states)
        yield rows, [_probabilities(evolved(end.turn.operations, angles[:0], states), end, noise) for end in endings]


def _probabilities(states: FloatArray, ending: Ending, noise: NoisyPart) -> FloatArray:
    """Probabilities of what is read, shape (2ᵏ, set), from the values of the Z strings."""
    bits = len(ending.qubits)
    tensor = z_strings(states, ending.qubits).reshape(*[2] * bits, -1)
    for k, qubit in enumerate(ending.qubits):
        # From the values of I and Z to the probabilities of 0 and 1, and on to those of what is read.
        matrix = np.array([[0.5, 0.5], [0.5, -0.5]]) @ noise.flips.get(qubit, np.eye(2))
        axis = bits - 1 - k
        tensor = np.moveaxis(np.tensordot(matrix, tensor, axes=(0, axis)), 0, axis)
    return np.asarray(tensor.reshape(2**bits, -1).clip(min=0))
