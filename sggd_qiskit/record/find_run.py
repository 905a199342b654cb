"""Finding a run's folder, and saying what is wrong with a file in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from ruamel.yaml.error import YAMLError

from sggd_qiskit.record.errors import RecordError
from sggd_qiskit.record.layout import LEDGER, STEPS

_NAME_IT = "name the folder of a run, or the one that holds it"


def find_run(folder: Path) -> Path:
    """The run's folder: ``folder`` itself, or the only run in it.

    Raises:
        RecordError: there is no such folder, no run or more than one in it, or it can't be read.
    """
    if not folder.is_dir():
        raise RecordError(folder, "there is no such folder", _NAME_IT)
    with reading(folder):
        runs = [folder] if _is_run(folder) else sorted(path for path in folder.iterdir() if _is_run(path))
    if not runs:
        raise RecordError(folder, "neither a run nor a folder of runs", _NAME_IT)
    if len(runs) > 1:
        names = ", ".join(path.name for path in runs)
        raise RecordError(folder, f"the folder holds {len(runs)} runs: {names}", "name one of them")
    return runs[0]


@contextmanager
def reading(path: Path) -> Iterator[Path]:
    """Turn what goes wrong with reading or understanding ``path`` into a ``RecordError``."""
    try:
        yield path
    except (OSError, ValueError, YAMLError, pa.ArrowException) as error:
        remedy = "restore it, or start the run again, which writes what is missing of an unfinished run"
        raise RecordError(path, f"can't be read ({error})", remedy) from error


def _is_run(folder: Path) -> bool:
    return (folder / LEDGER).is_file() or (folder / STEPS).is_file()
