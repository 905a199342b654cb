"""A rehearsal: the circuits that a device would run, with its noise, simulated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit.providers import BackendV2

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.devices import TRANSPILER_SEED
from sggd_qiskit.execute.job import JobRecord, WorkUnit
from sggd_qiskit.execute.local.draws import two_seeds
from sggd_qiskit.execute.noisy.device_noise import DeviceNoise
from sggd_qiskit.execute.noisy.rehearsal_estimator import RehearsalEstimator
from sggd_qiskit.execute.noisy.rehearsal_sampler import RehearsalSampler
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor
from sggd_qiskit.execute.transpiling import prepared

TRANSPILER_SEEDS = tuple(range(TRANSPILER_SEED, TRANSPILER_SEED + 4))


class RehearsalExecutor:
    """Simulates measurements with the noise of a device; the shots of a job depend on its seed alone.

    Idling that no delay stands for, crosstalk and drift are left out.

    Args:
        device: such as ``fake_device("fake_torino")`` or ``snapshot_device(path)``.
        seeds: of the transpiler; the best is taken for each circuit.
        optimization_level: of the transpiler.
        initial_layout: the physical qubit of each virtual qubit at the start; chosen by the transpiler if None.
    """

    def __init__(
        self,
        device: BackendV2,
        *,
        seeds: Sequence[int] = TRANSPILER_SEEDS,
        optimization_level: int = 3,
        initial_layout: Sequence[int] | None = None,
    ):
        self.backend = str(device.name)
        self._noise = DeviceNoise(device.target)
        self._seeds, self._optimization_level, self._initial_layout = seeds, optimization_level, initial_layout

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement in the device's gates on its qubits, as the device itself would take it.

        Raises:
            ExecutionError: if it does not fit the device.
        """
        return prepared(
            measurement,
            self._noise.target,
            seeds=self._seeds,
            optimization_level=self._optimization_level,
            initial_layout=self._initial_layout,
        )

    def close(self, *, final: bool) -> None:
        """Nothing is held."""

    def run(
        self,
        measurements: Sequence[Measurement | Readout],
        settings: Sequence[Setting],
        seed: np.random.SeedSequence,
        unit: WorkUnit,
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings as one job for each primitive, with shots drawn from ``seed``.

        Raises:
            ExecutionError: if a circuit is not the device's, or uses too many of its qubits to be simulated.
        """
        first, second = two_seeds(seed)
        estimator, sampler = RehearsalEstimator(self._noise, first), RehearsalSampler(self._noise, second)
        return PrimitivesExecutor(estimator, sampler, backend=self.backend).run(measurements, settings, seed, unit)
