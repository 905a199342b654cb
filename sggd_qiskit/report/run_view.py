"""What the page shows of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from sggd_qiskit.config.identity import plain_yaml
from sggd_qiskit.figures.costs import costs_figure, costs_panels
from sggd_qiskit.figures.training import training_figure, training_panels
from sggd_qiskit.report.jobs_view import JobsView, jobs_view
from sggd_qiskit.report.numbers import last, moment, plain, seconds, with_error
from sggd_qiskit.report.reading import FoundRun
from sggd_qiskit.report.svg import Drawings
from sggd_qiskit.run.landscape import MOST_PARAMETERS

T = TypeVar("T")
_CAPTIONS = {
    "cost": "Cost",
    "terms": "Penalty beside the data term",
    "accuracy": "Accuracy",
    "gradient": "Norm of the gradient",
    "qpu_seconds": "QPU seconds",
    "shots": "Shots",
    "wall_seconds": "Time of the steps",
}
_MOST_LABELS = 30


@dataclass(frozen=True)
class Card:
    """A figure with its caption, or why there is none."""

    caption: str
    svg: Markup | None = None
    reason: str = ""


@dataclass(frozen=True)
class Detail:
    """How much is shown of a run.

    Attributes:
        points: of a curve.
        lattice: points of a map along each feature.
        whole: whether its jobs are listed, and the figures that a sweep leaves out are shown.
    """

    points: int = 300
    lattice: int = 51
    whole: bool = True


@dataclass(frozen=True)
class RunView:
    """A run as the page shows it."""

    anchor: str
    found: FoundRun
    where: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    confusion: tuple[list[str], list[tuple[str, list[tuple[int, float]]]]] | None
    jobs: JobsView | None
    config: str
    versions: tuple[tuple[str, str], ...]
    wrong: tuple[str, ...]


def run_view(found: FoundRun, anchor: str, drawings: Drawings, detail: Detail) -> RunView:
    """Draw what can be drawn of a run.

    Args:
        found: what was read of it.
        anchor: its place in the page.
        drawings: of the page.
        detail: how much is shown.
    """
    results = found.results
    wrong = list(found.wrong)
    jobs = _tried(
        lambda: jobs_view(results.jobs, results.config, found.spent, listed=detail.whole), None, "the jobs", wrong
    )
    return RunView(
        anchor,
        found,
        tuple((axis, str(value)) for axis, value in found.axes.items()),
        _tried(lambda: tuple(_facts(found, jobs)), (("state", found.state),), "the summary", wrong),
        _tried(lambda: tuple(_cards(found, drawings, detail)), (), "the figures", wrong),
        _tried(lambda: _confusion(found), None, "the predictions", wrong),
        jobs,
        _tried(lambda: plain_yaml(results.config) if results.config else "", "", "the configuration", wrong),
        _tried(lambda: tuple(_versions(results.manifest)), (), "the manifest", wrong),
        tuple(wrong),
    )


def _tried(make: Callable[[], T], otherwise: T, name: str, wrong: list[str]) -> T:
    """What is made; something else, and another line in ``wrong``, if what was read makes no sense."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - of a damaged run, the rest is shown
        wrong.append(f"{name} can't be shown ({type(error).__name__}: {error})")
        return otherwise


def _facts(found: FoundRun, jobs: JobsView | None) -> Iterator[tuple[str, str]]:
    """The summary: names and values."""
    results = found.results
    steps, config = results.steps, results.config
    yield "state", found.state
    planned = _at(config, "training", "steps")
    yield "steps", f"{len(steps):,}" + ("" if planned is None else f" of {planned + 1:,}")
    yield "cost", with_error(last(steps, "cost"), last(steps, "cost_stderr"))
    if last(steps, "penalty") is not None:
        yield "penalty", with_error(last(steps, "penalty"), last(steps, "penalty_stderr"))
    for name in ("test", "train"):
        value, error = last(steps, f"{name}_accuracy"), last(steps, f"{name}_accuracy_stderr")
        yield f"{name} accuracy", with_error(value, error, percent=True)
    guidance = _at(config, "cost", "guidance")
    yield "guidance", str(guidance.get("kind", guidance) if isinstance(guidance, dict) else guidance or "–")
    yield "backend", str(results.manifest.get("backend") or _at(config, "execution", "backend") or "–")
    if "shots" in steps and steps["shots"].sum() > 0:
        yield "shots", plain(int(steps["shots"].sum()))
    if jobs is not None and jobs.qpu_seconds:
        yield "QPU time", f"{jobs.qpu_seconds} s"
        if jobs.price:
            yield "price", jobs.price
    if "wall_seconds" in steps:
        yield "time of the steps", seconds(float(steps["wall_seconds"].sum()))


def _cards(found: FoundRun, drawings: Drawings, detail: Detail) -> Iterator[Card]:
    results = found.results
    steps, plot = results.steps, results.plot
    names = training_panels(steps)
    left_out = set() if detail.whole else {"gradient", "cost"} if "terms" in names else {"gradient"}
    for name in (name for name in names if name not in left_out):
        yield _card(_CAPTIONS[name], drawings, partial(training_figure, steps, [name], detail.points))
    features = results.manifest.get("features") or ()
    if results.predictions is not None and len(features) in {1, 2}:
        caption = "Decision map" if len(features) == 2 else "Outputs"
        yield _card(caption, drawings, lambda: plot.decision_map(detail.lattice))
    if 0 < len(results.theta) <= MOST_PARAMETERS:
        yield _card("Landscape", drawings, plot.landscape)
    for name in costs_panels(steps) if detail.whole else ():
        yield _card(
            _CAPTIONS[name], drawings, partial(costs_figure, steps, _at(results.config, "execution", "rate"), [name])
        )


def _card(caption: str, drawings: Drawings, figure: Callable[[], Figure]) -> Card:
    try:
        return Card(caption, drawings.draw(figure(), caption))
    except Exception as error:  # noqa: BLE001 - of a damaged run, or where its data are gone, the rest is shown
        return Card(caption, reason=str(error) or type(error).__name__)


def _confusion(found: FoundRun) -> tuple[list[str], list[tuple[str, list[tuple[int, float]]]]] | None:
    """Predicted labels, and from each label to counts and shares of the test points by them."""
    predictions = found.results.predictions
    if predictions is None or not {"label", "predicted_label", "split"} <= set(predictions):
        return None
    test = predictions[predictions["split"] == "test"]
    classes = found.results.manifest.get("classes") or sorted(set(test["label"]), key=str)
    if not len(test) or len(classes) > _MOST_LABELS:
        return None
    table = pd.crosstab(test["label"], test["predicted_label"]).reindex(index=classes, columns=classes, fill_value=0)
    rows = [
        (str(label), [(int(count), count / max(int(counts.sum()), 1)) for count in counts])
        for label, counts in zip(classes, table.to_numpy(), strict=True)
    ]
    return [str(label) for label in classes], rows


def _versions(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Software, machine and times."""
    yield from ((name, str(version)) for name, version in (manifest.get("packages") or {}).items())
    for key, name in {"source_revision": "source", "python": "Python", "platform": "platform"}.items():
        if manifest.get(key):
            yield name, str(manifest[key])
    for key, name in {"start": "begun", "end": "ended"}.items():
        if manifest.get(key):
            yield name, f"{moment(manifest[key])} UTC"
    if manifest.get("resumes"):
        yield "continued", f"{manifest['resumes']} times"


def _at(config: dict[str, Any], block: str, key: str) -> Any:
    found = config.get(block)
    return found.get(key) if isinstance(found, dict) else None
