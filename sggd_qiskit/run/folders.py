"""Finding the folders of runs, and making one this process's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from sggd_qiskit.run.errors import ELSEWHERE, RecordError, disk_errors
from sggd_qiskit.run.files import JOBS, LEDGER, LOCK, MANIFEST, STEPS, reading

_NAME_IT = "name the folder of a run, or the one that holds it"


def find_run(folder: Path) -> Path:
    """The run's folder: ``folder`` itself, or the only run in it.

    Raises:
        RecordError: there is no such folder, no run or more than one in it, or it can't be read.
    """
    runs = find_runs([folder])
    if len(runs) > 1:
        names = ", ".join(path.name for path in runs)
        raise RecordError(
            folder, f"the folder holds {len(runs)} runs: {names}", "name one of them; a sweep is read by load_sweep"
        )
    return runs[0]


def find_runs(paths: Sequence[Path]) -> list[Path]:
    """The folders of runs among the paths, and in those that hold runs, each once.

    Raises:
        RecordError: one of them isn't there, holds no run, or can't be read.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            raise RecordError(path, "there is no such folder", _NAME_IT)
        with reading(path):
            runs = [path] if _is_run(path) else sorted(inner for inner in path.iterdir() if _is_run(inner))
        if not runs:
            raise RecordError(path, "neither a run nor a folder of runs", _NAME_IT)
        found.update(dict.fromkeys(runs))
    return list(found)


def claim_folder(parent: Path, name: str) -> Path:
    """The folder of the run ``name``, made if there is none.

    Raises:
        RecordError: the folder can't be made, or it holds files that aren't a run's.
    """
    folder = parent / name
    with disk_errors(folder, ELSEWHERE):
        folder.mkdir(parents=True, exist_ok=True)
        # The lock comes first and the ledger second, so a lock alone is a start of ours that was killed.
        found = {entry.name for entry in folder.iterdir()}
        ours = found <= {LOCK} or not found.isdisjoint({LEDGER, MANIFEST, STEPS, JOBS})
    if not ours:
        raise RecordError(
            folder, f"the folder holds files but no {LEDGER}, so it isn't a run", f"move it away, or {ELSEWHERE}"
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


def _is_run(folder: Path) -> bool:
    return (folder / LEDGER).is_file() or (folder / STEPS).is_file()
