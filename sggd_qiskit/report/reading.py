"""Reading runs and sweeps for a report: what is there, and what is wrong with the rest."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from sggd_qiskit.run import files
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.folders import find_runs
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.results import Results, load_results
from sggd_qiskit.run.tables import read_table
from sggd_qiskit.sweep.results import SWEEP, SweepResults, load_sweep


@dataclass(frozen=True, eq=False)
class FoundRun:
    """A run as far as it can be read.

    Attributes:
        folder: its folder.
        axes: where it is on the axes of its sweep.
        results: what could be read; tables that could not are empty.
        wrong: what could not be read, and what to do.
        notes: what happened to its jobs, the latest last.
        spent: QPU seconds by its ledger; None if that can't be read.
        begun: whether there is anything of it.
    """

    folder: Path
    axes: dict[str, Any]
    results: Results
    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    spent: float | None = None
    begun: bool = True

    @property
    def state(self) -> str:
        """In a word or two."""
        if not self.begun:
            return "not begun"
        return "damaged" if self.wrong else "complete" if self.results.complete else "unfinished"


@dataclass(frozen=True, eq=False)
class FoundRuns:
    """Runs that are shown together.

    Attributes:
        folder: that holds them.
        sweep: None for runs that are of no sweep, or of one whose file can't be read.
        runs: in their order.
        wrong: what could not be read of the sweep.
    """

    folder: Path
    sweep: SweepResults | None
    runs: tuple[FoundRun, ...]
    wrong: tuple[str, ...] = ()

    @property
    def axes(self) -> tuple[str, ...]:
        """What is varied; none for runs that are of no sweep."""
        return () if self.sweep is None else self.sweep.axes


def find_all(paths: Sequence[Path]) -> list[FoundRuns]:
    """The sweeps among the paths and in them, each by itself, and all other runs together, each once.

    Raises:
        RecordError: one of the paths isn't there, or holds neither run nor sweep.
    """
    sweeps: dict[Path, FoundRuns] = {}
    alone: dict[Path, FoundRun] = {}
    for path in paths:
        inner = [path] if (path / SWEEP).is_file() else sorted(file.parent for file in path.glob(f"*/{SWEEP}"))
        sweeps |= {folder.resolve(): _sweep(folder) for folder in inner if folder.resolve() not in sweeps}
        if path not in inner:
            try:
                alone |= {folder.resolve(): read_run(folder) for folder in find_runs([path])}
            except RecordError:
                if not inner:
                    raise
    found = list(sweeps.values())
    if alone:
        parents = {folder.parent for folder in alone}
        found.append(FoundRuns(parents.pop() if len(parents) == 1 else Path(), None, tuple(alone.values())))
    return found


def read_run(folder: Path, axes: dict[str, Any] | None = None) -> FoundRun:
    """A run as far as it can be read; whatever is wrong with it is told, and no error."""
    noted: list[str] = []
    notes, spent = _tried(folder / files.LEDGER, _ledger, noted) or ((), None)
    try:
        return FoundRun(folder, axes or {}, load_results(folder), (), notes, spent)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one run, it and the others are shown
        results, more = _salvaged(folder)
        wrong = dict.fromkeys([_told(error, folder), *noted, *more])
        return FoundRun(folder, axes or {}, results, tuple(wrong), notes, spent)


def _sweep(folder: Path) -> FoundRuns:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a run that can't be read is told of in the page
            sweep = load_sweep(folder)
    except RecordError as error:
        return FoundRuns(folder, None, tuple(map(read_run, find_runs([folder]))), (str(error),))
    places = sweep.runs[[*sweep.axes, "run", "state"]].to_dict("records")
    runs = [_of_sweep(folder / place["run"], {axis: place[axis] for axis in sweep.axes}) for place in places]
    return FoundRuns(folder, sweep, tuple(runs))


def _of_sweep(folder: Path, axes: dict[str, Any]) -> FoundRun:
    return read_run(folder, axes) if folder.exists() else FoundRun(folder, axes, _nothing(folder), begun=False)


def _salvaged(folder: Path) -> tuple[Results, list[str]]:
    """What is in each file of a run that can be read, and what is wrong with the others."""
    wrong: list[str] = []
    readers = {
        "config": (files.CONFIG, _yaml),
        "manifest": (files.MANIFEST, _json),
        "steps": (files.STEPS, _table),
        "jobs": (files.JOBS, _table),
        "predictions": (files.PREDICTIONS, _table),
    }
    there = {name: (folder / file, reader) for name, (file, reader) in readers.items() if (folder / file).exists()}
    values = {name: _tried(path, reader, wrong) for name, (path, reader) in there.items()}
    return _nothing(folder, **{name: value for name, value in values.items() if value is not None}), wrong


def _tried(path: Path, reader: Callable[[Path], Any], wrong: list[str]) -> Any:
    """What the reader makes of the file; None, and another line in ``wrong``, if it can't be read."""
    try:
        with files.reading(path):
            return reader(path)
    except Exception as error:  # noqa: BLE001 - of a damaged file, libraries raise anything
        wrong.append(_told(error, path))
        return None


def _yaml(path: Path) -> dict[str, Any]:
    return _mapping(YAML(typ="safe").load(path))


def _json(path: Path) -> dict[str, Any]:
    return _mapping(json.loads(path.read_text(encoding="utf-8")))


def _table(path: Path) -> pd.DataFrame:
    frame: pd.DataFrame = read_table(path).to_pandas()
    return frame


def _ledger(path: Path) -> tuple[tuple[str, ...], float | None]:
    """What the ledger tells of jobs, with the times, and the QPU seconds that they took."""
    if not path.exists():
        return (), None
    with LedgerReader.open(path) as ledger:
        notes = [f"{note['time'][:16].replace('T', ' ')} UTC: {note['text']}" for note in ledger.notes()]
        return tuple(notes), ledger.spent().qpu_seconds


def _nothing(folder: Path, **values: Any) -> Results:
    """Results with these values, and nothing in place of the others."""
    steps = values.get("steps", pd.DataFrame())
    theta = steps["theta"].iloc[-1] if len(steps) and "theta" in steps else None
    given = {"steps": steps, "jobs": pd.DataFrame(), "predictions": None, "config": {}, "manifest": {}, **values}
    complete = bool(given["manifest"].get("end"))
    return Results(
        folder=folder, complete=complete, theta=np.array([] if theta is None else theta, dtype=float), **given
    )


def _mapping(found: object) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("it holds no mapping")  # noqa: TRY004 - of a file's content, as the readers' own errors are
    return found


def _told(error: Exception, path: Path) -> str:
    return str(error) if isinstance(error, RecordError) else f"{path}: can't be read ({type(error).__name__}: {error})"
