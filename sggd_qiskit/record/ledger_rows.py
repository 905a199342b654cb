"""Changes to the rows of a ledger, each made inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import Literal

from sggd_qiskit.record.plain_json import from_json, to_json
from sggd_qiskit.record.tables import Row

UnitState = Literal["planned", "submitted", "done", "failed"]


class ConflictError(Exception):
    """The caller takes something for new, or for known, and the ledger says otherwise."""


def insert_step(connection: sqlite3.Connection, step: int, row: Row) -> None:
    """Add the row of a finished step.

    Raises:
        ConflictError: the step is recorded already.
    """
    try:
        connection.execute("INSERT INTO steps VALUES (?, ?)", (step, to_json(row)))
    except sqlite3.IntegrityError as error:
        message = f"step {step} is recorded already"
        raise ConflictError(message) from error


def insert_unit(connection: sqlite3.Connection, unit: str, step: int, tag: str) -> UnitState:
    """Add a planned unit, or find the one that a killed process planned, and return its state.

    Raises:
        ConflictError: the unit is known with another step or tag, or the tag is another unit's.
    """
    try:
        connection.execute(
            "INSERT INTO jobs VALUES (?, ?, ?, 'planned', '{}') ON CONFLICT (unit) DO NOTHING", (unit, step, tag)
        )
    except sqlite3.IntegrityError as error:
        message = f"the tag {tag!r} is another unit's"
        raise ConflictError(message) from error
    known_step, known_tag, state = connection.execute(
        "SELECT step, tag, state FROM jobs WHERE unit = ?", (unit,)
    ).fetchone()
    if (known_step, known_tag) != (step, tag):
        message = f"unit {unit!r} is planned for step {known_step} as {known_tag!r}, not for step {step} as {tag!r}"
        raise ConflictError(message)
    found: UnitState = state
    return found


def set_unit(connection: sqlite3.Connection, unit: str, state: UnitState, record: Row, step: int | None = None) -> None:
    """Move a unit to ``state`` and add ``record`` to what is known of its job.

    Raises:
        ConflictError: the unit wasn't planned, or not for ``step``, if that is given.
    """
    found = connection.execute("SELECT step, row FROM jobs WHERE unit = ?", (unit,)).fetchone()
    if found is None or step not in {None, found[0]}:
        message = f"unit {unit!r} wasn't planned" + ("" if step is None else f" for step {step}")
        raise ConflictError(message)
    known = to_json({**from_json(found[1]), **record})
    connection.execute("UPDATE jobs SET state = ?, row = ? WHERE unit = ?", (state, known, unit))
