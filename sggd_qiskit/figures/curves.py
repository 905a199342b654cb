"""Curves with their standard errors."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from sggd_qiskit.aliases import FloatArray

MOST_POINTS = 300
_BARS = 40  # more points than these have a band in place of bars


def thinned(count: int, most: int = MOST_POINTS) -> slice | np.ndarray:
    """Rows that are drawn of so many: all, or ``most`` at equal distances, the last included."""
    return slice(None) if count <= most else np.unique(np.linspace(0, count - 1, most).round().astype(int))


def curve(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    stderr: ArrayLike | None,
    *,
    colour: str,
    label: str,
    most: int = MOST_POINTS,
) -> None:
    """Draw a curve, with bars of one standard error each way where it has few points, and a band where it has many.

    Args:
        axes: on which it is drawn.
        x: shape (point,).
        y: shape (point,); NaN is left out.
        stderr: shape (point,), None or zero without an error.
        colour: of all of it.
        label: in the legend.
        most: points that are drawn of it.
    """
    points = np.column_stack([np.asarray(values, dtype=np.float64) for values in (x, y)])
    error = np.zeros(len(points)) if stderr is None else np.nan_to_num(np.asarray(stderr, dtype=np.float64))
    known = np.isfinite(points).all(axis=1)
    points, error = points[known], error[known]
    rows = thinned(len(points), most)
    (across, up), error = points[rows].T, error[rows]
    few, certain = len(across) <= _BARS, not error.any()
    axes.plot(
        across,
        up,
        color=colour,
        # One with an underscore in front would have no place in the legend.
        label=f"\N{ZERO WIDTH SPACE}{label}",
        marker="o" if few and certain else None,
        markersize=3.2,
    )
    if few and not certain:
        axes.plot(*_bars(across, up, error), color=colour, linewidth=1.0)
    elif not certain:
        axes.fill_between(across, up - error, up + error, color=colour, alpha=0.2, linewidth=0)


def _bars(x: FloatArray, y: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """All bars as one line with gaps."""
    gap = np.full(len(x), np.nan)
    return np.column_stack([x, x, gap]).ravel(), np.column_stack([y - error, y + error, gap]).ravel()
