"""A run's ledger as the memory of what executes its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sggd_qiskit.execute.ibm.book import Entry, Spent
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.run.ledger import Ledger


class LedgerBook:
    """Remembers units of work in a ledger.

    Args:
        ledger: opened so that it waits for the disk, since what it forgets is paid again.
    """

    def __init__(self, ledger: Ledger):
        self._ledger = ledger

    @property
    def run_tag(self) -> str:
        """Sent with all jobs of the run."""
        return run_tag(self._ledger.nonce)

    def plan(self, unit: WorkUnit) -> Entry:
        """Note that a unit is going to be run; planning it again changes nothing."""
        new = self._ledger.plan_unit(unit.name, unit.step)
        known = self._ledger.job_row(unit.name)
        calibration = known.get("calibration")
        return Entry(
            tag=known["tag"],
            state=known["status"],
            id=known.get("id"),
            new=new,
            attempts=known.get("attempts") or 0,
            qpu_seconds_failed=known.get("qpu_seconds_failed") or 0.0,
            duplicates=tuple(known.get("duplicates") or ()),
            session=known.get("session"),
            calibration=None if calibration is None else datetime.fromisoformat(calibration),
            doubtful=not new,
        )

    def update(
        self, unit: WorkUnit, state: Literal["planned", "submitted", "failed"], facts: Mapping[str, Any]
    ) -> None:
        """Note what became of it."""
        self._ledger.update_unit(unit.name, state, facts)

    def note(self, unit: str, text: str) -> None:
        """Note something about a unit that a user should be told."""
        self._ledger.note(unit, text)

    def spent(self) -> Spent:
        """What the run has spent; a failed job counts, and a duplicate only as a job."""
        jobs, seconds = 0, 0.0
        for row in self._ledger.job_rows():
            submitted = row.get("id") is not None
            jobs += submitted + failed_jobs(row) + len(row.get("duplicates") or ())
            seconds += (row.get("qpu_seconds") or 0.0) * submitted + (row.get("qpu_seconds_failed") or 0.0)
        return Spent(jobs, seconds)

    def unsettled(self) -> tuple[tuple[str, str, float], ...]:
        """Names, job ids and forecast seconds of finished units whose billed time is not final."""
        rows = self._ledger.job_rows()
        return tuple(
            (row["unit"], row["id"], row["qpu_seconds"])
            for row in rows
            if row["status"] == "done" and row["qpu_final"] is False
        )

    def settle(self, unit: str, qpu_seconds: float) -> None:
        """Note the service's last word on the billed time."""
        self._ledger.settle_unit(unit, qpu_seconds)

    def recall(self, key: str) -> str | None:
        """A fact of the run."""
        return self._ledger.fact(key)

    def remember(self, key: str, value: str) -> None:
        """Note a fact of the run."""
        self._ledger.remember(key, value)


def run_tag(nonce: str) -> str:
    """The tag of all jobs of the run whose ledger has this nonce."""
    return f"sggd-{nonce}"


def failed_jobs(row: Mapping[str, Any]) -> int:
    """Jobs of a unit that failed; the count of a finished one includes the job that succeeded."""
    return (row.get("attempts") or 0) - (row["status"] == "done" and bool(row.get("attempts")))
