"""What execution needs to remember, so that nothing is paid twice; the run's ledger is what remembers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sggd_qiskit.execute.job import WorkUnit


@dataclass(frozen=True)
class Entry:
    """What is known of a unit of work.

    Attributes:
        tag: sent with its jobs, and unlike any other unit's anywhere.
        state: how far it has come, as far as is known: a planned one may have been submitted just before a kill.
        id: of the job that counts, if it is known.
        new: whether it was planned just now, so that there can't be a job.
        attempts: jobs known to have failed, to have been cancelled or to be lost.
        qpu_seconds_failed: what these were billed.
        duplicates: ids of further jobs, cancelled.
        session: in which it was submitted.
        calibration: of the device at that time, UTC.
        doubtful: whether more jobs of it may turn up, as one was submitted without an answer.
        announced: when it was last about to be submitted, UTC.
        prepare_seconds: that its payload took to be prepared.
    """

    tag: str
    state: Literal["planned", "submitted", "done", "failed"]
    id: str | None
    new: bool
    attempts: int
    qpu_seconds_failed: float
    duplicates: tuple[str, ...]
    session: str | None
    calibration: datetime | None = None
    doubtful: bool = False
    announced: datetime | None = None
    prepare_seconds: float | None = None


@dataclass(frozen=True)
class Bill:
    """What a finished unit of work cost, seconds on the device.

    Attributes:
        qpu_seconds: of the job that counts.
        duplicates: of further jobs that ran.
        final: whether the service has done its sums.
    """

    qpu_seconds: float
    duplicates: float
    final: bool


@dataclass(frozen=True)
class Unsettled:
    """A finished unit of work whose bill is not final.

    Attributes:
        name: the unit's.
        id: of the job that counts.
        forecast: of a job of it, seconds.
        duplicates: ids of further jobs.
    """

    name: str
    id: str
    forecast: float
    duplicates: tuple[str, ...]


@dataclass(frozen=True)
class Correction:
    """What forecasts become by what finished jobs were billed, so that a budget holds.

    Attributes:
        factor: the largest ratio of billed to forecast.
        excess: the largest difference, seconds: a service that bills for parts of a job adds as much to a shorter one.
    """

    factor: float = 1.0
    excess: float = 0.0

    def corrected(self, seconds: float) -> float:
        """The most that a job may be billed of which so many seconds are forecast."""
        return max(self.factor * seconds, seconds + self.excess)


@dataclass(frozen=True)
class Spent:
    """What a run has spent so far.

    Attributes:
        jobs: that were submitted, failed ones and duplicates included.
        qpu_seconds: billed: for sessions the time on the clock, for other jobs their own; where the service has not said
            yet, what was forecast, corrected.
        correction: of forecasts.
    """

    jobs: int
    qpu_seconds: float
    correction: Correction = Correction()


SESSION_CLOCKS = "session clocks"
"""Under which a book remembers, as JSON, for how many ``seconds`` each session was billed, and whether it is ``over``."""


class JobBook(Protocol):
    """Remembers, on disk before it returns."""

    @property
    def run_tag(self) -> str:
        """Sent with all jobs of the run, and unlike any other run's."""
        ...

    def plan(self, unit: WorkUnit) -> Entry:
        """Note that a unit is going to be run; planning it again changes nothing."""
        ...

    def update(
        self, unit: WorkUnit, state: Literal["planned", "submitted", "failed"], facts: Mapping[str, Any]
    ) -> None:
        """Note what became of a unit.

        Args:
            unit: planned before.
            state: how far it has come.
            facts: columns of the table of jobs, and their values.
        """
        ...

    def note(self, unit: str, text: str) -> None:
        """Note something about a unit that a user should be told."""
        ...

    def spent(self) -> Spent:
        """What the run has spent."""
        ...

    def reserve(self, total: Spent) -> None:
        """Note what the run will have spent after the jobs that are about to be submitted.

        Raises:
            BudgetError: the run has a budget in common with others, which would be passed.
        """
        ...

    def unsettled(self) -> tuple[Unsettled, ...]:
        """Finished units whose bill is not final."""
        ...

    def settle(self, unit: str, bill: Bill) -> None:
        """Note the service's last word on what a unit cost."""
        ...

    def renew(self, unit: WorkUnit, facts: Mapping[str, Any]) -> Entry:
        """Begin a unit anew, under another tag: whatever jobs it had are none of its own any more.

        Args:
            unit: planned before.
            facts: columns of the table of jobs, and their values.
        """
        ...

    def recall(self, key: str) -> str | None:
        """A fact of the run, such as the session's id; None if there is none."""
        ...

    def remember(self, key: str, value: str) -> None:
        """Note a fact of the run."""
        ...
