"""What can be read from a run's ledger, by anyone and at any time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.ledger_file import connect_reader, sqlite_errors
from sggd_qiskit.run.plain_json import from_json

_JOBS = "SELECT unit, tag, step, state, row FROM jobs"


@dataclass(frozen=True)
class Checkpoint:
    """Where the training goes on.

    Attributes:
        step: the last finished step.
        state: what the training loop handed in with it.
    """

    step: int
    state: dict[str, Any]


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
        """Open the ledger ``path`` for reading; raises ``RecordError`` if it is damaged or isn't a ledger."""
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

    def starts(self) -> list[dict[str, Any]]:
        """The environment of each process that has worked on the run, the latest last."""
        starts: list[dict[str, Any]] = from_json(self._meta("starts") or "[]")
        return starts

    def rows(self) -> list[dict[str, Any]]:
        """The rows of all finished steps, in their order."""
        return [from_json(row) for (row,) in self._query("SELECT row FROM steps ORDER BY step")]

    def rows_after(self, step: int) -> list[dict[str, Any]]:
        """The rows of the steps that come after ``step``, in their order."""
        return [from_json(row) for (row,) in self._query("SELECT row FROM steps WHERE step > ? ORDER BY step", step)]

    def job_rows(self) -> list[dict[str, Any]]:
        """What is known of each unit of work, in the order of planning; ``status`` is the unit's state."""
        return [_job(*found) for found in self._query(f"{_JOBS} ORDER BY rowid")]

    def job_row(self, unit: str) -> dict[str, Any]:
        """What is known of a planned unit."""
        (found,) = self._query(f"{_JOBS} WHERE unit = ?", unit)
        return _job(*found)

    def notes(self) -> list[dict[str, str]]:
        """What a user should be told about jobs: time, unit and text, the latest last."""
        found = self._query("SELECT time, unit, text FROM notes ORDER BY rowid")
        return [dict(zip(("time", "unit", "text"), note, strict=True)) for note in found]

    @property
    def nonce(self) -> str:
        """What tells the jobs of this run from those of any other."""
        return self._meta("nonce") or ""

    def fact(self, key: str) -> str | None:
        """A fact that execution has noted, such as the session's id."""
        return self._meta(f"fact {key}")

    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint of the last finished step, or None before the first."""
        found = self._query("SELECT step, state FROM checkpoint")
        return Checkpoint(found[0][0], from_json(found[0][1])) if found else None

    def refuse_if_complete(self) -> None:
        """Raise ``RecordError`` if the run is complete."""
        if self.is_complete:
            reason = "the run is complete and isn't changed any more"
            raise RecordError(self.path, reason, "change the name in the configuration to make another run")

    def _meta(self, key: str) -> str | None:
        found = self._query("SELECT value FROM meta WHERE key = ?", key)
        return found[0][0] if found else None

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with sqlite_errors(self.path):
            return self._connection.execute(sql, values).fetchall()


def _job(unit: str, tag: str, step: int, state: str, row: str) -> dict[str, Any]:
    return {**from_json(row), "unit": unit, "tag": tag, "step": step, "status": state}
