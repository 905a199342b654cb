"""The figures of a run."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sggd_qiskit.run.errors import RecordError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sggd_qiskit.data.dataset import Dataset
    from sggd_qiskit.run.results import Results


@dataclass(frozen=True)
class RunPlots:
    """The figures of a run, each a `matplotlib.figure.Figure` of its own that pyplot doesn't know of."""

    results: Results

    def training(self) -> Figure:
        """Cost, its terms, accuracies and gradient at each step, with their standard errors."""
        from sggd_qiskit.figures.training import training_figure

        return training_figure(self.results.steps)

    def costs(self) -> Figure:
        """QPU seconds, with their price if ``execution.rate`` is set, shots and time up to each step."""
        from sggd_qiskit.figures.costs import costs_figure

        return costs_figure(self.results.steps, self.results.config.get("execution", {}).get("rate"))

    def decision_map(self, points: int = 61) -> Figure:
        """What the trained network answers over its two features, without noise, and the training points.

        Over one feature: the outputs of the data points, as they were measured.

        Args:
            points: along each feature.

        Raises:
            RecordError: if the run isn't complete, or its data have other than one or two features.
            ConfigError: if the network can't be evaluated by linear algebra.
            DataError: if the configuration's data are gone.
        """
        from sggd_qiskit.figures.decision import decision_figure, output_figure

        found, features, classes = self._answers()
        if len(features) == 1:
            return output_figure(found, features[0], classes)
        from sggd_qiskit.run.predict import predict

        spans = [np.linspace(*_margins(found[name]), points) for name in features]
        lattice = pd.DataFrame([(x, y) for y, x in product(spans[1], spans[0])], columns=features)
        return decision_figure(found, predict(self.results, lattice, backend="exact"), features, classes)

    def landscape(self, points: int | None = None, dataset: Dataset | None = None) -> Figure:
        """The cost over one or two parameters, and the steps of the training.

        Args:
            points: values of each parameter; 181 for one and 41 for two unless given.
            dataset: that was trained on, if it was handed over from Python.

        Raises:
            ConfigError: if there are more than two parameters, or the configuration can't be evaluated.
            DataError: if the configuration's data are gone.
        """
        from sggd_qiskit.figures.landscape import landscape_figure
        from sggd_qiskit.run.landscape import run_landscape

        return landscape_figure(run_landscape(self.results, points, dataset), self.results.steps)

    def _answers(self) -> tuple[pd.DataFrame, list[str], list[Any]]:
        """Predictions, names of the features and classes."""
        place, found = self.results.folder or Path("results"), self.results.predictions
        if found is None:
            raise RecordError(place, "there are no predictions, since the run isn't complete", "let it come to its end")
        features, classes = self.results.manifest.get("features", []), self.results.manifest.get("classes", [])
        if len(features) not in {1, 2}:
            raise RecordError(
                place, f"the data have {len(features)} features; a map shows one or two", "look at results.predictions"
            )
        return found, list(features), list(classes)


def _margins(values: pd.Series[float]) -> tuple[float, float]:
    """A little more than the values take."""
    low, high = float(values.min()), float(values.max())
    margin = 0.03 * (high - low) or 1.0
    return low - margin, high + margin
