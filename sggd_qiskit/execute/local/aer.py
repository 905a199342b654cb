"""Qiskit Aer, noiseless, with the noise of shots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.job import JobRecord, WorkUnit
from sggd_qiskit.execute.local.aer_estimator import AerEstimator
from sggd_qiskit.execute.local.aer_sampler import AerSampler
from sggd_qiskit.execute.local.aer_states import in_aer_gates
from sggd_qiskit.execute.local.draws import two_seeds
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor


class AerExecutor:
    """Runs measurements on Aer; the shots of a job depend on its seed alone."""

    backend = "aer"

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement with its circuit in gates that Aer knows."""
        circuit = in_aer_gates(measurement.circuit)
        if isinstance(measurement, Readout):
            return Readout(circuit, measurement.outcome, measurement.bound)
        return Measurement(circuit, measurement.observable)

    def close(self, *, final: bool) -> None:
        """Nothing is held."""

    def run(
        self,
        measurements: Sequence[Measurement | Readout],
        settings: Sequence[Setting],
        seed: np.random.SeedSequence,
        unit: WorkUnit,
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings as one job for each primitive, with shots drawn from ``seed``."""
        estimator, sampler = two_seeds(seed)
        executor = PrimitivesExecutor(AerEstimator(estimator), AerSampler(sampler), backend=self.backend)
        return executor.run(measurements, settings, seed, unit)
