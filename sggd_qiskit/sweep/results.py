"""Reading a sweep back, at any moment."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.files import LEDGER
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.results import load_results
from sggd_qiskit.sweep.plots import SweepPlots

SWEEP = "sweep.json"
"""Beside the folders of a sweep's runs: its name, its axes, and where each run is on them."""


@dataclass(frozen=True, eq=False, repr=False)
class SweepResults:
    """A sweep as it stands.

    Attributes:
        folder: with the folders of its runs.
        axes: what is varied: ``case``, keys of the configuration, ``seed``.
        runs: a row per run: where it is on each axis, ``run`` (the name of its folder), ``state`` (``complete``,
            ``unfinished``, ``not begun`` or ``unreadable``), and the columns of its last step.
    """

    folder: Path
    axes: tuple[str, ...]
    runs: pd.DataFrame

    def __repr__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in self.runs["state"].value_counts().items())
        return f"SweepResults({self.folder.name}: {states}; axes {', '.join(self.axes)})"

    @property
    def plot(self) -> SweepPlots:
        """The figures of the sweep: ``plot.training()`` and ``comparison()``."""
        return SweepPlots(self)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """All steps of all runs that can be read, with the axes as columns."""
        begun = self.runs[self.runs["state"].isin(["complete", "unfinished"])]
        frames = []
        for _, row in begun.iterrows():
            steps = load_results(self.folder / row["run"]).steps
            where = pd.DataFrame({name: [row[name]] * len(steps) for name in (*self.axes, "run")}, index=steps.index)
            frames.append(pd.concat([where, steps], axis=1))
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*self.axes, "run"])

    def statistics(self, column: str, by: str | list[str] | None = None) -> pd.DataFrame:
        """Mean, standard error, least, largest and number of the runs that are complete, at each point of some axes.

        The number is that of the seeds where nothing else is averaged over.

        Args:
            column: of ``runs``, such as ``test_accuracy``.
            by: the axes; all but the seeds unless set. What isn't named is averaged over.

        Raises:
            KeyError: there is no such column or axis.
        """
        axes = [axis for axis in self.axes if axis != "seed"] if by is None else [by] if isinstance(by, str) else by
        if strange := [name for name in (column, *axes) if name not in self.runs]:
            raise KeyError(f"found no column {strange[0]!r}; there are {', '.join(map(str, self.runs.columns))}")
        done = self.runs[self.runs["state"] == "complete"]
        groups: Any = done.groupby(axes or (lambda _: "all"), dropna=False, sort=False)[column]
        found: pd.DataFrame = groups.agg(mean="mean", stderr="sem", min="min", max="max", runs="count")
        return found


def load_sweep(folder: Path | str) -> SweepResults:
    """Read a sweep; nothing is changed, and processes that work on its runs aren't disturbed.

    A run that can't be read is warned of, and left out of the statistics.

    Args:
        folder: the sweep's, such as ``results/plane-seeds``.

    Raises:
        RecordError: it isn't the folder of a sweep.
    """
    folder = Path(folder)
    if not (folder / SWEEP).is_file():
        reason = f"there is no {SWEEP}, so this isn't the folder of a sweep"
        raise RecordError(folder, reason, "name the one that sggd sweep has told, such as results/plane-seeds")
    try:
        plan = json.loads((folder / SWEEP).read_text(encoding="utf-8"))
        axes = tuple(plan["axes"])
        runs = {run: {axis: where[axis] for axis in axes} for run, where in plan["runs"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RecordError(
            folder / SWEEP, f"can't be read ({error})", "start the sweep again, which writes it"
        ) from error
    rows = [{**where, **_row(folder / run)} for run, where in runs.items()]
    frame = pd.DataFrame(rows, columns=list(dict.fromkeys(name for row in rows for name in row)))
    return SweepResults(folder, axes, frame)


def _row(run: Path) -> dict[str, Any]:
    """State and last step of a run."""
    if not run.exists():
        return {"run": run.name, "state": "not begun"}
    try:
        if not (run / LEDGER).exists():  # its tables may be left
            results = load_results(run)
            state, steps = results.complete, results.steps.tail(1)
            row: dict[str, Any] = {str(name): steps[name].iloc[0] for name in steps} if len(steps) else {}
        else:
            with LedgerReader.open(run / LEDGER) as ledger:
                state, row = ledger.is_complete, ledger.last_row() or {}
    except RecordError as error:
        warnings.warn(f"left out: {error}", stacklevel=4)
        return {"run": run.name, "state": "unreadable"}
    return {"run": run.name, "state": "complete" if state else "unfinished", **row}
