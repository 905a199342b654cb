"""Changes to the rows of a ledger, each made inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import Any, Literal

from sggd_qiskit.run.plain_json import from_json, to_json
from sggd_qiskit.run.tables import Row

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


def insert_unit(connection: sqlite3.Connection, unit: str, step: int) -> bool:
    """Add a planned unit, unless a killed process did; whether it is new.

    Raises:
        ConflictError: the unit is known with another step.
    """
    tag = f"sggd-{_nonce(connection)}-{unit}"
    added = connection.execute(
        "INSERT INTO jobs VALUES (?, ?, ?, 'planned', '{}') ON CONFLICT (unit) DO NOTHING", (unit, step, tag)
    )
    (known,) = connection.execute("SELECT step FROM jobs WHERE unit = ?", (unit,)).fetchone()
    if known != step:
        message = f"unit {unit!r} is planned for step {known}, not for step {step}"
        raise ConflictError(message)
    return bool(added.rowcount)


def set_unit(connection: sqlite3.Connection, unit: str, state: UnitState, record: Row) -> None:
    """Move a unit to ``state`` and add ``record`` to what is known of its job.

    Raises:
        ConflictError: the unit wasn't planned.
    """
    known = to_json({**_known(connection, unit)[1], **record})
    connection.execute("UPDATE jobs SET state = ?, row = ? WHERE unit = ?", (state, known, unit))


def settle_unit(connection: sqlite3.Connection, unit: str, qpu_seconds: float) -> None:
    """Set a unit's billed time for good, and that of its step, if that is recorded, to the sum over its units.

    Raises:
        ConflictError: the unit wasn't planned.
    """
    step, known = _known(connection, unit)
    row = to_json({**known, "qpu_seconds": qpu_seconds, "qpu_final": True})
    connection.execute("UPDATE jobs SET row = ? WHERE unit = ?", (row, unit))
    found = connection.execute("SELECT row FROM steps WHERE step = ?", (step,)).fetchone()
    if found is not None:
        units = connection.execute("SELECT row FROM jobs WHERE step = ?", (step,)).fetchall()
        seconds = sum(from_json(row).get("qpu_seconds") or 0.0 for (row,) in units)
        settled = to_json({**from_json(found[0]), "qpu_seconds": seconds})
        connection.execute("UPDATE steps SET row = ? WHERE step = ?", (settled, step))


def _known(connection: sqlite3.Connection, unit: str) -> tuple[int, dict[str, Any]]:
    found = connection.execute("SELECT step, row FROM jobs WHERE unit = ?", (unit,)).fetchone()
    if found is None:
        message = f"unit {unit!r} wasn't planned"
        raise ConflictError(message)
    return found[0], from_json(found[1])


def _nonce(connection: sqlite3.Connection) -> str:
    (nonce,) = connection.execute("SELECT value FROM meta WHERE key = 'nonce'").fetchone()
    return str(nonce)
