"""A training: its cost and the terms of it, accuracy and gradient, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sggd_qiskit.figures.curves import MOST_POINTS, curve
from sggd_qiskit.figures.style import (
    CLASSES,
    INK,
    empty_figure,
    in_percent,
    legend_above,
    panels,
    shown,
    steps_along,
    styled,
)

ORANGE, BLUE, GREEN, PURPLE = CLASSES[:4]


def training_panels(steps: pd.DataFrame) -> tuple[str, ...]:
    """Names of the panels for which there are numbers: ``cost``, ``terms``, ``accuracy``, ``gradient``."""
    return tuple(name for name, (columns, _) in _PANELS.items() if any(_has(steps, column) for column in columns))


def training_figure(steps: pd.DataFrame, names: Sequence[str] | None = None, most: int = MOST_POINTS) -> Figure:
    """The curves of a training, with their standard errors.

    Args:
        steps: a row per step, as in `Results.steps`.
        names: of panels; all for which there are numbers unless given.
        most: points that are drawn of each curve.
    """
    names = training_panels(steps) if names is None else names
    if not names:
        return empty_figure("No step is recorded yet.")
    with styled():
        figure, axes = panels(len(names))
        for name, panel in zip(names, axes, strict=True):
            _PANELS[name][1](panel, steps, most)
            steps_along(panel)
            legend_above(panel)
    return figure


def _has(steps: pd.DataFrame, column: str) -> bool:
    return column in steps and bool(steps[column].notna().any())


def _draw(axes: Axes, steps: pd.DataFrame, column: str, most: int, *, colour: str, label: str) -> None:
    if _has(steps, column):
        stderr = steps.get(f"{column}_stderr")
        curve(axes, steps["step"], steps[column], stderr, colour=colour, label=label, most=most)


def _cost(axes: Axes, steps: pd.DataFrame, most: int) -> None:
    _draw(axes, steps, "cost", most, colour=INK, label="cost")
    axes.set_ylabel("cost")


def _terms(axes: Axes, steps: pd.DataFrame, most: int) -> None:
    _draw(axes, steps, "cost", most, colour=INK, label="cost")
    _draw(axes, steps, "data_term", most, colour=BLUE, label="data term")
    _draw(axes, steps, "penalty", most, colour=ORANGE, label=f"penalty ({_weights(steps)})")
    others = [
        name for name in map(str, steps) if name.startswith("term_") and not name.endswith(("_stderr", "_weight"))
    ]
    for name, colour in zip(others, [GREEN, PURPLE, *CLASSES[4:]], strict=False):
        _draw(axes, steps, name, most, colour=colour, label=shown(name.removeprefix("term_")))
    axes.set_ylabel("cost and its terms")


def _weights(steps: pd.DataFrame) -> str:
    weights = steps["weight"].dropna() if "weight" in steps else pd.Series(dtype=float)
    if weights.empty:
        return "no λ"
    first, last = weights.iloc[0], weights.iloc[-1]
    return f"λ = {first:.3g}" if first == last else f"λ from {first:.3g} to {last:.3g}"


def _accuracy(axes: Axes, steps: pd.DataFrame, most: int) -> None:
    _draw(axes, steps, "train_accuracy", most, colour=BLUE, label="training")
    _draw(axes, steps, "test_accuracy", most, colour=ORANGE, label="test")
    axes.set_ylabel("accuracy")
    in_percent(axes.yaxis)


def _gradient(axes: Axes, steps: pd.DataFrame, most: int) -> None:
    _draw(axes, steps, "gradient_norm", most, colour=PURPLE, label="|∇C|")
    axes.set_ylabel("norm of the gradient")


_Panel = Callable[[Axes, pd.DataFrame, int], None]
_PANELS: dict[str, tuple[tuple[str, ...], _Panel]] = {
    "cost": (("cost",), _cost),
    "terms": (("penalty",), _terms),
    "accuracy": (("train_accuracy", "test_accuracy"), _accuracy),
    "gradient": (("gradient_norm",), _gradient),
}
