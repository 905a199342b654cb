"""Making a folder this process's own."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from sggd_qiskit.record.errors import ELSEWHERE, RecordError, disk_errors
from sggd_qiskit.record.layout import CONFIG, LEDGER, LOCK


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


def check_config(folder: Path, config_text: str) -> None:
    """Raise ``RecordError`` if the folder has another configuration than ``config_text``; none is fine."""
    path = folder / CONFIG
    with disk_errors(path):
        differs = path.exists() and path.read_bytes() != config_text.encode()
    if differs:
        reason = (
            "the configuration of this run differs from the one in its folder, which was edited or is another run's"
        )
        raise RecordError(path, reason, "restore the file, or change the name in the configuration")
