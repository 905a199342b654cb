"""The ledger: what a run has done, written so that a kill at any moment loses nothing that was finished."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from operator import index
from pathlib import Path
from typing import Any, Literal, Self

from sggd_qiskit.execute.ibm.book import Bill, Entry, Spent
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.run import common_budget
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.ledger_file import connect_writer, sqlite_errors
from sggd_qiskit.run.ledger_reader import LedgerReader, billed
from sggd_qiskit.run.manifest import utc_now
from sggd_qiskit.run.rows import JOB_COLUMNS, STEP_COLUMNS, to_json
from sggd_qiskit.train.recorder import Row

_AS_IT_WAS = "nothing was changed; start the run again, and it continues after its last recorded step"


class Ledger(LedgerReader):
    """A run's ledger in the hands of the one process that works on the run; it is also the job book of a device.

    Every method is one transaction, and raises ``RecordError`` if the disk is full or the file damaged. Those that
    write do so too once the run is complete, but for the bill, which comes late.
    """

    @classmethod
    def open(cls, path: Path, *, durable: bool = False) -> Self:
        """Open the ledger ``path``, or create it.

        Args:
            path: the file; its folder exists.
            durable: wait for the disk at each transaction. Without it a killed process loses nothing, but a power cut
                may take the last moments along; on a device that costs money, a lost record is a job paid twice.

        Raises:
            DamageError: it is damaged, or isn't a ledger.
            RecordError: it can't be written, or is of another version.
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

    def finish_step(self, row: Row, jobs: Mapping[str, Row], state: Mapping[str, Any]) -> None:
        """Record a finished step: its row, its jobs and the checkpoint after it, all of them or none.

        Args:
            row: the step's numbers, columns of `StepRow`.
            jobs: from each of the step's units that is done to the record of its job, columns of `JobRow`, which is
                added to what was known; ``unit``, ``tag``, ``step`` and ``status`` are the ledger's own. A unit that
                wasn't planned, as on a simulator, is noted now.
            state: what the training needs to go on: θ, the optimiser's state and whatever else JSON can say.

        Raises:
            ValueError: a row or record doesn't fit its table. Refused now, as the tables are made from the ledger.
            RecordError: the step is recorded already, or a unit was planned for another.
        """
        STEP_COLUMNS.check(row)
        for record in jobs.values():
            JOB_COLUMNS.check(record)
        step = index(row["step"])
        with self._transaction() as connection:
            try:
                connection.execute("INSERT INTO steps VALUES (?, ?)", (step, to_json(row)))
            except sqlite3.IntegrityError as error:
                raise RecordError(self.path, f"step {step} is recorded already", _AS_IT_WAS) from error
            for unit, record in jobs.items():
                self._insert(unit, step)
                self._set(unit, "done", record)
            connection.execute("REPLACE INTO checkpoint VALUES (1, ?, ?)", (step, to_json(state)))

    def finish(self, reason: str, end: str | None = None) -> None:
        """Mark the run complete, with the time of its end in UTC; from now on it can only be read."""
        with self._transaction() as connection:
            connection.execute("UPDATE meta SET value = 'complete' WHERE key = 'status'")
            ending = {"reason": reason, "fact end": end or utc_now()}
            connection.executemany("REPLACE INTO meta VALUES (?, ?)", ending.items())

    def reopen(self) -> None:
        """Forget the last step, which is to be evaluated again, and that the run is complete.

        Its jobs stay known, so that none is paid twice.
        """
        with sqlite_errors(self.path), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM steps WHERE step = (SELECT max(step) FROM steps)")
            connection.execute("UPDATE checkpoint SET step = step - 1")
            connection.execute("DELETE FROM meta WHERE key IN ('reason', 'fact end')")
            connection.execute("REPLACE INTO meta VALUES ('status', 'running')")

    def take(self, rows: Iterable[Row], jobs: Iterable[Row], facts: Mapping[str, str]) -> None:
        """Take over what is known from elsewhere, without a checkpoint: all of it or nothing.

        Args:
            rows: of steps, columns of `StepRow`.
            jobs: columns of `JobRow`.
            facts: as `facts` gives them, in place of what is known.
        """
        own = ("unit", "step", "tag", "status")
        with self._transaction() as connection:
            connection.executemany("INSERT INTO steps VALUES (?, ?)", ((row["step"], to_json(row)) for row in rows))
            for job in jobs:
                record = {key: value for key, value in job.items() if key not in own and value is not None}
                connection.execute(
                    "INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", (*(job[key] for key in own), to_json(record))
                )
            connection.executemany("REPLACE INTO meta VALUES (?, ?)", facts.items())

    def plan(self, unit: WorkUnit) -> Entry:
        """Note, before a job is run, that it is going to be.

        Planning a unit again, as a process does that takes over from a killed one, changes nothing. If it is not new, the
        killed process may have submitted it: look for its job by id and tag.

        Raises:
            RecordError: the unit is known with another step.
        """
        with self._transaction():
            new = self._insert(unit.name, index(unit.step))
        known = self.job_row(unit.name)
        return Entry(
            tag=known["tag"],
            state=known["status"],
            id=known.get("id"),
            new=new,
            attempts=known.get("attempts") or 0,
            qpu_seconds_failed=known.get("qpu_seconds_failed") or 0.0,
            duplicates=tuple(known.get("duplicates") or ()),
            session=known.get("session"),
            calibration=_moment(known.get("calibration")),
            doubtful=not new,
            announced=_moment(known.get("started")),
            prepare_seconds=known.get("prepare_seconds"),
        )

    def update(self, unit: WorkUnit, state: Literal["planned", "submitted", "failed"], facts: Row) -> None:
        """Move a planned unit to another state and add to what is known of its job, the id above all.

        Args:
            unit: planned before.
            state: what became of it.
            facts: columns of `JobRow`.

        Raises:
            ValueError: the facts don't fit the table of jobs.
            RecordError: the unit wasn't planned.
        """
        JOB_COLUMNS.check(facts)
        with self._transaction():
            self._set(unit.name, state, facts)

    def reserve(self, total: Spent) -> None:
        """Note in the budget of the sweep around the run, if it has one, what the run will have spent before long.

        Raises:
            BudgetError: the budget would be passed.
        """
        common_budget.reserve(self.path.parent, total)

    def renew(self, unit: WorkUnit, facts: Row) -> Entry:
        """Begin a unit anew, under another tag: whatever jobs it had are none of its own any more.

        Args:
            unit: planned before, and not done.
            facts: columns of `JobRow`, which are added to what is known.

        Raises:
            ValueError: the facts don't fit the table of jobs.
            RecordError: the unit wasn't planned.
        """
        JOB_COLUMNS.check(facts)
        with self._transaction() as connection:
            self._set(unit.name, "planned", facts)
            connection.execute("UPDATE jobs SET tag = tag || '-again' WHERE unit = ?", (unit.name,))
        return replace(self.plan(unit), new=True, doubtful=False)

    def settle(self, unit: str, bill: Bill) -> None:
        """Note a finished unit's bill for good, and in the row of its step the sum; a complete run's too.

        Raises:
            RecordError: the unit wasn't planned.
        """
        with self._transaction(even_complete=True) as connection:
            step, state, _ = self._known(unit)
            facts = {"qpu_seconds": bill.qpu_seconds, "qpu_seconds_duplicates": bill.duplicates, "qpu_final": True}
            self._set(unit, state, facts)
            found = connection.execute("SELECT row FROM steps WHERE step = ?", (step,)).fetchone()
            if found is not None:
                units = connection.execute("SELECT row FROM jobs WHERE step = ?", (step,)).fetchall()
                seconds = sum(billed(json.loads(row)) for (row,) in units)
                settled = to_json({**json.loads(found[0]), "qpu_seconds": seconds})
                connection.execute("UPDATE steps SET row = ? WHERE step = ?", (settled, step))

    def note(self, unit: str, text: str) -> None:
        """Note something about a unit that a user should be told."""
        with self._transaction() as connection:
            connection.execute("INSERT INTO notes VALUES (?, ?, ?)", (utc_now(), unit, text))

    def remember(self, key: str, value: str) -> None:
        """Note a fact of the run, in place of the former one."""
        with self._transaction() as connection:
            connection.execute("REPLACE INTO meta VALUES (?, ?)", (f"fact {key}", value))

    @contextmanager
    def _transaction(self, *, even_complete: bool = False) -> Iterator[sqlite3.Connection]:
        with sqlite_errors(self.path), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            if not even_complete:
                self.refuse_if_complete()
            yield connection

    def _insert(self, unit: str, step: int) -> bool:
        """Add a planned unit, unless it is known; whether it is new."""
        added = self._connection.execute(
            "INSERT INTO jobs VALUES (?, ?, ?, 'planned', '{}') ON CONFLICT (unit) DO NOTHING",
            (unit, step, f"{self.run_tag}-{unit}"),
        )
        known = self._known(unit)[0]
        if known != step:
            reason = f"unit {unit!r} is planned for step {known}, not for step {step}"
            raise RecordError(self.path, reason, _AS_IT_WAS)
        return bool(added.rowcount)

    def _set(self, unit: str, state: str, record: Row) -> None:
        """Move a unit to another state and add to what is known of its job."""
        known = to_json({**self._known(unit)[2], **record})
        self._connection.execute("UPDATE jobs SET state = ?, row = ? WHERE unit = ?", (state, known, unit))

    def _known(self, unit: str) -> tuple[int, str, dict[str, Any]]:
        """The step, the state and the record of a planned unit."""
        found = self._connection.execute("SELECT step, state, row FROM jobs WHERE unit = ?", (unit,)).fetchone()
        if found is None:
            raise RecordError(self.path, f"unit {unit!r} wasn't planned", _AS_IT_WAS)
        return found[0], found[1], json.loads(found[2])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
