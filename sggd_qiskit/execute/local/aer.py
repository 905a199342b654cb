"""Simulation without noise but that of shots: the batched statevectors, and Qiskit Aer for large circuits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.circuit.simulate import apply_gate, basis_change
from sggd_qiskit.execute.local.states import States
from sggd_qiskit.execute.readings import ValueSums, unitary_and_readings
from sggd_qiskit.execute.simulated import SimulatedExecutor, Simulation


class AerExecutor(SimulatedExecutor):
    """Runs measurements without the noise of a device.

    Args:
        shot_noise: False for exact values, whose variances are 0.
    """

    def __init__(self, *, shot_noise: bool = True):
        super().__init__("aer", shot_noise=shot_noise)

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement as it is; its circuit is rewritten when it is first run."""
        return measurement

    def simulation(self, measurement: Measurement | Readout) -> Simulation:
        """The measurement for statevectors."""
        return StatevectorSimulation(measurement)


class StatevectorSimulation:
    """A measurement made ready for statevectors; see `Simulation`.

    Args:
        measurement: its circuit is rewritten once.
    """

    def __init__(self, measurement: Measurement | Readout):
        circuit, self.readings = unitary_and_readings(measurement)
        self._states = States(circuit)
        self.parameters = self._states.parameters
        self._sums = [ValueSums(reading.value_of) for reading in self.readings]
        self._changes = []
        for reading in self.readings:
            letters = dict(zip(reading.qubits, reading.letters, strict=True))
            self._changes.append(basis_change([letters.get(qubit, "I") for qubit in range(circuit.num_qubits)]))

    def probabilities(self, rows: FloatArray) -> Iterator[tuple[slice, list[FloatArray]]]:
        """For each reading the probabilities of its values, shape (row, value), in pieces that fit the memory.

        Args:
            rows: parameter values, shape (set, parameter).

        Yields:
            The rows of a piece, and the probabilities.
        """
        for piece, states in self._states.pieces(rows):
            found = []
            for reading, change, sums in zip(self.readings, self._changes, self._sums, strict=True):
                turned = states
                for gate in change:
                    turned = apply_gate(gate, turned)
                found.append(sums(_marginal(turned.real**2 + turned.imag**2, reading.qubits)))
            yield piece, found


def _marginal(probabilities: FloatArray, qubits: Sequence[int]) -> FloatArray:
    """Of the measured qubits, in ascending order: shape (2ᵏ, set), from those of all, shape (2ⁿ, set)."""
    num_qubits = len(probabilities).bit_length() - 1
    others = tuple(num_qubits - 1 - qubit for qubit in range(num_qubits) if qubit not in qubits)
    if not others:
        return probabilities
    tensor = probabilities.reshape((2,) * num_qubits + (-1,))
    return np.asarray(tensor.sum(axis=others).reshape(2 ** len(qubits), -1))
