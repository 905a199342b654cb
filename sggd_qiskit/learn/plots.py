"""Pictures of a trained estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from sklearn.base import is_classifier
from sklearn.inspection import DecisionBoundaryDisplay


def plot_history(steps: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The cost and its terms over the steps, and the accuracy on a second axis where there is one."""
    axes = plt.subplots()[1] if ax is None else ax
    for name in ("cost", "data_term", "penalty"):
        column = steps[name].astype(float)
        if column.notna().any():
            (line,) = axes.plot(steps["step"], column, label=name.replace("_", " "))
            error = steps[f"{name}_stderr"].astype(float)
            axes.fill_between(steps["step"], column - error, column + error, color=line.get_color(), alpha=0.2)
    axes.set(xlabel="step", ylabel="cost")
    axes.legend(loc="upper left")
    found = steps["train_accuracy"].astype(float)
    if found.notna().any():
        beside = axes.twinx()
        beside.plot(steps["step"][found.notna()], found.dropna(), "k.:", label="train accuracy")
        beside.set(ylabel="accuracy", ylim=(0, 1.02))
        beside.legend(loc="lower right")
    return axes


def plot_decision_boundary(estimator: Any, X: Any, y: Any = None, ax: Axes | None = None, **arguments: Any) -> Axes:
    """What an estimator of two features predicts, and data points over it.

    Args:
        estimator: fitted.
        X: shape (data, 2).
        y: labels or values of the points.
        ax: where to draw; a new figure by default.
        arguments: of ``DecisionBoundaryDisplay.from_estimator``.
    """
    axes = plt.subplots()[1] if ax is None else ax
    options = {"response_method": "predict", "grid_resolution": 40, "alpha": 0.5, **arguments}
    DecisionBoundaryDisplay.from_estimator(estimator, X, ax=axes, **options)
    points = X.to_numpy() if isinstance(X, pd.DataFrame) else np.asarray(X)
    colors = None
    if y is not None:
        colors = np.searchsorted(estimator.classes_, y) if is_classifier(estimator) else np.asarray(y)
    axes.scatter(points[:, 0], points[:, 1], c=colors, edgecolor="black")
    return axes
