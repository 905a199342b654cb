"""What one job was, what it cost, and what it is when it fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
