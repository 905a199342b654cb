"""Making a folder this process's own."""

from __future__ import annotations

import json
from pathlib import Path

from filelock import FileLock, Timeout

from sggd_qiskit.run.errors import ELSEWHERE, RecordError, disk_errors
from sggd_qiskit.run.find_run import reading
from sggd_qiskit.run.layout import LEDGER, LOCK, MANIFEST


def claim_folder(parent: Path, name: str) -> Path:
    """The folder of the run ``name``, made if there is none.

    Raises:
        RecordError: the folder can't be made, or it holds files that aren't a run's.
    """
    folder = parent / name
    with disk_errors(folder, ELSEWHERE):
        folder.mkdir(parents=True, exist_ok=True)
        # The lock comes first and the ledger second, so a lock alone is a start of ours that was killed.
        ours = (folder / LEDGER).exists() or all(entry.name == LOCK for entry in folder.iterdir())
    if not ours:
        raise RecordError(
            folder, f"the folder holds files but no {LEDGER}, so it isn't a run", f"move it away or {ELSEWHERE}"
        )
    return folder


def lock_folder(folder: Path) -> FileLock:
    """The lock of the folder, held; the system lets go of it when this process ends, however it ends.

    Raises:
        RecordError: another process holds it, or the folder can't be written.
    """
    lock = FileLock(folder / LOCK)
    with disk_errors(folder, ELSEWHERE):
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            reason = "another process is working on this run"
            raise RecordError(folder, reason, "wait for it to end; load_results reads the run meanwhile") from error
    return lock


def check_config(folder: Path, identity: object) -> None:
    """Raise ``RecordError`` if the folder was made for another configuration; a folder that says nothing is fine.

    What is compared is the manifest's canonical form, which neither a budget nor the place of a data file changes.

    Args:
        folder: the run's.
        identity: the canonical form of the configuration that is about to be run.
    """
    path = folder / MANIFEST
    if not path.exists():
        return
    with reading(path):
        known = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(known, dict) and "configuration" in known and known["configuration"] != identity:
        reason = "the run in this folder was made with another configuration"
        raise RecordError(path, reason, "choose another name in the configuration, or another folder with --results")
