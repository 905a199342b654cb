"""Any Qiskit primitives as what runs circuits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter

import numpy as np
from qiskit.primitives import BaseEstimatorV2, BasePrimitiveJob, BaseSamplerV2, PubResult
from qiskit.transpiler import PassManager

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.execute.job import ExecutionError, JobRecord, WorkUnit
from sggd_qiskit.execute.primitives.bindings import bindings
from sggd_qiskit.execute.primitives.results import delivered_shots, estimator_outcome, require_results, sampler_outcome
from sggd_qiskit.execute.transpiling import placed


class PrimitivesExecutor:
    """Runs measurements on a ``BaseEstimatorV2`` and readouts on a ``BaseSamplerV2``, whose randomness is their own.

    Args:
        estimator: for measurements.
        sampler: for readouts; None if there are none.
        pass_manager: transpiles every circuit once; none if the primitives take any circuit.
        backend: a name for the records.
    """

    def __init__(
        self,
        estimator: BaseEstimatorV2,
        sampler: BaseSamplerV2 | None = None,
        *,
        pass_manager: PassManager | None = None,
        backend: str | None = None,
    ):
        self._estimator, self._sampler, self._pass_manager = estimator, sampler, pass_manager
        self.backend = backend or type(estimator).__name__

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement transpiled, if there is a pass manager, with the layout applied to the observable.

        Raises:
            ExecutionError: if it needs a Sampler and there is none.
        """
        if isinstance(measurement, Readout) and self._sampler is None:
            raise ExecutionError("this way to measure the penalty needs a Sampler, and none was given")
        if self._pass_manager is None:
            return measurement
        return placed(measurement, self._pass_manager.run(measurement.circuit))

    def run(
        self,
        measurements: Sequence[Measurement | Readout],
        settings: Sequence[Setting],
        seed: np.random.SeedSequence,
        unit: WorkUnit,
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """One call of each primitive's ``run`` that is needed, with the shots of each setting.

        Raises:
            ExecutionError: if a result can't be used.
        """
        del seed  # for executors that can be seeded
        outcomes: dict[int, Outcome] = {}
        jobs = []
        for kind, part in ((Measurement, unit), (Readout, unit.sampler)):
            numbers = [k for k, setting in enumerate(settings) if isinstance(measurements[setting.measurement], kind)]
            if numbers:
                chosen = [settings[k] for k in numbers]
                found, job = self._run_job(measurements, chosen, part.name)
                outcomes.update(zip(numbers, found, strict=True))
                jobs.append(job)
        return tuple(outcomes[k] for k in range(len(settings))), tuple(jobs)

    def close(self, *, final: bool) -> None:
        """Nothing is held; the primitives are the caller's."""

    def _run_job(
        self, measurements: Sequence[Measurement | Readout], settings: Sequence[Setting], unit: str
    ) -> tuple[list[Outcome], JobRecord]:
        started, clock = datetime.now(UTC), perf_counter()
        job = self._submit(measurements, settings)
        results = list(job.result())
        require_results(results, settings)
        outcomes = [
            _outcome(result, measurements[setting.measurement], setting)
            for result, setting in zip(results, settings, strict=True)
        ]
        circuits = [setting.parameter_sets * measurements[setting.measurement].bases for setting in settings]
        record = JobRecord(
            id=str(job.job_id()),
            unit=unit,
            backend=self.backend,
            session=None,
            pubs=len(settings),
            parameter_sets=sum(setting.parameter_sets for setting in settings),
            shots=sum(
                count * delivered_shots(result, setting)
                for count, result, setting in zip(circuits, results, settings, strict=True)
            ),
            shots_requested=sum(count * setting.shots for count, setting in zip(circuits, settings, strict=True)),
            status="done",
            started=started,
            finished=datetime.now(UTC),
            qpu_seconds=0.0,
            wall_seconds=perf_counter() - clock,
        )
        return outcomes, record

    def _submit(self, measurements: Sequence[Measurement | Readout], settings: Sequence[Setting]) -> BasePrimitiveJob:
        """The job of settings that all go to the same primitive."""
        pubs: list[tuple[object, ...]] = []
        for setting in settings:
            measurement = measurements[setting.measurement]
            bound = bindings(measurement.circuit, setting.values, setting.shape)
            if isinstance(measurement, Readout):
                pubs.append((measurement.circuit, bound, setting.shots))
            else:
                pubs.append((measurement.circuit, _by_basis(measurement, setting), bound, setting.shots**-0.5))
        if self._sampler is not None and isinstance(measurements[settings[0].measurement], Readout):
            return self._sampler.run(pubs)
        return self._estimator.run(pubs)


def _by_basis(measurement: Measurement, setting: Setting) -> list[object]:
    """The observable as one for each basis, along a first axis of its own.

    An estimator knows little of how the errors of terms go together; those of different bases are independent, and so
    are added up here.
    """
    observables: list[object] = list(measurement.commuting_sets)
    for _ in setting.shape:
        observables = [[observable] for observable in observables]
    return observables


def _outcome(result: PubResult, measurement: Measurement | Readout, setting: Setting) -> Outcome:
    if isinstance(measurement, Readout):
        return sampler_outcome(result, measurement, setting)
    return estimator_outcome(result, measurement, setting)
