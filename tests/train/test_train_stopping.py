from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sggd_qiskit.config.training import StopConfig, TrainingConfig
from sggd_qiskit.train.stopping import stop_reason

COSTS = st.lists(st.floats(-10, 10), min_size=1, max_size=30)


def config(steps: int = 1000, **stop) -> TrainingConfig:
    return TrainingConfig(steps=steps, stop=StopConfig(**stop))


def first_stop(training: TrainingConfig, costs: list[float], norms: list[float] | None = None) -> int | None:
    norms = norms or [1.0] * len(costs)
    return next((n for n in range(len(costs)) if stop_reason(training, costs[: n + 1], norms[n])), None)


@given(COSTS, st.integers(1, 40))
def test_the_last_step_ends_the_training(costs, steps):
    assert first_stop(config(steps=steps), costs) == (steps - 1 if steps <= len(costs) else None)


def test_the_reason_names_the_number():
    assert stop_reason(config(steps=3), [1.0] * 3, 1.0) == "all 3 steps are done"
    assert stop_reason(config(gradient_norm=0.5), [1.0], 0.25) == "the gradient's norm 0.25 fell below 0.5"
    assert stop_reason(config(patience=2), [1.0] * 3, 1.0) == "no progress of 0.0001 in 2 steps"


@pytest.mark.parametrize(("norm", "stops"), [(0.5, False), (0.49, True), (0.0, True), (7.0, False)])
def test_a_small_gradient_ends_the_training(norm, stops):
    assert (stop_reason(config(gradient_norm=0.5), [1.0], norm) is not None) is stops


@given(COSTS)
def test_stops_are_off_unless_set(costs):
    assert first_stop(config(), costs, [0.0] * len(costs)) is None


@pytest.mark.parametrize(
    ("costs", "stop"),
    [
        ([3, 2, 1, 0, -1], None),
        ([1, 1, 1], 2),
        ([1, 2, 0.9999, 1, 1], 2),  # better, but by less than what counts
        ([1, 2, 0.5, 1, 1], 4),  # the progress at step 2 starts the count again
        ([1, 0.999, 0.998, 0.997], 2),  # less than what counts at each step and in sum
        ([1, 0.97, 0.94, 0.91, 0.88], None),  # less at each step, but more than what counts in two
    ],
)
def test_patience(costs, stop):
    assert first_stop(config(patience=2, min_improvement=0.05), [float(c) for c in costs]) == stop


@given(COSTS, st.integers(1, 10), st.floats(0, 1))
def test_patience_is_the_distance_to_the_last_progress(costs, patience, least):
    stop = first_stop(config(patience=patience, min_improvement=least), costs)
    best, since = 0, []
    for step, cost in enumerate(costs):
        best = step if step == 0 or cost < costs[best] - least else best
        since.append(step - best)
    assert stop == next((step for step, age in enumerate(since) if age >= patience), None)


@given(COSTS, st.integers(1, 5), st.floats(0.1, 2))
def test_the_verdict_depends_on_the_history_alone(costs, patience, norm):
    training = config(steps=20, patience=patience, gradient_norm=1.0)
    kept = list(costs)
    first = stop_reason(training, costs, norm)
    stop_reason(training, [5.0, 5.0], 0.0)
    assert stop_reason(training, tuple(costs), norm) == first
    assert costs == kept
