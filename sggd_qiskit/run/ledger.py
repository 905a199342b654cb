"""The ledger: what a run has done, written so that a kill at any moment loses nothing that was finished."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from operator import index
from pathlib import Path
from typing import Any, Self

from sggd_qiskit.run.environment import utc_now
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.ledger_file import connect_writer, sqlite_errors
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.ledger_rows import (
    ConflictError,
    UnitState,
    insert_step,
    insert_unit,
    set_unit,
    settle_unit,
)
from sggd_qiskit.run.plain_json import to_json
from sggd_qiskit.run.schemas import JOBS_SCHEMA, STEPS_SCHEMA
from sggd_qiskit.run.tables import Row, check_row


class Ledger(LedgerReader):
    """A run's ledger in the hands of the one process that works on the run.

    Every method is one transaction, and raises ``RecordError`` if the disk is full or the file damaged. Those that
    write do so too once the run is complete.
    """

    @classmethod
    def open(cls, path: Path, *, durable: bool = False) -> Self:
        """Open the ledger ``path``, or create it.

        Args:
            path: the file; its folder exists.
            durable: wait for the disk at each transaction. Without it a killed process loses nothing, but a power cut
                may take the last moments along; on a device that costs money, a lost record is a job paid twice.
        """
        return cls(path, connect_writer(path, durable=durable))

    def close(self) -> None:
        """Let go of the file, and leave it in a form that can be read where nothing can be written."""
        with suppress(sqlite3.Error):  # somebody is reading it just now: it stays as it is
            self._connection.execute("PRAGMA journal_mode = DELETE")
        super().close()

    def record_start(self, environment: Mapping[str, Any]) -> None:
        """Note that a process begins to work on the run, and with what software."""
        with self._transaction() as connection:
            starts = to_json([*self.starts(), environment])
            connection.execute("UPDATE meta SET value = ? WHERE key = 'starts'", (starts,))

    def plan_unit(self, unit: str, step: int) -> bool:
        """Note, before a job is run, that it is going to be.

        Planning a unit again, as a process does that takes over from a killed one, changes nothing.

        Args:
            unit: name of the unit of work, the same whenever the step is planned.
            step: the step that it is for.

        Returns:
            Whether the unit is new. If not, a killed process may have submitted it: look for its job by id and tag.

        Raises:
            RecordError: the unit is known with another step.
        """
        with self._transaction() as connection:
            return insert_unit(connection, unit, index(step))

    def update_unit(self, unit: str, state: UnitState, record: Row | None = None) -> None:
        """Move a planned unit to another state and add to what is known of its job, the id above all.

        Raises:
            ValueError: the record doesn't fit `JOBS_SCHEMA`.
            RecordError: the unit wasn't planned.
        """
        record = record or {}
        check_row(record, JOBS_SCHEMA)
        with self._transaction() as connection:
            set_unit(connection, unit, state, record)

    def note(self, unit: str, text: str) -> None:
        """Note something about a unit that a user should be told."""
        with self._transaction() as connection:
            connection.execute("INSERT INTO notes VALUES (?, ?, ?)", (utc_now(), unit, text))

    def remember(self, key: str, value: str) -> None:
        """Note a fact of the run, in place of the former one."""
        with self._transaction() as connection:
            connection.execute("REPLACE INTO meta VALUES (?, ?)", (f"fact {key}", value))

    def settle_unit(self, unit: str, qpu_seconds: float) -> None:
        """Note a finished unit's billed time, also in the row of its step.

        Raises:
            RecordError: the unit wasn't planned.
        """
        with self._transaction() as connection:
            settle_unit(connection, unit, qpu_seconds)

    def finish_step(self, row: Row, jobs: Mapping[str, Row], state: Mapping[str, Any]) -> None:
        """Record a finished step: its row, its jobs and the checkpoint after it, all of them or none.

        Args:
            row: the step's numbers, named as in `STEPS_SCHEMA`.
            jobs: from each of the step's units that is done to the record of its job, named as in `JOBS_SCHEMA`, which
                is added to what was known; ``unit``, ``tag``, ``step`` and ``status`` are the ledger's own. A unit that
                wasn't planned, as on a simulator, is noted now.
            state: what the training needs to go on: θ, the optimiser's state and whatever else JSON can say.

        Raises:
            ValueError: a row or record doesn't fit its table. Refused now, as the tables are made from the ledger.
            RecordError: the step is recorded already, or a unit was planned for another.
        """
        check_row(row, STEPS_SCHEMA)
        for record in jobs.values():
            check_row(record, JOBS_SCHEMA)
        step = index(row["step"])
        with self._transaction() as connection:
            insert_step(connection, step, row)
            for unit, record in jobs.items():
                insert_unit(connection, unit, step)
                set_unit(connection, unit, "done", record)
            connection.execute("REPLACE INTO checkpoint VALUES (1, ?, ?)", (step, to_json(state)))

    def finish(self, reason: str) -> None:
        """Mark the run complete; from now on it can only be read."""
        with self._transaction() as connection:
            connection.execute("UPDATE meta SET value = 'complete' WHERE key = 'status'")
            connection.execute("INSERT INTO meta VALUES ('reason', ?)", (reason,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with sqlite_errors(self.path), self._connection as connection:
                connection.execute("BEGIN IMMEDIATE")
                self.refuse_if_complete()
                yield connection
        except ConflictError as error:
            raise RecordError(self.path, str(error), "the caller is mistaken, and the ledger as it was") from error
