"""The cost over one or two parameters, and the way of a training through it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.figures.curves import thinned
from sggd_qiskit.figures.style import CLASSES, INK, PAPER, SEQUENTIAL, legend_above, panels, quiet, shown, styled

_TURNS = {-2 * np.pi: "−2π", -np.pi: "−π", 0.0: "0", np.pi: "π", 2 * np.pi: "2π"}


@dataclass(frozen=True, eq=False)
class Landscape:
    """The cost on a lattice of θ.

    Attributes:
        names: of the parameters, one or two.
        ranges: values of each parameter, radians.
        parts: ``cost``, ``data term`` and each further term times its λ, of shape (first parameter,) or (first, second).
    """

    names: tuple[str, ...]
    ranges: tuple[FloatArray, ...]
    parts: dict[str, FloatArray]


def landscape_figure(landscape: Landscape, steps: pd.DataFrame) -> Figure:
    """The landscape, and on it θ and cost of the steps, with a ring where the training ended."""
    steps = steps[steps["theta"].notna() & steps["cost"].notna()]
    steps = steps.iloc[thinned(len(steps))]
    path = np.array(steps["theta"].tolist(), dtype=np.float64).reshape(len(steps), len(landscape.names))
    with styled():
        figure, (axes,) = panels(1)
        if len(landscape.names) == 1:
            _line(axes, landscape, path, steps["cost"].to_numpy())
        else:
            _map(figure, axes, landscape, path)
        axes.set_xlabel(shown(landscape.names[0]))
        _in_turns(axes, landscape.ranges)
        legend_above(axes, 2)
    return figure


def _line(axes: Axes, landscape: Landscape, path: FloatArray, cost: FloatArray) -> None:
    (across,) = landscape.ranges
    for (name, values), colour in zip(
        landscape.parts.items(), [INK, CLASSES[1], CLASSES[0], *CLASSES[2:]], strict=False
    ):
        axes.plot(across, values, color=colour, linestyle="-" if name == "cost" else "--", label=shown(name))
    if len(path):
        axes.plot(path[:, 0], cost, "o", color=CLASSES[3], markersize=3, label="steps", alpha=0.7)
        axes.plot(path[-1:, 0], cost[-1:], "o", color=PAPER, markeredgecolor=CLASSES[3], markersize=6, label="end")
    axes.set_ylabel("cost")


def _map(figure: Figure, axes: Axes, landscape: Landscape, path: FloatArray) -> None:
    first, second = landscape.ranges
    axes.grid(visible=False)
    cost = landscape.parts["cost"].T
    low, high = float(cost.min()), float(cost.max())
    levels = np.linspace(low, high if high > low else low + 1, len(SEQUENTIAL) + 1)
    filled = axes.contourf(first, second, cost, levels, colors=[colour.light for colour in SEQUENTIAL])
    bar = figure.colorbar(filled, ax=axes, shrink=0.9, aspect=16, format="%.3g", ticks=levels[::4])
    bar.set_label("cost")
    quiet(bar.ax)
    bar.outline.set_visible(False)  # type: ignore[operator, unused-ignore]
    if len(path):
        axes.plot(*path.T, color=CLASSES[0], marker="o", markersize=2, linewidth=1, label="steps")
        axes.plot(*path[-1:].T, "o", color=PAPER, markeredgecolor=CLASSES[0], markersize=6, label="end")
    axes.set_ylabel(shown(landscape.names[1]))


def _in_turns(axes: Axes, ranges: tuple[FloatArray, ...]) -> None:
    """Ticks at multiples of π."""
    for axis, values in zip((axes.xaxis, axes.yaxis), ranges, strict=False):
        ticks = {place: name for place, name in _TURNS.items() if values[0] - 1e-9 <= place <= values[-1] + 1e-9}
        axis.set_ticks(list(ticks), list(ticks.values()))
