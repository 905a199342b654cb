"""Any Qiskit primitives as what runs circuits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from qiskit.primitives import BaseEstimatorV2, BaseSamplerV2, PubResult
from qiskit.transpiler import PassManager

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting, readouts
from sggd_qiskit.execute.job import ExecutionError, JobRecord, WorkUnit, local_record
from sggd_qiskit.execute.primitives.pubs import bindings, observables_array
from sggd_qiskit.execute.primitives.results import delivered_shots, estimator_outcome, require_results, sampler_outcome
from sggd_qiskit.execute.shots import total
from sggd_qiskit.execute.transpiling import placed


class PrimitivesExecutor:
    """Runs measurements on a ``BaseEstimatorV2`` and readouts on a ``BaseSamplerV2``, whose randomness is their own.

    With a Sampler, measurements of several outputs are read from its shots too, as these tell what the errors of the
    outputs have in common; an Estimator does not. With a Sampler alone, all measurements are.

    Args:
        estimator: for measurements; None if there is only a Sampler.
        sampler: for readouts; None if there are none.
        pass_manager: transpiles every circuit once; none if the primitives take any circuit.
        backend: a name for the records; that of the first primitive's class if None.

    Raises:
        ExecutionError: if there is no primitive at all.
    """

    def __init__(
        self,
        estimator: BaseEstimatorV2 | None = None,
        sampler: BaseSamplerV2 | None = None,
        *,
        pass_manager: PassManager | None = None,
        backend: str | None = None,
    ):
        if estimator is None and sampler is None:
            raise ExecutionError("found no primitive; wanted an Estimator, a Sampler or both")
        self._estimator, self._sampler, self._pass_manager = estimator, sampler, pass_manager
        self.backend = backend or type(sampler if estimator is None else estimator).__name__
        self._readouts: WeakKeyDictionary[Measurement | Readout, tuple[Measurement | Readout, ...]] = (
            WeakKeyDictionary()
        )

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement transpiled, if there is a pass manager, with the layout applied to the observables.

        One that the Sampler makes comes back as it is, and its readouts are transpiled, the gates that turn the
        measurement bases included.

        Raises:
            ExecutionError: if it needs a Sampler and there is none.
        """
        if isinstance(measurement, Readout) and self._sampler is None:
            raise ExecutionError("this way to measure the penalty needs a Sampler, and none was given")
        if isinstance(measurement, Measurement) and self._is_sampled(measurement):
            self._readouts[measurement] = tuple(self._transpiled(part) for part in readouts(measurement))
            return measurement
        return self._transpiled(measurement)

    def run(
        self, settings: Sequence[Setting], seed: np.random.SeedSequence, unit: WorkUnit
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """One call of each primitive's ``run`` that is needed, with the shots of each setting.

        Args:
            settings: of prepared measurements.
            seed: not used; it is for executors that can be seeded.
            unit: what is run.

        Raises:
            ExecutionError: if a result can't be used.
        """
        del seed
        parts = [self._parts(setting) for setting in settings]
        flat = [part for group in parts for part in group]
        outcomes: dict[int, Outcome] = {}
        jobs = []
        for kind, name in ((Measurement, unit), (Readout, unit.sampler)):
            chosen = {k: part for k, part in enumerate(flat) if isinstance(part.measurement, kind)}
            if chosen:
                found, job = self._run_job(list(chosen.values()), name)
                outcomes.update(zip(chosen, found, strict=True))
                jobs.append(job)
        rest = iter(outcomes[k] for k in range(len(flat)))
        return tuple(total([next(rest) for _ in group]) for group in parts), tuple(jobs)

    def close(self, *, final: bool) -> None:
        """Nothing is held; the primitives are the caller's."""

    def _is_sampled(self, measurement: Measurement) -> bool:
        return self._sampler is not None and (self._estimator is None or measurement.num_outputs > 1)

    def _transpiled(self, measurement: Measurement | Readout) -> Measurement | Readout:
        return (
            measurement
            if self._pass_manager is None
            else placed(measurement, self._pass_manager.run(measurement.circuit))
        )

    def _parts(self, setting: Setting) -> tuple[Setting, ...]:
        """The setting as one for each PUB."""
        measurement = setting.measurement
        if isinstance(measurement, Readout) or not self._is_sampled(measurement):
            return (setting,)
        if measurement not in self._readouts:
            self.prepare(measurement)
        return tuple(replace(setting, measurement=readout) for readout in self._readouts[measurement])

    def _run_job(self, settings: Sequence[Setting], unit: WorkUnit) -> tuple[list[Outcome], JobRecord]:
        """The job of settings that all go to the same primitive."""
        started = datetime.now(UTC)
        primitive: Any = self._sampler if isinstance(settings[0].measurement, Readout) else self._estimator
        job = primitive.run([_pub(setting) for setting in settings])
        results = list(job.result())
        require_results(results, settings)
        outcomes = [_outcome(result, setting) for result, setting in zip(results, settings, strict=True)]
        delivered = [delivered_shots(result, setting) for result, setting in zip(results, settings, strict=True)]
        record = local_record(unit, self.backend, settings, started, job_id=str(job.job_id()), delivered=delivered)
        return outcomes, record


def _pub(setting: Setting) -> tuple[object, ...]:
    measurement = setting.measurement
    bound = bindings(measurement.circuit, setting.values, setting.shape)
    if isinstance(measurement, Readout):
        return (measurement.circuit, bound, setting.shots)
    return (measurement.circuit, observables_array(measurement, len(setting.shape)), bound, setting.shots**-0.5)


def _outcome(result: PubResult, setting: Setting) -> Outcome:
    measurement = setting.measurement
    if isinstance(measurement, Readout):
        return sampler_outcome(result, measurement, setting)
    return estimator_outcome(result, measurement, setting)
