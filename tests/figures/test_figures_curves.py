"""What the figures of trainings and sweeps show is what the tables say."""

from __future__ import annotations

import sys
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sggd_qiskit.figures.comparison import comparison_figure, means_figure
from sggd_qiskit.figures.costs import costs_figure
from sggd_qiskit.figures.curves import MOST_POINTS
from sggd_qiskit.figures.style import PALETTE, shown
from sggd_qiskit.figures.training import training_figure, training_panels


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def trained(rng, count: int = 12, **more) -> pd.DataFrame:
    """Steps with random numbers, accuracies at every third."""
    measured = np.where(np.arange(count) % 3 == 0, rng.uniform(size=count), np.nan)
    numbers = {name: rng.normal(size=count) for name in ("cost", "data_term", "gradient_norm")}
    numbers |= {f"{name}_stderr": rng.uniform(0.1, 1, count) for name in numbers}
    shots = rng.integers(1, 100, count)
    return pd.DataFrame(
        {"step": np.arange(count), **numbers, "test_accuracy": measured, "shots": shots, "wall_seconds": 0.5, **more}
    )


def lines(figure: Figure) -> list[np.ndarray]:
    """The lines of all panels, each of shape (point, 2)."""
    return [np.asarray(line.get_xydata()) for axes in figure.axes for line in axes.lines]


def labels(figure: Figure) -> list[str]:
    legends = [axes.get_legend() for axes in figure.axes] + figure.legends
    return [text.get_text() for legend in legends if legend is not None for text in legend.get_texts()]


def test_curves_are_the_columns_and_their_bars_one_standard_error_each_way(rng):
    steps = trained(rng)
    curve, bars = lines(training_figure(steps, ["cost"]))
    np.testing.assert_array_equal(curve, steps[["step", "cost"]])
    ends = bars.reshape(-1, 3, 2)[:, :2, 1]
    np.testing.assert_allclose(ends.mean(axis=1), steps["cost"])
    np.testing.assert_allclose(np.diff(ends)[:, 0] / 2, steps["cost_stderr"])


def test_many_steps_have_a_band_and_are_thinned_to_the_first_the_last_and_some_between(rng):
    steps = trained(rng, 1000)
    figure = training_figure(steps, ["cost"])
    (curve,) = lines(figure)
    assert len(curve) == MOST_POINTS
    np.testing.assert_array_equal(curve[[0, -1]], steps[["step", "cost"]].iloc[[0, -1]])
    assert {tuple(point) for point in curve} <= {tuple(point) for point in steps[["step", "cost"]].to_numpy()}
    (band,) = figure.axes[0].collections
    corners = {tuple(point) for point in band.get_paths()[0].vertices.round(9)}
    for step in (0, 999):
        for sign in (-1, 1):
            assert (step, round(steps.cost[step] + sign * steps.cost_stderr[step], 9)) in corners


def test_there_is_a_panel_for_what_was_measured(rng):
    steps = trained(rng)
    assert training_panels(steps) == ("cost", "accuracy", "gradient")
    guided = steps.assign(penalty=0.1, penalty_stderr=0.01, weight=np.linspace(0, 2, len(steps)), term_bias=0.3)
    assert training_panels(guided) == ("cost", "terms", "accuracy", "gradient")
    assert labels(training_figure(guided, ["terms"])) == ["cost", "data term", "penalty (λ from 0 to 2)", "bias"]
    assert training_panels(steps.head(0)) == training_panels(pd.DataFrame()) == ()
    (text,) = training_figure(steps.head(0)).axes[0].texts
    assert "No step" in text.get_text()


def test_an_accuracy_has_a_point_where_it_was_measured_and_its_axis_ends_at_all(rng):
    steps = trained(rng).assign(test_accuracy=lambda steps: steps["test_accuracy"].round())
    figure = training_figure(steps, ["accuracy"])
    assert lines(figure)[0][:, 0].tolist() == [0, 3, 6, 9]
    assert figure.axes[0].get_ylim()[1] <= 1.02


def test_costs_add_up_and_have_a_price(rng):
    steps = trained(rng, qpu_seconds=rng.uniform(1, 3, 12))
    figure = costs_figure(steps, rate=1.5)
    for line, column in zip(lines(figure), ("qpu_seconds", "shots", "wall_seconds"), strict=True):
        np.testing.assert_allclose(line[:, 1], np.cumsum(steps[column]))
    (price,) = [axes for axes in figure.axes if axes.get_ylabel() == "price"]
    np.testing.assert_allclose(price.get_ylim(), 1.5 * np.array(figure.axes[0].get_ylim()))


def test_means_over_runs_at_each_step_and_their_errors(rng):
    runs = [trained(rng, 8 + seed).assign(way=way, seed=seed) for way in ("a", "b") for seed in range(3)]
    figure = means_figure(pd.concat(runs), ["way"], "cost")
    assert labels(figure) == ["a", "b"]
    for number, way in enumerate("ab"):
        curve, bars = lines(figure)[2 * number : 2 * number + 2]
        at = {step: [run.cost[step] for run in runs if run.way[0] == way and step < len(run)] for step in range(10)}
        np.testing.assert_allclose(curve, [(step, np.mean(costs)) for step, costs in at.items()])
        errors = [np.std(costs, ddof=1) / np.sqrt(len(costs)) if len(costs) > 1 else 0 for costs in at.values()]
        np.testing.assert_allclose(np.diff(bars.reshape(-1, 3, 2)[:, :2, 1])[:, 0] / 2, errors, atol=1e-12)


@pytest.mark.parametrize("axis", ["number", "way", None])
def test_a_comparison_has_every_run_and_the_means(rng, axis):
    runs = pd.DataFrame({"number": [5, 5, 20, 20], "way": list("xyxy"), "test_accuracy": rng.uniform(size=4)})
    figure = comparison_figure(runs, [axis] if axis else [], "test_accuracy")
    drawn = np.concatenate(lines(figure))
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    values = drawn[:, 1 if axis == "number" else 0]
    groups = runs.groupby(axis)["test_accuracy"] if axis else [("", runs["test_accuracy"])]
    for _, part in groups:
        for value in (*part, part.mean(), part.mean() - part.sem(), part.mean() + part.sem()):
            assert np.isclose(values, value).any()
    assert "no values" in comparison_figure(runs, [], "penalty").axes[0].texts[0].get_text()


def test_names_are_shown_as_they_are_or_shortened_in_the_middle(rng):
    steps = trained(rng).assign(way="_$x^2$ \\frac")
    both = pd.concat([steps, steps.assign(way="plain")])
    figure = means_figure(both, ["way"], "cost")
    figure.draw_without_rendering()
    assert labels(figure) == ["_$x^2$ \\frac", "plain"]
    long = shown("penalty of the whole group, λ = " + "1" * 40)
    assert (len(long), long[:7], long[-5:]) == (28, "penalty", "11111")
    assert shown("a\nb\x00") == "a�b�"


def test_figures_are_none_of_pyplots(rng):
    training_figure(trained(rng)).savefig(StringIO(), format="svg")
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_a_notebook_shows_a_figure(rng):
    formatters = pytest.importorskip("IPython.core.formatters")
    shown, about = formatters.DisplayFormatter().format(training_figure(trained(rng)))
    assert shown["image/png"].startswith(b"\x89PNG")
    assert about["image/png"]["width"] > 100


def test_no_two_colours_are_the_same_on_light_paper():
    assert len({colour.light for colour in PALETTE.values()}) == len(PALETTE)
    for colour in PALETTE.values():
        assert to_rgb(colour.light) != to_rgb(colour.dark)


@pytest.mark.parametrize(("least", "scale"), [(0.01, "log"), (5, "linear"), (0, "linear")])
def test_an_axis_over_decades_is_logarithmic(rng, least, scale):
    runs = pd.DataFrame({"weight": [least, 10.0], "cost": rng.uniform(size=2)})
    figure = comparison_figure(runs, ["weight"], "cost")
    figure.draw_without_rendering()
    assert figure.axes[0].get_xscale() == scale
