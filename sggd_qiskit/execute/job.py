"""Units of work, what one job was and cost, and what it is when it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:  # commands that only look at records need no Qiskit
    from sggd_qiskit.circuit.measurement import Setting


class ExecutionError(RuntimeError):
    """A job that failed, or whose result can't be used."""


class BudgetError(ExecutionError):
    """The next step would spend more than the run may."""


class CircuitsOutdated(Exception):  # noqa: N818 - what to do next, not an error of the user's
    """The device has changed, and doesn't take the circuits any more: transpile them again. Nothing was submitted."""


class JobsPending(Exception):  # noqa: N818 - nothing is wrong
    """Jobs are under way at a service, and nobody waits for them: the run is continued later.

    Attributes:
        ids: the service's names of the jobs.
    """

    def __init__(self, ids: tuple[str, ...]):
        super().__init__(ids)
        self.ids = ids


@dataclass(frozen=True)
class WorkUnit:
    """What is run as one job, and paid once.

    Attributes:
        step: the step that it is part of.
        name: the same whenever the step is planned, and unlike any other unit's of the run.
    """

    step: int
    name: str

    @classmethod
    def of_step(cls, step: int) -> WorkUnit:
        """The step's Estimator job."""
        return cls(step, f"step-{step:06d}")

    @property
    def sampler(self) -> WorkUnit:
        """The Sampler job beside this Estimator job."""
        return WorkUnit(self.step, f"{self.name}-sampler")

    def part(self, number: int) -> WorkUnit:
        """A part of it, counted from 1, where it is too large for one job."""
        return WorkUnit(self.step, f"{self.name}-part-{number}")


@dataclass(frozen=True)
class JobRecord:
    """What one job was and what it cost.

    Attributes:
        id: the backend's name for the job.
        unit: the name of the unit of work that it ran.
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
        qpu_seconds_failed: of earlier jobs of the unit, which failed.
        qpu_seconds_duplicates: of further jobs of the unit that ran.
        wall_seconds: from start to finish.
        qpu_seconds_forecast: what was forecast; None on a simulator.
        qpu_final: whether the billed time is the service's last word on it, or a forecast.
        attempts: jobs that were run until one succeeded.
        duplicates: ids of jobs of the same unit that were cancelled.
        calibration: when the device was calibrated, UTC; None on a simulator.
        prepare_seconds: for which the circuits were made ready to be sent; None on a simulator.
        idle_seconds: for which its session had been waiting for it, since the job before it had ended; None if it was the
            first one, or in no session.
    """

    id: str
    unit: str
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
    qpu_final: bool = True
    attempts: int = 1
    duplicates: tuple[str, ...] = ()
    calibration: datetime | None = None
    prepare_seconds: float | None = None
    idle_seconds: float | None = None
    qpu_seconds_failed: float = 0.0
    qpu_seconds_duplicates: float = 0.0
    qpu_seconds_forecast: float | None = None

    @property
    def billed(self) -> float:
        """All that its unit of work cost, seconds on the device."""
        return self.qpu_seconds + self.qpu_seconds_failed + self.qpu_seconds_duplicates


def local_record(
    unit: WorkUnit,
    backend: str,
    settings: Sequence[Setting],
    started: datetime,
    *,
    job_id: str | None = None,
    delivered: Sequence[int] | None = None,
) -> JobRecord:
    """The record of a job that has just ended in this process.

    Args:
        unit: that it ran.
        backend: where it ran.
        settings: its PUBs.
        started: UTC.
        job_id: the backend's name for the job; a new one if there is none.
        delivered: shots for each parameter set and basis of each setting; those asked for if None.
    """
    finished, asked = datetime.now(UTC), [setting.shots for setting in settings]
    circuits = [setting.circuits for setting in settings]
    return JobRecord(
        id=job_id or str(uuid4()),
        unit=unit.name,
        backend=backend,
        session=None,
        pubs=len(settings),
        parameter_sets=sum(setting.parameter_sets for setting in settings),
        shots=sum(count * shots for count, shots in zip(circuits, delivered or asked, strict=True)),
        shots_requested=sum(count * shots for count, shots in zip(circuits, asked, strict=True)),
        status="done",
        started=started,
        finished=finished,
        qpu_seconds=0.0,
        wall_seconds=(finished - started).total_seconds(),
    )
