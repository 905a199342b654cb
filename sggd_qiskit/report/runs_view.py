"""What the page shows of runs together, such as those of a sweep."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sggd_qiskit.figures.comparison import MOST_CURVES, comparison_figure, means_figure
from sggd_qiskit.report.numbers import is_number, last, plain, with_error
from sggd_qiskit.report.reading import FoundRun, FoundRuns
from sggd_qiskit.report.run_view import Card, RunView
from sggd_qiskit.report.svg import Drawings
from sggd_qiskit.report.tables import Cell, Table

_COLUMNS = {"test_accuracy": "test accuracy", "train_accuracy": "train accuracy", "cost": "cost", "penalty": "penalty"}
_MOST_FIGURES = 4


@dataclass(frozen=True)
class RunsView:
    """Runs together as the page shows them."""

    title: str
    states: str
    wrong: tuple[str, ...]
    statistics: Table | None
    cards: tuple[Card, ...]
    table: Table
    runs: tuple[RunView, ...]
    anchors: tuple[str, ...]


def runs_view(found: FoundRuns, views: Sequence[RunView], anchors: Sequence[str], drawings: Drawings) -> RunsView:
    """Compare runs.

    Args:
        found: what was read of them.
        views: of those that are shown in detail.
        anchors: of all, empty for those that are not.
        drawings: of the page.
    """
    states = Counter(run.state for run in found.runs)
    by = [axis for axis in found.axes if axis != "seed"]
    return RunsView(
        found.folder.resolve().name if found.sweep is not None or found.wrong else "Runs",
        ", ".join(f"{count:,} {state}" for state, count in states.items()),
        found.wrong,
        _statistics(found, by) if found.sweep is not None else None,
        tuple(_cards(found, by, drawings)),
        _table(found),
        tuple(views),
        tuple(anchors),
    )


def _statistics(found: FoundRuns, by: list[str]) -> Table | None:
    """Mean and standard error over the runs that are complete, at each point of the axes."""
    if found.sweep is None or not (found.sweep.runs["state"] == "complete").any():
        return None
    columns = {name: title for name, title in _COLUMNS.items() if _some(found.sweep.runs, name)}
    tables = [found.sweep.statistics(name) for name in columns]
    rows = []
    for place, where in enumerate(tables[0].index if tables else ()):
        cells = [_coordinate(value) for value in (where if isinstance(where, tuple) else (where,))] if by else []
        for name, table in zip(columns, tables, strict=True):
            mean, stderr = table["mean"].iloc[place], table["stderr"].iloc[place]
            cells.append(_estimate(mean, stderr, name))
        rows.append((*cells, _estimate(int(tables[0]["runs"].iloc[place]), None, "runs")))
    return Table((*by, *columns.values(), "runs"), tuple(rows))


def _cards(found: FoundRuns, by: list[str], drawings: Drawings) -> Iterator[Card]:
    if found.sweep is None:
        return
    done = found.sweep.runs[found.sweep.runs["state"] == "complete"]
    column = "test_accuracy" if _some(done, "test_accuracy") else "cost"
    if by and _some(done, column):
        caption = f"{_COLUMNS[column].capitalize()}: each run, mean and standard error"
        yield Card(caption, drawings.draw(comparison_figure(done, by, column), caption))
    steps = _steps(found.runs)
    for name in ("cost", "penalty", "test_accuracy"):
        if _some(steps, name):
            yield from _mean_cards(steps, by, name, drawings)


def _mean_cards(steps: pd.DataFrame, by: list[str], column: str, drawings: Drawings) -> Iterator[Card]:
    """The curves of all points of the axes, so many in a figure as have a colour."""
    parts = [part for _, part in steps.groupby(by, dropna=False, sort=False)] if by else [steps]
    pages = [parts[k : k + MOST_CURVES] for k in range(0, len(parts), MOST_CURVES)]
    title = f"{_COLUMNS[column].capitalize()}: mean over the runs and its standard error"
    for number, page in enumerate(pages[:_MOST_FIGURES]):
        caption = title + (f" ({number + 1} of {len(pages)})" if len(pages) > 1 else "")
        yield Card(caption, drawings.draw(means_figure(pd.concat(page), by, column, 150), caption))
    if len(pages) > _MOST_FIGURES:
        reason = f"{len(parts)} curves are too many for figures; choose axes with load_sweep(…).plot.training(by=…)"
        yield Card(title, reason=reason)


def _steps(runs: Sequence[FoundRun]) -> pd.DataFrame:
    """All steps of runs whose tables can be read, with the axes as columns."""
    frames = []
    for run in runs:
        if len(run.results.steps):
            numbers = run.results.steps[["step", *(name for name in _COLUMNS if name in run.results.steps)]]
            frames.append(numbers.assign(**{str(axis): value for axis, value in run.axes.items()}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of columns that some runs have no numbers in
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _table(found: FoundRuns) -> Table:
    """A row per run."""
    axes, shown = found.axes, {n: t for n, t in _COLUMNS.items() if any(_some(r.results.steps, n) for r in found.runs)}
    rows = []
    for run in found.runs:
        steps = run.results.steps
        cells = [_coordinate(run.axes.get(axis, "–")) for axis in axes]
        cells += [Cell(run.state), _estimate(len(steps), None, "steps")]
        cells += [_estimate(last(steps, name), last(steps, f"{name}_stderr"), name) for name in shown]
        rows.append((Cell(run.folder.name), *cells))
    return Table(("run", *axes, "state", "steps", *shown.values()), tuple(rows))


def _estimate(value: Any, stderr: Any, name: str) -> Cell:
    number = value.item() if hasattr(value, "item") else value
    if isinstance(number, int):
        return Cell(plain(number), number)
    percent = name.endswith("_accuracy")
    return Cell(
        with_error(number, None if stderr is None else float(stderr), percent=percent),
        number if is_number(number) else None,
    )


def _coordinate(value: Any) -> Cell:
    value = value.item() if hasattr(value, "item") else value
    return Cell(str(value), value if is_number(value) else None)


def _some(frame: pd.DataFrame, column: str) -> bool:
    return column in frame and bool(frame[column].notna().any())
