"""Finding a run's folder, and saying what is wrong with a file in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from ruamel.yaml.error import YAMLError

from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.layout import LEDGER, STEPS

_NAME_IT = "name the folder of a run, or the one that holds it"


def find_run(folder: Path) -> Path:
    """The run's folder: ``folder`` itself, or the only run in it.

    Raises:
        RecordError: there is no such folder, no run or more than one in it, or it can't be read.
    """
    runs = find_runs([folder])
    if len(runs) > 1:
        names = ", ".join(path.name for path in runs)
        raise RecordError(folder, f"the folder holds {len(runs)} runs: {names}", "name one of them")
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
