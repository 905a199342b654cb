"""What can be read from a run's ledger, by anyone and at any time."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from sggd_qiskit.execute.ibm.book import SESSION_CLOCKS, Correction, Spent, Unsettled
from sggd_qiskit.run.errors import MENDS, DamageError, RecordError
from sggd_qiskit.run.ledger_file import connect_reader, sqlite_errors

_JOBS = "SELECT unit, tag, step, state, row FROM jobs"

PATCHES = "patches of "
"""Before the name of a unit: under this the ledger has the rows on its patches."""


class LedgerReader:
    """A run's ledger as of one moment, read without getting in the writer's way.

    Reader and writer share memory, so they must be on one machine; from another machine of a cluster, read the
    tables beside the ledger.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection):
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the ledger ``path`` for reading.

        Raises:
            RecordError: it is damaged, or isn't a ledger.
        """
        return cls(path, connect_reader(path))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    @property
    def is_complete(self) -> bool:
        """Whether the run has come to its end, by whatever reason."""
        return self._meta("status") == "complete"

    @property
    def reason(self) -> str | None:
        """Why the run ended; None while it hasn't."""
        return self._meta("reason")

    @property
    def run_tag(self) -> str:
        """Sent with all jobs of the run, and unlike any other run's."""
        return f"sggd-{self._meta('nonce')}"

    def starts(self) -> list[dict[str, Any]]:
        """The environment of each process that has worked on the run, the latest last."""
        starts: list[dict[str, Any]] = json.loads(self._meta("starts") or "[]")
        return starts

    def rows(self) -> list[dict[str, Any]]:
        """The rows of all finished steps, in their order."""
        return [json.loads(row) for (row,) in self._query("SELECT row FROM steps ORDER BY step")]

    def last_row(self) -> dict[str, Any] | None:
        """The row of the last finished step, or None before the first."""
        found = self._query("SELECT row FROM steps ORDER BY step DESC LIMIT 1")
        row: dict[str, Any] | None = json.loads(found[0][0]) if found else None
        return row

    def facts(self) -> dict[str, str]:
        """All that is known of the run beside its steps and jobs, by key."""
        return dict(self._query("SELECT key, value FROM meta"))

    def patches(self, unit: str) -> dict[int, list[int]] | None:
        """By number of the setting the row on each slot of a unit, as `RowPatches` has it; None if nothing was packed."""
        found = self.recall(f"{PATCHES}{unit}")
        return None if found is None else {int(number): rows for number, rows in json.loads(found).items()}

    def checkpoint(self) -> dict[str, Any] | None:
        """The state that came with the last finished step, or None before the first."""
        found = self._query("SELECT state FROM checkpoint")
        state: dict[str, Any] | None = json.loads(found[0][0]) if found else None
        return state

    def job_rows(self) -> list[dict[str, Any]]:
        """What is known of each unit of work, in the order of planning; ``status`` is the unit's state."""
        return [_job(*found) for found in self._query(f"{_JOBS} ORDER BY rowid")]

    def job_row(self, unit: str) -> dict[str, Any]:
        """What is known of a planned unit."""
        (found,) = self._query(f"{_JOBS} WHERE unit = ?", unit)
        return _job(*found)

    def unsettled(self) -> tuple[Unsettled, ...]:
        """Finished units whose bill is not final."""
        return tuple(
            Unsettled(row["unit"], row["id"], row["qpu_seconds"], tuple(row.get("duplicates") or ()))
            for row in self.job_rows()
            if row["status"] == "done" and row.get("qpu_final") is False
        )

    def spent(self) -> Spent:
        """What the run has spent; failed jobs and duplicates count too, and a session by the clock if that is more.

        Forecasts are corrected by what finished jobs were billed, so that a budget holds.
        """
        jobs, rows = 0, self.job_rows()
        seconds: defaultdict[str | None, float] = defaultdict(float)
        clocks = json.loads(self.recall(SESSION_CLOCKS) or "{}")
        correction = _correction(rows)
        for row in rows:
            submitted = row.get("id") is not None
            jobs += submitted + failed_jobs(row) + len(row.get("duplicates") or ())
            session = row["session"] if row.get("session") in clocks else None
            seconds[session] += billed(row) if submitted else row.get("qpu_seconds_failed") or 0.0
            if submitted and not row.get("qpu_final"):
                expected = row.get("qpu_seconds") or 0.0
                seconds[session] += correction.corrected(expected) - expected
        for session, clock in clocks.items():
            seconds[session] = max(seconds[session], clock["seconds"])
        return Spent(jobs, sum(seconds.values()), correction)

    def notes(self) -> list[dict[str, str]]:
        """What a user should be told about jobs: time, unit and text, the latest last."""
        found = self._query("SELECT time, unit, text FROM notes ORDER BY rowid")
        return [dict(zip(("time", "unit", "text"), note, strict=True)) for note in found]

    def recall(self, key: str) -> str | None:
        """A fact that execution has noted, such as the session's id; None if there is none."""
        return self._meta(f"fact {key}")

    def refuse_if_damaged(self) -> None:
        """Refuse a ledger whose content isn't what was written, though it is a sound database.

        Raises:
            DamageError: a text in it can't be read, or steps are missing.
        """
        try:
            steps = [row["step"] for row in self.rows()]
            last = [step for (step,) in self._query("SELECT step FROM checkpoint")]
            sound = steps == list(range(len(steps))) and last in ([], steps[-1:])
            self.starts(), self.checkpoint(), self.job_rows(), self.run_tag, json.loads(self.recall("details") or "{}")
        except (ValueError, TypeError, KeyError):
            sound = False
        if not sound:
            raise DamageError(self.path, "the ledger is damaged", MENDS)

    def refuse_if_complete(self) -> None:
        """Refuse to change a complete run.

        Raises:
            RecordError: the run is complete.
        """
        if self.is_complete:
            reason = "the run is complete and isn't changed any more"
            raise RecordError(self.path, reason, "change the name in the configuration to make another run")

    def _meta(self, key: str) -> str | None:
        found = self._query("SELECT value FROM meta WHERE key = ?", key)
        return found[0][0] if found else None

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with sqlite_errors(self.path):
            return self._connection.execute(sql, values).fetchall()


def _correction(rows: Sequence[Mapping[str, Any]]) -> Correction:
    final = [row for row in rows if row.get("qpu_final") and row.get("qpu_seconds_forecast")]
    bills = [(row["qpu_seconds"], row["qpu_seconds_forecast"]) for row in final]
    if not any(billed for billed, _ in bills):
        return Correction()
    return Correction(max(billed / forecast for billed, forecast in bills), max(b - f for b, f in bills))


def billed(row: Mapping[str, Any]) -> float:
    """What all jobs of a unit cost together, seconds."""
    return sum(row.get(f"qpu_seconds{kind}") or 0.0 for kind in ("", "_failed", "_duplicates"))


def failed_jobs(row: Mapping[str, Any]) -> int:
    """Jobs of a unit that failed; the count of a finished one includes the job that succeeded."""
    return (row.get("attempts") or 0) - (row["status"] == "done" and bool(row.get("attempts")))


def _job(unit: str, tag: str, step: int, state: str, row: str) -> dict[str, Any]:
    return {**json.loads(row), "unit": unit, "tag": tag, "step": step, "status": state}
