"""Figures of landscapes, random gradients and ranks, as SVG."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sggd_qiskit.explore.sections import Landscape
from sggd_qiskit.figures.style import ShownFigure

_COLOURS = ("#0072b2", "#d55e00")  # told apart by colour-blind readers
_LABELS = {"none": "unguided", "penalty": "with penalty", "twirled": "twirled cost", "enhanced": "enhanced data"}


def write_svg(figure: Figure, file: BinaryIO) -> None:
    """Write a figure, the same bytes for the same figure, its text as text."""
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "sggd"}):
        figure.savefig(file, format="svg", metadata={"Date": None})


def landscape_figure(found: Landscape) -> Figure:
    """Cost and norm of the gradient: curves along one axis, maps over two."""
    return _curves(found) if len(found.axes) == 1 else _maps(found)


def _curves(found: Landscape) -> Figure:
    figure = ShownFigure(figsize=(7.2, 3.0), layout="constrained")
    cost, norm = figure.subplots(1, 2)
    (axis,) = found.axes
    for colour, (way, part) in zip(_COLOURS, found.table.groupby("way", sort=False), strict=False):
        label = _LABELS.get(str(way), str(way))
        style = "--" if way == "none" else "-"
        cost.plot(part[axis], part.cost, style, color=colour, label=label)
        norm.plot(part[axis], part.gradient_norm, style, color=colour, label=label)
        if part.penalty.notna().all():
            cost.plot(part[axis], part.weight * part.penalty, ":", color="#555555", label="λ · penalty")
    cost.set_ylabel("cost")
    norm.set_ylabel("norm of the gradient")
    for axes in (cost, norm):
        axes.set_xlabel(f"{axis} (radians)")
    cost.legend(frameon=False, fontsize="small")
    return figure


def _maps(found: Landscape) -> Figure:
    ways = list(dict.fromkeys(found.table.way))
    figure = ShownFigure(figsize=(7.2, 2.9 * len(ways)), layout="constrained")
    first, second = found.axes
    for panels, way in zip(figure.subplots(len(ways), 2, squeeze=False), ways, strict=True):
        part = found.table[found.table.way == way]
        for axes, name in zip(panels, ("cost", "gradient_norm"), strict=True):
            grid = part.pivot_table(index=second, columns=first, values=name)
            extent = (grid.columns[0], grid.columns[-1], grid.index[0], grid.index[-1])
            image = axes.imshow(grid.to_numpy(), origin="lower", extent=extent, aspect="auto", cmap="viridis")
            figure.colorbar(image, ax=axes)
            what = "cost" if name == "cost" else "norm of the gradient"
            axes.set(
                title=f"{_LABELS.get(way, way)}: {what}", xlabel=f"{first} (radians)", ylabel=f"{second} (radians)"
            )
            axes.title.set_fontsize("medium")
    return figure


def gradients_figure(table: pd.DataFrame, summary: pd.DataFrame, threshold: float) -> Figure:
    """Norms of random gradients, as shares below each value, and, for several numbers of qubits, the variance.

    Args:
        table: from `random_gradients`.
        summary: from `gradient_summary`.
        threshold: that was counted by.
    """
    several = summary.qubits.nunique() > 1
    figure = ShownFigure(figsize=(7.2 if several else 4.2, 3.0), layout="constrained")
    panels = figure.subplots(1, 2 if several else 1, squeeze=False)[0]
    last = int(summary.qubits.iloc[-1])
    for colour, way in zip(_COLOURS, dict.fromkeys(table.way), strict=False):
        label, style = _LABELS.get(way, way), "--" if way == "none" else "-"
        norms = table.gradient_norm[(table.way == way) & (table.qubits == last)]
        panels[0].ecdf(norms, color=colour, linestyle=style, label=label)
        if several:
            part = summary[summary.way == way]
            _errors(panels[1], part, colour, label)
    panels[0].axvline(threshold, color="#555555", linestyle=":", label="threshold")
    panels[0].set(xlabel="norm of the gradient", ylabel=f"share of random θ below ({last} qubits)")
    panels[0].legend(frameon=False, fontsize="small")
    if several:
        panels[1].set(xlabel="qubits", ylabel="Var ∂C/∂θ", yscale="log")
        panels[1].legend(frameon=False, fontsize="small")
    return figure


def _errors(axes: Axes, part: pd.DataFrame, colour: str, label: str) -> None:
    marker = "s--" if label == "unguided" else "o-"
    axes.errorbar(
        part.qubits, part.variance, part.variance_stderr, fmt=marker, ms=4, color=colour, capsize=2, label=label
    )


def rank_figure(table: pd.DataFrame) -> Figure:
    """The penalty of each ansatz at random θ, 5 to 95 and 25 to 75 %; beside it the accuracy over the mean penalty."""
    trained = "accuracy" in table
    figure = ShownFigure(figsize=(7.2 if trained else 4.6, 0.9 + 0.35 * max(4, len(table))), layout="constrained")
    panels = figure.subplots(1, 2 if trained else 1, squeeze=False)[0]
    places = np.arange(len(table))[::-1]
    panels[0].hlines(places, table.penalty_q05, table.penalty_q95, color=_COLOURS[0], linewidth=1)
    panels[0].hlines(places, table.penalty_q25, table.penalty_q75, color=_COLOURS[0], linewidth=5, alpha=0.6)
    panels[0].plot(table.penalty, places, "o", color="black", ms=4, label="mean")
    panels[0].plot(table.lowest, places, "|", color=_COLOURS[1], ms=10, label="lowest trained")
    panels[0].set_yticks(places, table.name)
    panels[0].set(xlabel="penalty", ylim=(-0.7, len(table) - 0.3))
    panels[0].legend(frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    if trained:
        error = {"xerr": table.penalty_stderr, "yerr": 100 * table.accuracy_stderr}
        panels[1].errorbar(table.penalty, 100 * table.accuracy, fmt="o", color=_COLOURS[0], capsize=2, **error)
        for name, x, y in zip(table.name, table.penalty, 100 * table.accuracy, strict=True):
            panels[1].annotate(name, (x, y), (4, 4), textcoords="offset points", fontsize="small")
        panels[1].margins(x=0.2)
        panels[1].set(xlabel="mean penalty at random θ", ylabel="test accuracy (%)")
    return figure
