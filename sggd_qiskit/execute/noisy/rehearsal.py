"""A rehearsal: the circuits that a device would run, with its noise, simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qiskit import QuantumCircuit
from qiskit.providers import BackendV2

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Readout, basis_change
from sggd_qiskit.execute.devices import TRANSPILER_SEED
from sggd_qiskit.execute.noisy.device_noise import DeviceNoise
from sggd_qiskit.execute.noisy.noisy_circuit import active_qubits, cut_down, with_noise
from sggd_qiskit.execute.noisy.noisy_probabilities import Ending, noisy_probabilities
from sggd_qiskit.execute.noisy.patch import LEAST_QUBITS, cut_to_patch
from sggd_qiskit.execute.readings import ValueSums, unitary_and_readings
from sggd_qiskit.execute.simulated import SimulatedExecutor, Simulation
from sggd_qiskit.execute.transpiling import require_isa, transpiled, without

TRANSPILER_SEEDS = tuple(range(TRANSPILER_SEED, TRANSPILER_SEED + 4))


class RehearsalExecutor(SimulatedExecutor):
    """Simulates measurements with the noise of a device.

    Idling that no delay stands for, crosstalk and drift are left out.

    Args:
        device: such as ``fake_device("fake_torino")`` or ``snapshot_device(path)``.
        seeds: of the transpiler; the best is taken for each circuit.
        optimization_level: of the transpiler.
        initial_layout: the device's qubits on which circuits begin; chosen by the transpiler if None.
        exclude: the device's qubits that no circuit may use.
        shot_noise: False for the device's noise alone, without that of shots; variances are 0 then.
    """

    def __init__(
        self,
        device: BackendV2,
        *,
        seeds: Sequence[int] = TRANSPILER_SEEDS,
        optimization_level: int = 3,
        initial_layout: Sequence[int] | None = None,
        exclude: Sequence[int] = (),
        shot_noise: bool = True,
    ):
        super().__init__(str(device.name), shot_noise=shot_noise)
        self._noise = DeviceNoise(device.target)
        self._seeds, self._optimization_level = seeds, optimization_level
        self._initial_layout, self._exclude = initial_layout, exclude

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement in the device's gates on its qubits, as the device itself would take it.

        From 7 qubits on the routing stays on a patch of the device of as many qubits as the circuit has.

        Raises:
            ExecutionError: if it does not fit the device.
        """
        target, size = without(self._noise.target, self._exclude), int(measurement.circuit.num_qubits)
        if size >= LEAST_QUBITS and self._initial_layout is None:
            target = cut_to_patch(target, size)
        return transpiled(
            measurement,
            target,
            seeds=self._seeds,
            optimization_level=self._optimization_level,
            initial_layout=self._initial_layout,
            exclude=self._exclude,
        )

    def simulation(self, measurement: Measurement | Readout) -> Simulation:
        """The measurement with the noise of its gates.

        Raises:
            ExecutionError: if its circuit is not the device's, or uses too many of its qubits to be simulated.
        """
        return NoisySimulation(measurement, self._noise)


class NoisySimulation:
    """A measurement made ready with the noise of its gates and readouts; see `Simulation`.

    The gates that turn a measurement basis are the device's, with their noise.

    Args:
        measurement: in the device's gates on its qubits.
        noise: of the device.

    Raises:
        ExecutionError: if the circuit is not the device's, or uses too many of its qubits to be simulated.
    """

    def __init__(self, measurement: Measurement | Readout, noise: DeviceNoise):
        require_isa(measurement.circuit, noise.target)
        circuit, self.readings = unitary_and_readings(measurement)
        qubits = active_qubits(circuit, [qubit for reading in self.readings for qubit in reading.qubits])
        self._noise = noise.part(qubits)
        self._circuit = with_noise(cut_down(circuit, qubits), self._noise)
        self.parameters = self._circuit.angles.parameters
        self._sums = [ValueSums(reading.value_of) for reading in self.readings]
        place = {qubit: k for k, qubit in enumerate(qubits)}
        self._endings = [
            self._ending(reading.letters, [place[qubit] for qubit in reading.qubits]) for reading in self.readings
        ]

    def probabilities(self, rows: FloatArray) -> Iterator[tuple[slice, list[FloatArray]]]:
        """For each reading the probabilities of its values, shape (row, value), in pieces that fit the memory.

        Args:
            rows: parameter values, shape (set, parameter).

        Yields:
            The rows of a piece, and the probabilities.
        """
        for piece, found in noisy_probabilities(self._circuit, self._endings, rows, self._noise):
            yield piece, [sums(part) for sums, part in zip(self._sums, found, strict=True)]

    def _ending(self, letters: Sequence[str], qubits: Sequence[int]) -> Ending:
        """How a basis is read by the device's own gates; qubits are those of the part."""
        turn = QuantumCircuit(self._noise.target.num_qubits)
        turn.compose(basis_change(letters), qubits=qubits, inplace=True)
        return Ending(with_noise(self._noise.translator.run(turn), self._noise), tuple(qubits))
