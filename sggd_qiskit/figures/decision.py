"""What a network answers, over its features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.figures.curves import thinned
from sggd_qiskit.figures.style import (
    CLASSES,
    DIVERGING,
    INK,
    MARKERS,
    MOST_CLASSES,
    PAPER,
    TINTS,
    empty_figure,
    legend_above,
    panels,
    quiet,
    shown,
    styled,
)

_MOST_DOTS = 250  # of a class


def decision_figure(
    predictions: pd.DataFrame, grid: pd.DataFrame, features: Sequence[str], classes: Sequence[object]
) -> Figure:
    """The outputs over two features as colours, and the training points on them.

    Args:
        predictions: the data points, as in `Results.predictions`.
        grid: what `predict` says of points on a square lattice, the first feature running fastest.
        features: the names of the two.
        classes: the labels, in the order of the outputs.
    """
    if len(classes) > MOST_CLASSES:
        return empty_figure(f"There are {len(classes)} classes; a map shows up to {MOST_CLASSES}.")
    side = round(len(grid) ** 0.5)
    x, y = (grid[name].to_numpy().reshape(side, side) for name in features)
    with styled():
        figure, (axes,) = panels(1)
        axes.grid(visible=False)
        if "output" in grid:
            _two_classes(figure, axes, (x, y, grid["output"].to_numpy().reshape(side, side)))
        else:
            outputs = [grid[f"output_{name}"].to_numpy().reshape(side, side) for name in classes]
            _several(axes, x, y, np.stack(outputs))
        train = predictions[predictions["split"] == "train"]
        for number, name in enumerate(classes):
            own = train[train["label"] == name]
            _dots(axes, own[features[0]], own[features[1]], number, name)
        axes.set(xlabel=shown(features[0]), ylabel=shown(features[1]), xlim=(x.min(), x.max()), ylim=(y.min(), y.max()))
        if _alike(np.ptp(x), np.ptp(y)):
            axes.set_aspect("equal")
        legend_above(axes, 2)
    return figure


def output_figure(predictions: pd.DataFrame, feature: str, classes: Sequence[object]) -> Figure:
    """The outputs over one feature, with their standard errors: training points filled, test points as a line.

    Args:
        predictions: the data points, as in `Results.predictions`.
        feature: its name.
        classes: the labels, in the order of the outputs.
    """
    with styled():
        figure, (axes,) = panels(1)
        columns = {"output": None} if "output" in predictions else {f"output_{name}": name for name in classes}
        for number, column in enumerate(list(columns)[:MOST_CLASSES]):
            test = predictions[predictions["split"] == "test"].sort_values(feature)
            test = test.iloc[thinned(len(test))]
            colour = INK if columns[column] is None else CLASSES[number]
            axes.plot(test[feature], test[column], color=colour, linewidth=1.2)
            error = test[f"{column}_stderr"]
            if error.gt(0).any():
                low, high = test[column] - error, test[column] + error
                axes.fill_between(test[feature], low, high, color=colour, alpha=0.2, linewidth=0)
            train = predictions[predictions["split"] == "train"]
            for place, name in enumerate(classes[:MOST_CLASSES]):
                own = train[train["label"] == name]
                if columns[column] in {None, name}:
                    _dots(axes, own[feature], own[column], place, name)
        axes.set(xlabel=shown(feature), ylabel="output")
        axes.locator_params(axis="x", nbins=6)
        legend_above(axes, 2)
    return figure


def _two_classes(figure: Figure, axes: Axes, map_: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    x, y, output = map_
    bound = max(1.0, float(np.abs(output).max()))
    colours = [colour.light for colour in DIVERGING]
    levels = np.linspace(-bound, bound, len(colours) + 1)
    axes.set_facecolor(colours[0])
    # Each colour over all of the one before, so that there are no gaps between them.
    for level, colour in zip(levels[1:-1], colours[1:], strict=True):
        if output.max() > level:
            axes.contourf(x, y, output, [level, np.inf], colors=[colour])
    if output.min() < 0 < output.max():
        axes.contour(x, y, output, [0.0], colors=[INK], linewidths=1.2)
    scale = ScalarMappable(BoundaryNorm(levels, len(colours)), ListedColormap(colours))
    bar = figure.colorbar(scale, ax=axes, ticks=[-bound, 0, bound], shrink=0.9, aspect=16, format="%.3g")
    bar.set_label("output")
    bar.outline.set_visible(False)  # type: ignore[operator, unused-ignore]
    bar.minorticks_off()
    quiet(bar.ax)


def _several(axes: Axes, x: FloatArray, y: FloatArray, outputs: FloatArray) -> None:
    """Each class where its output is the largest."""
    for number in range(len(outputs)):
        margin = outputs[number] - np.delete(outputs, number, axis=0).max(axis=0)
        if margin.max() > 0:
            axes.contourf(x, y, margin, [0, np.inf], colors=[TINTS[number]])
            axes.contour(x, y, margin, [0.0], colors=[INK], linewidths=0.8)


def _dots(axes: Axes, x: pd.Series[float], y: pd.Series[float], number: int, name: object) -> None:
    rows = thinned(len(x), _MOST_DOTS)
    axes.plot(
        x.to_numpy()[rows],
        y.to_numpy()[rows],
        MARKERS[number],
        color=CLASSES[number],
        markeredgecolor=PAPER,
        markeredgewidth=0.6,
        markersize=4.5,
        label=f"\N{ZERO WIDTH SPACE}{shown(name)}",
    )


def _alike(one: float, other: float) -> bool:
    """Whether two ranges are on one scale."""
    return bool(0.5 < one / other < 2) if other else False
