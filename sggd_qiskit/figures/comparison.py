"""The runs of a sweep beside each other: means with their standard errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sggd_qiskit.figures.curves import MOST_POINTS, curve
from sggd_qiskit.figures.style import (
    CLASSES,
    INK,
    MUTED,
    PAPER,
    WIDE,
    empty_figure,
    in_percent,
    legend_over,
    panels,
    shown,
    steps_along,
    styled,
)

MOST_CURVES = len(CLASSES)
_DECADES = 100  # between the least and the largest of an axis that is better logarithmic
_LONGEST = 32  # letters of a name


def means_figure(steps: pd.DataFrame, by: Sequence[str], column: str, most: int = MOST_POINTS) -> Figure:
    """The mean of a column over runs at each step, a curve with a band for each point of the axes.

    Args:
        steps: of all runs, with the axes as columns, as in `SweepResults.steps`.
        by: the axes; all runs together without any.
        column: such as ``cost``.
        most: points that are drawn of each curve.
    """
    if column not in steps or steps[column].isna().all():
        return empty_figure(f"There are no values of {shown(column)} yet.")
    with styled():
        figure, (axes,) = panels(1, size=WIDE)
        for (name, part), colour in zip(_groups(steps, by), CLASSES, strict=False):
            found = part.dropna(subset=[column]).groupby("step")[column].agg(["mean", "sem"])
            if len(found):
                label = shown(name, _LONGEST)
                curve(axes, found.index, found["mean"], found["sem"], colour=colour, label=label, most=most)
        axes.set_ylabel(column.replace("_", " "))
        steps_along(axes)
        _percent(axes.yaxis, column)
        legend_over(figure)
    return figure


def comparison_figure(runs: pd.DataFrame, by: Sequence[str], column: str, along: str | None = None) -> Figure:
    """A column of the last steps: a dot for each run, and mean and standard error at each point of the axes.

    Row by row, or along an axis of numbers, with a curve for each point of the others, the first eight.

    Args:
        runs: a row per run, as in `SweepResults.runs`.
        by: the axes.
        column: such as ``test_accuracy``.
        along: the axis of numbers; the only axis if that is one, unless set.
    """
    if column not in runs or runs[column].isna().all():
        return empty_figure(f"There are no values of {shown(column)} yet.")
    runs = runs.dropna(subset=[column])
    if along is None and len(by) == 1 and _are_numbers(runs[by[0]]):
        along = by[0]
    with styled():
        return _rows(runs, by, column) if along is None else _along(runs, [a for a in by if a != along], column, along)


def _are_numbers(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and values.dtype != bool


def _along(runs: pd.DataFrame, by: Sequence[str], column: str, along: str) -> Figure:
    figure, (axes,) = panels(1, size=WIDE)
    colours = CLASSES if by else [CLASSES[1]]
    for (name, part), colour in zip(_groups(runs, by), colours, strict=False):
        found = part.groupby(along)[column].agg(["mean", "sem"])
        ink, alpha = (colour, 0.15) if by else (MUTED, 0.4)
        axes.plot(part[along], part[column], "o", color=ink, alpha=alpha, markeredgewidth=0, markersize=4)
        curve(axes, found.index, found["mean"], found["sem"], colour=colour, label=shown(name, _LONGEST))
    axes.set(xlabel=shown(along), ylabel=column.replace("_", " "))
    _percent(axes.yaxis, column)
    values = runs[along]
    least = values[values > 0].min()
    if values.min() >= 0 and values.max() > _DECADES * least:
        if values.min() == 0:
            axes.set_xscale("symlog", linthresh=least)
            axes.set_xlim(left=-least / 2)
        else:
            axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    legend_over(figure)
    return figure


def _rows(runs: pd.DataFrame, by: Sequence[str], column: str) -> Figure:
    groups = list(_groups(runs, by))
    figure, (axes,) = panels(1, size=(WIDE[0], max(WIDE[1], 0.8 + 0.28 * len(groups))))
    for place, (_, part) in enumerate(groups):
        values = part[column].to_numpy()
        axes.plot(values, np.full(len(values), place), "o", color=MUTED, alpha=0.4, markeredgewidth=0, markersize=4.5)
        if len(values) > 1:
            error = values.std(ddof=1) / np.sqrt(len(values))
            axes.plot([values.mean() - error, values.mean() + error], [place, place], color=INK, linewidth=1.8)
        axes.plot([values.mean()], [place], "D", color=CLASSES[1], markeredgecolor=PAPER, markersize=6)
    axes.set_yticks(range(len(groups)), [shown(name, _LONGEST) for name, _ in groups])
    axes.tick_params(axis="y", labelcolor=INK, length=0)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(column.replace("_", " "))
    _percent(axes.xaxis, column)
    return figure


def _groups(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows at each point of the axes, in the order in which they stand."""
    if not by:
        yield "all runs", table
        return
    for where, part in table.groupby(list(by), dropna=False, sort=False):
        values = where if isinstance(where, tuple) else (where,)
        yield ", ".join(str(v) if isinstance(v, str) else f"{a} {v}" for a, v in zip(by, values, strict=True)), part


def _percent(axis: Axis, column: str) -> None:
    if column.endswith("_accuracy"):
        in_percent(axis)
