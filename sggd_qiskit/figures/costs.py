"""What a training has taken: QPU seconds, shots and time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from sggd_qiskit.figures.curves import curve
from sggd_qiskit.figures.style import CLASSES, empty_figure, panels, quiet, steps_along, styled

_COLUMNS = {"qpu_seconds": ("QPU seconds", 0), "shots": ("shots", 2), "wall_seconds": ("seconds of this machine", 1)}


def costs_panels(steps: pd.DataFrame) -> tuple[str, ...]:
    """Names of the panels for which there are numbers: ``qpu_seconds``, ``shots``, ``wall_seconds``."""
    return tuple(name for name in _COLUMNS if name in steps and steps[name].fillna(0).gt(0).any())


def costs_figure(steps: pd.DataFrame, rate: float | None = None, names: Sequence[str] | None = None) -> Figure:
    """QPU seconds, shots and time up to each step, those of which there are any.

    Args:
        steps: a row per step, as in `Results.steps`.
        rate: price of a QPU second, for a second scale.
        names: of panels; all for which there are numbers unless given.
    """
    names = costs_panels(steps) if names is None else names
    if not names:
        return empty_figure("Nothing is recorded yet.")
    with styled():
        figure, axes = panels(len(names), columns=3)
        for name, panel in zip(names, axes, strict=True):
            label, colour = _COLUMNS[name]
            spent = steps[name].fillna(0).cumsum()
            curve(panel, steps["step"], spent, None, colour=CLASSES[colour], label=label)
            panel.set(ylabel=f"{label}, in all", ylim=(0, None))
            steps_along(panel)
            if name == "shots":
                panel.yaxis.set_major_formatter(EngFormatter(sep=" "))
            if name == "qpu_seconds" and rate is not None:
                price = panel.twinx()
                price.set(ylabel="price", ylim=tuple(rate * limit for limit in panel.get_ylim()))
                price.grid(visible=False)
                quiet(price)
    return figure
