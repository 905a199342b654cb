"""What runs circuits: the protocol, and any Qiskit Estimator behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from qiskit.primitives import BaseEstimatorV2, EstimatorPubLike, PubResult

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Setting


class ExecutionError(RuntimeError):
    """A job that failed, or whose result can't be used."""


@dataclass(frozen=True)
class JobRecord:
    """What one job was and what it cost.

    Attributes:
        id: the backend's name for the job.
        tag: ours.
        backend: where it ran.
        session: the session's id, if there was one.
        pubs: number of PUBs.
        parameter_sets: number of parameter sets in all PUBs.
        shots: delivered, over all parameter sets and measurement bases.
        shots_requested: likewise.
        status: ``done``, or what else became of it.
        started: UTC.
        finished: UTC.
        qpu_seconds: billed time; 0 on a simulator.
        wall_seconds: from start to finish.
    """

    id: str
    tag: str
    backend: str
    session: str | None
    pubs: int
    parameter_sets: int
    shots: int
    shots_requested: int
    status: str
    started: datetime
    finished: datetime
    qpu_seconds: float
    wall_seconds: float


class Executor(Protocol):
    """Runs measurements."""

    @property
    def backend(self) -> str:
        """Name of what runs them."""
        ...

    def prepare(self, measurement: Measurement) -> Measurement:
        """The measurement as the backend takes it, transpiled once, with the layout applied to the observable."""
        ...

    def run(
        self, measurements: Sequence[Measurement], settings: Sequence[Setting], seed: np.random.SeedSequence, tag: str
    ) -> tuple[tuple[Outcome, ...], JobRecord]:
        """All settings of prepared measurements as the PUBs of one job.

        Raises:
            ExecutionError: if the job fails or its result can't be used.
        """
        ...


class EstimatorExecutor:
    """Runs measurements on any ``BaseEstimatorV2``, whose randomness is its own affair."""

    def __init__(self, estimator: BaseEstimatorV2, backend: str | None = None):
        self._estimator = estimator
        self._backend = backend or type(estimator).__name__

    @property
    def backend(self) -> str:
        """Name of the estimator."""
        return self._backend

    def prepare(self, measurement: Measurement) -> Measurement:
        """The measurement as it is."""
        return measurement

    def run(
        self, measurements: Sequence[Measurement], settings: Sequence[Setting], seed: np.random.SeedSequence, tag: str
    ) -> tuple[tuple[Outcome, ...], JobRecord]:
        """One call of the estimator's ``run``, at the precision 1/√shots of each setting."""
        del seed  # belongs to executors that can be seeded
        started, clock = datetime.now(UTC), perf_counter()
        job = self._estimator.run([pub(measurements[setting.measurement], setting) for setting in settings])
        results = list(job.result())
        wall = perf_counter() - clock
        outcomes = read_results(results, settings)
        bases = [measurements[setting.measurement].bases for setting in settings]
        record = JobRecord(
            id=str(job.job_id()),
            tag=tag,
            backend=self.backend,
            session=None,
            pubs=len(settings),
            parameter_sets=sum(setting.parameter_sets for setting in settings),
            shots=sum(
                setting.parameter_sets * b * _delivered(result, setting)
                for setting, b, result in zip(settings, bases, results, strict=True)
            ),
            shots_requested=sum(
                setting.parameter_sets * b * setting.shots for setting, b in zip(settings, bases, strict=True)
            ),
            status="done",
            started=started,
            finished=datetime.now(UTC),
            qpu_seconds=0.0,
            wall_seconds=wall,
        )
        return outcomes, record


def pub(measurement: Measurement, setting: Setting) -> EstimatorPubLike:
    """The PUB of a setting."""
    return (measurement.circuit, measurement.observable, dict(setting.values), setting.shots**-0.5)


def read_results(results: Sequence[PubResult], settings: Sequence[Setting]) -> tuple[Outcome, ...]:
    """Values and variances, checked before they count.

    Raises:
        ExecutionError: if there are not as many results as settings, or one has another shape or a number that is not finite.
    """
    if len(results) != len(settings):
        raise ExecutionError(
            f"found {len(results)} results of {len(settings)} PUBs; the job's result is not whole, run it again"
        )
    outcomes = []
    for number, (result, setting) in enumerate(zip(results, settings, strict=True)):
        values, stderr = np.asarray(result.data.evs, dtype=float), np.asarray(result.data.stds, dtype=float)
        if values.shape != setting.shape or stderr.shape != setting.shape:
            raise ExecutionError(
                f"found a result of shape {values.shape} for PUB {number}; wanted {setting.shape}, so it is not this job's"
            )
        if not (np.isfinite(values).all() and np.isfinite(stderr).all()):
            raise ExecutionError(f"found values that are not finite in the result of PUB {number}; run the job again")
        outcomes.append(Outcome(values, stderr**2))
    return tuple(outcomes)


def _delivered(result: PubResult, setting: Setting) -> int:
    """Shots for each parameter set and basis, as the result tells them."""
    metadata: dict[str, Any] = result.metadata
    if metadata.get("shots"):
        return int(metadata["shots"])
    precision = metadata.get("target_precision")
    return shots_of(precision) if precision else setting.shots


def shots_of(precision: float) -> int:
    """Shots that a precision, the standard error of a ±1 outcome, stands for."""
    return ceil(round(precision**-2, 6))
