"""The SQLite file below a ledger: its tables, how it is opened, and what its errors mean to a user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from uuid import uuid4

from sggd_qiskit.run.errors import CONTINUE, MENDS, DamageError, DiskError, RecordError
from sggd_qiskit.run.rows import LAYOUT_VERSION

OLDEST_READABLE = 2
"""The first layout whose ledgers can still be read; rows of it lack the standard errors of the accuracies."""

_BUSY_SECONDS = 30.0

_TABLES = """
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE steps (step INTEGER PRIMARY KEY, row TEXT NOT NULL);
CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), step INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE jobs (
    unit TEXT PRIMARY KEY,
    step INTEGER NOT NULL,
    tag TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('planned', 'submitted', 'done', 'failed')),
    row TEXT NOT NULL
);
CREATE TABLE notes (time TEXT NOT NULL, unit TEXT NOT NULL, text TEXT NOT NULL);
"""

_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_REMEDIES = {
    sqlite3.SQLITE_BUSY: "another program holds it for longer than a moment; close that program",
    sqlite3.SQLITE_CANTOPEN: "copy the whole folder to a place where you may write, and use it there",
}
# Our statements are right, so one that SQLite can't understand finds other tables than ours.
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}


def connect_writer(path: Path, *, durable: bool) -> sqlite3.Connection:
    """Open a run's ledger for writing, and create it if there is none; a complete one isn't changed.

    Args:
        path: the file; its folder exists.
        durable: wait for the disk at each transaction.

    Raises:
        DamageError: the file is damaged, or isn't a ledger.
        DiskError: the disk is full or fails.
        RecordError: it is of another version, or can't be written.
    """
    with sqlite_errors(path), ExitStack() as undo:
        if path.exists():
            _require_sound(path)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        undo.callback(connection.close)
        if _is_empty(connection):
            _create(connection)
        _check(connection, path, LAYOUT_VERSION)
        if connection.execute("SELECT value FROM meta WHERE key = 'status'").fetchone() == ("running",):
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        undo.pop_all()
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a run's ledger for reading, as it is at this moment.

    Raises:
        DamageError: there is none, or it is empty or damaged.
        RecordError: it is of an unknown version.
    """
    if not path.exists():
        raise DamageError(path, "there is no ledger", MENDS)
    with sqlite_errors(path), ExitStack() as undo:
        connection = _connected_to_read(path)
        undo.callback(connection.close)
        connection.execute("BEGIN")
        if _is_empty(connection):
            raise DamageError(path, "the ledger is empty", f"if the run is just beginning, wait a moment; else {MENDS}")
        _check(connection, path, OLDEST_READABLE)
        undo.pop_all()
    return connection


def _connected_to_read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _require_sound(path: Path) -> None:
    """Refuse a damaged file, and leave it as it is: a connection that may write moves what is in the -wal file into it."""
    with closing(_connected_to_read(path)) as connection:
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise DamageError(path, "the ledger is damaged", MENDS)


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says about ``path`` into a ``RecordError``.

    Raises:
        DamageError: the file isn't what was written.
        DiskError: the disk is full or fails.
        RecordError: anything else.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of the bits says it in more detail
        if code in _DAMAGE:
            raise DamageError(path, f"the ledger is damaged ({error})", MENDS) from error
        kind = DiskError if code in _DISK else RecordError
        raise kind(path, str(error), _REMEDIES.get(code, CONTINUE)) from error


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None


def _create(connection: sqlite3.Connection) -> None:
    # The nonce keeps the jobs of this folder apart from those of another one with the same configuration.
    facts = {"layout_version": str(LAYOUT_VERSION), "status": "running", "starts": "[]", "nonce": uuid4().hex[:12]}
    with connection:  # one transaction: a kill leaves all of it or an empty file
        connection.executescript(_TABLES)
        connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())


def _check(connection: sqlite3.Connection, path: Path, oldest: int) -> None:
    """Refuse what is no ledger, or one of a layout that isn't between the oldest and the present one."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
        raise DamageError(path, "this isn't the ledger of a run", MENDS)
    version = connection.execute("SELECT value FROM meta WHERE key = 'layout_version'").fetchone()
    if version is None:
        raise DamageError(path, "the ledger has no version", MENDS)
    if version not in {(str(known),) for known in range(oldest, LAYOUT_VERSION + 1)}:
        reason = f"the ledger has version {version[0]}, and this package goes on with version {LAYOUT_VERSION}"
        raise RecordError(path, reason, "use the package that wrote it, or start the run afresh in another folder")
