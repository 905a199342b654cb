"""Making the files of a run's folder say the same: the ledger is the truth, and is rebuilt from the tables if it is lost.

Nothing is deleted: a file that can't be used is renamed, and what was done is said.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from sggd_qiskit.run import files
from sggd_qiskit.run.errors import ANEW, DamageError, RecordError
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.manifest import ledger_manifest, read_manifest
from sggd_qiskit.run.rows import to_json
from sggd_qiskit.run.tables import jobs_table, ledger_facts, read_table, steps_table, write_table

logger = logging.getLogger(__name__)

_WHAT_STAYS = ["cost", "theta", "gradient"]
"""Columns of a step that are never written again; billed seconds, for one, come late."""
_OTHER = "choose another name in the configuration, or another folder with --results"


@dataclass(frozen=True)
class _Tables:
    """What the tables tell; ``trouble`` says why they don't, and is empty if they do."""

    trouble: str
    steps: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    facts: Mapping[str, str] = field(default_factory=dict)


def mended_ledger(folder: Path, identity: object, *, durable: bool) -> Ledger:
    """The run's ledger, opened; rebuilt from the tables if it is lost, damaged, another run's, or behind them.

    Args:
        folder: the run's, whose lock is held.
        identity: the canonical form of the run's configuration.
        durable: see `Ledger.open`.

    Raises:
        RecordError: the run is another configuration's, or its ledger can be neither used nor rebuilt.
    """
    path = folder / files.LEDGER
    tables = _tables(folder, identity)
    begun = any((folder / name).exists() for name in (files.STEPS, files.JOBS, files.MANIFEST, files.CONFIG))
    sized = path.is_file() and path.stat().st_size
    if begun and not sized:
        trouble = "the ledger is empty" if path.exists() else "the ledger is lost"
    else:
        try:
            trouble = _contradiction(path, tables, identity) if sized else ""
            if not trouble:
                return Ledger.open(path, durable=durable)
        except DamageError as error:
            trouble = error.reason
    if tables.trouble:
        raise RecordError(path, f"{trouble}, and it can't be rebuilt, since {tables.trouble}", ANEW)
    kept = _rebuild(path, tables)
    logger.warning("%s: %s; rebuilt from the tables, up to step %d; it %s", path, trouble, len(tables.steps) - 1, kept)
    return Ledger.open(path, durable=durable)


def mend_complete(folder: Path, ledger: Ledger) -> None:
    """Rewrite what differs from the ledger of a complete run; with its predictions lost, it ends once more."""
    name = folder.name
    tables = {files.STEPS: steps_table(ledger.rows(), name), files.JOBS: jobs_table(ledger.job_rows(), name)}
    for file, table in tables.items():
        if not _is_table(folder / file, table):
            _mend(folder / file, lambda path, table=table: write_table(path, table))  # type: ignore[misc]
    manifest = ledger_manifest(name, ledger)
    if manifest and not _is_manifest(folder, manifest):
        _mend(folder / files.MANIFEST, lambda path: files.write_text(path, to_json(manifest, indent=2) + "\n"))
    config = ledger.recall("config")
    if config is not None and not _is_text(folder / files.CONFIG, config):
        _mend(folder / files.CONFIG, lambda path: files.write_text(path, config))
    circuits = folder / files.CIRCUITS
    if circuits.exists() and not _is_recorded(circuits, ledger):
        logger.warning("%s: changed, and not needed any more; it %s", circuits, files.set_aside(circuits))
    if not _is_recorded(folder / files.PREDICTIONS, ledger):
        kept = files.set_aside(folder / files.PREDICTIONS)
        logger.warning("%s: lost or changed, so the last step is evaluated again; it %s", files.PREDICTIONS, kept)
        ledger.reopen()


def clear_the_way(folder: Path, ledger: Ledger, identity: object, config_text: str) -> None:
    """Set aside what isn't the run's, where its files are about to be written.

    Args:
        folder: the run's, whose lock is held.
        ledger: the run's; it isn't complete.
        identity: the canonical form of its configuration.
        config_text: its configuration, as it is about to be written.
    """
    name = folder.name
    manifest = {"run": name, "configuration": identity}
    ours = {
        files.STEPS: _own_table(folder / files.STEPS, name) is not None,
        files.JOBS: _own_table(folder / files.JOBS, name) is not None,
        files.MANIFEST: _is_manifest(folder, manifest),
        files.CONFIG: _is_text(folder / files.CONFIG, config_text, ledger.recall("config")),
        files.CIRCUITS: _is_recorded(folder / files.CIRCUITS, ledger),
    }
    begun = bool(ledger.job_rows() or ledger.last_row())
    for path in (folder / file for file, is_ours in ours.items() if not is_ours):
        if path.exists() or begun:
            logger.warning("%s: lost or changed, and made again; it %s", path, files.set_aside(path))


def _tables(folder: Path, identity: object) -> _Tables:
    try:
        steps, jobs = (_own_table_or_raise(folder / file, folder.name) for file in (files.STEPS, files.JOBS))
        facts = ledger_facts(jobs)
        rows, job_rows = steps.to_pylist(), jobs.to_pylist()
        configuration = json.loads(facts["fact details"])["configuration"]
        contiguous = [row["step"] for row in rows] == list(range(len(rows)))
        complete = all({*_WHAT_STAYS, "gradient"} <= row.keys() for row in rows) and all(
            "unit" in job for job in job_rows
        )
    except DamageError as error:
        return _Tables(f"{error.path.name} {error.reason}")
    except (ValueError, KeyError, TypeError):
        return _Tables("the tables don't tell enough of the run")
    if not complete:
        return _Tables("the tables lack columns")
    if configuration != identity:
        return _Tables("the tables are of a run with another configuration")
    return _Tables("", rows, job_rows, facts) if contiguous else _Tables(f"steps are missing in {files.STEPS}")


def _contradiction(path: Path, tables: _Tables, identity: object) -> str:
    """Why the ledger can't be used; empty if it can. It is only read, as it may be somebody else's."""
    with LedgerReader.open(path) as ledger:
        ledger.refuse_if_damaged()
        details = json.loads(ledger.recall("details") or "{}")
        rows, known = ledger.rows(), {row["unit"] for row in ledger.job_rows()}
    if details.get("configuration", identity) != identity:
        if tables.trouble:
            raise RecordError(path, "the run in this folder was made with another configuration", _OTHER)
        return "the ledger is another run's"
    for own, other in zip(rows, tables.steps, strict=False):
        if any(own.get(name) != other[name] for name in _WHAT_STAYS):
            reason = f"the ledger and {files.STEPS} differ at step {own['step']}"
            remedy = f"move {files.STEPS} away to go on from the ledger, or {files.LEDGER} to go on from the tables"
            raise RecordError(path, reason, remedy)
    if len(tables.steps) > len(rows) or any(job["unit"] not in known for job in tables.jobs):
        return "the ledger is older than the tables, as in a copy without its -wal"
    return ""


def _rebuild(path: Path, tables: _Tables) -> str:
    """Write the ledger anew from the tables; what became of the old one."""
    folder, facts, steps = path.parent, dict(tables.facts), list(tables.steps)
    if steps and steps[-1]["gradient"] is None:
        if files.digest(folder / files.PREDICTIONS) != facts.get(f"fact sha256 {files.PREDICTIONS}"):
            del steps[-1]  # evaluated again, as its predictions are lost
        elif facts["status"] == "running":
            manifest = read_manifest(folder)
            if manifest.get("run") == folder.name and manifest.get("end") and manifest.get("reason"):
                facts |= {"status": "complete", "reason": manifest["reason"], "fact end": manifest["end"]}
    if not (steps and steps[-1]["gradient"] is None):
        facts = {**facts, "status": "running"}
        facts.pop("reason", None)
    fresh = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    with Ledger.open(fresh, durable=True) as ledger:
        ledger.take(steps, tables.jobs, facts)
    for end in ("-wal", "-shm"):
        files.set_aside(path.with_name(path.name + end))
    kept = files.set_aside(path)
    files.move(fresh, path)
    return kept


def _mend(path: Path, write: Callable[[Path], None]) -> None:
    kept = files.set_aside(path)
    write(path)
    logger.warning("%s: lost or changed, and written again from the ledger; it %s", path, kept)


def _own_table_or_raise(path: Path, run: str) -> pa.Table:
    table = read_table(path)
    if (table.schema.metadata or {}).get(b"sggd_qiskit.run") != run.encode():
        raise DamageError(path, "is another run's", ANEW)
    return table


def _own_table(path: Path, run: str) -> pa.Table | None:
    try:
        return _own_table_or_raise(path, run)
    except DamageError:
        return None


def _is_table(path: Path, table: pa.Table) -> bool:
    found = _own_table(path, table.schema.metadata[b"sggd_qiskit.run"].decode())
    return found is not None and found.equals(table)


def _is_text(path: Path, *texts: str | None) -> bool:
    try:
        return path.read_bytes().decode() in texts
    except (OSError, ValueError):
        return False


def _is_recorded(path: Path, ledger: LedgerReader) -> bool:
    """Whether the file is as it was recorded, if it was."""
    known = ledger.recall(f"sha256 {path.name}")
    return known is None or files.digest(path) == known


def _is_manifest(folder: Path, wanted: Mapping[str, Any]) -> bool:
    found = read_manifest(folder)
    told = ("run", "configuration", "end", "reason")
    return all(found.get(key, ...) == wanted[key] for key in told if key in wanted)
