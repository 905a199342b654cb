"""The figures of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sggd_qiskit.sweep.results import SweepResults


@dataclass(frozen=True)
class SweepPlots:
    """The figures of a sweep, each a `matplotlib.figure.Figure` of its own that pyplot doesn't know of."""

    results: SweepResults

    def training(self, column: str = "cost", by: list[str] | None = None) -> Figure:
        """The mean of a column at each step with its standard error, at each point of some axes, the first eight.

        Args:
            column: of the steps.
            by: the axes; all but the seeds unless set.
        """
        from sggd_qiskit.figures.comparison import means_figure

        return means_figure(self.results.steps, self._axes(by), column)

    def comparison(
        self, column: str = "test_accuracy", by: list[str] | None = None, along: str | None = None
    ) -> Figure:
        """A column of the complete runs' last steps, and its mean with its standard error, at each point of some axes.

        Args:
            column: of the runs.
            by: the axes; all but the seeds unless set.
            along: an axis of numbers, with a curve for each point of the others; rows unless set or the only axis.

        Raises:
            KeyError: there is no axis ``along``.
        """
        from sggd_qiskit.figures.comparison import comparison_figure

        runs = self.results.runs
        return comparison_figure(runs[runs["state"] == "complete"], self._axes(by), column, along)

    def _axes(self, by: list[str] | None) -> list[str]:
        return [axis for axis in self.results.axes if axis != "seed"] if by is None else by
