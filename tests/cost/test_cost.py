"""The squared error under noise, and the weight's schedules."""

from __future__ import annotations

import numpy as np
import pytest
from problems import random_sample

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.config.cost import CosineWeight, ExponentialWeight, LinearWeight
from sggd_qiskit.cost.loss_estimate import loss_estimate, mixed_outputs
from sggd_qiskit.cost.weight import penalty_weight
from sggd_qiskit.losses.squared_error import SquaredError

DRAWS = 5_000
SIGMAS = 4


@pytest.fixture
def noisy():
    """A sample, true outputs and slopes, and many draws of both with noise that is not small."""
    rng = np.random.default_rng(11)
    sample = random_sample(rng, points=6, preparations=4, features=2)
    outputs, slopes = rng.uniform(-1, 1, size=(4, 1)), rng.normal(size=(3, 4, 1))
    v, u = rng.uniform(0.01, 0.09, size=(4, 1)), rng.uniform(0.01, 0.09, size=(3, 4, 1))
    draws = [
        loss_estimate(
            SquaredError(),
            sample,
            Outcome(outputs + rng.normal(size=(4, 1)) * np.sqrt(v), v),
            Outcome(slopes + rng.normal(size=(3, 4, 1)) * np.sqrt(u), u),
        )
        for _ in range(DRAWS)
    ]
    exact = loss_estimate(
        SquaredError(), sample, Outcome(outputs, np.zeros((4, 1))), Outcome(slopes, np.zeros((3, 4, 1)))
    )
    return exact, draws


def test_value_and_gradient_are_unbiased_and_so_are_their_variances(noisy):
    exact, draws = noisy
    for pick, truth in (
        (lambda e: [e.value], [exact.value]),
        (lambda e: e.gradient, exact.gradient),
    ):
        found = np.array([pick(e) for e in draws])
        spread = found.std(axis=0, ddof=1)
        assert np.all(np.abs(found.mean(axis=0) - truth) < SIGMAS * spread / np.sqrt(DRAWS))
    assert np.mean([e.variance for e in draws]) == pytest.approx(np.var([e.value for e in draws]), rel=0.1)
    np.testing.assert_allclose(
        np.mean([e.gradient_variance for e in draws], axis=0), np.var([e.gradient for e in draws], axis=0), rtol=0.12
    )


def test_exact_outputs_give_the_plain_mean_and_its_derivative():
    rng = np.random.default_rng(2)
    sample = random_sample(rng, points=5, preparations=3, features=2)
    outputs = rng.uniform(-1, 1, size=3)

    def cost(outputs):
        return np.mean((sample.weights.toarray() @ outputs - sample.labels) ** 2)

    slopes = Outcome(np.eye(3)[..., None], np.zeros((3, 3, 1)))  # the outputs themselves as parameters
    estimate = loss_estimate(SquaredError(), sample, Outcome(outputs[:, None], np.zeros((3, 1))), slopes)
    assert estimate.value == pytest.approx(cost(outputs))
    assert estimate.variance == 0
    slope = [(cost(outputs + e) - cost(outputs - e)) / 2e-6 for e in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(estimate.gradient, slope, atol=1e-8)
    mixed = mixed_outputs(sample, Outcome(outputs[:, None], np.ones((3, 1))))
    np.testing.assert_allclose(mixed.variances[:, 0], (sample.weights.toarray() ** 2).sum(axis=1))


@pytest.mark.parametrize("schedule", [LinearWeight, CosineWeight, ExponentialWeight])
def test_schedules_run_from_start_to_end_and_stay(schedule):
    config = schedule(start=0.5, end=4.0, steps=8)
    weights = [penalty_weight(config, step) for step in range(20)]
    assert weights[0] == pytest.approx(0.5)
    assert weights[8:] == pytest.approx([4.0] * 12)
    assert np.all(np.diff(weights[:9]) > 0)


def test_schedules_have_their_shapes():
    assert penalty_weight(2.5, 7) == 2.5
    assert penalty_weight(LinearWeight(start=0, end=4, steps=8), 2) == pytest.approx(1.0)
    assert penalty_weight(CosineWeight(start=0, end=4, steps=8), 2) == pytest.approx(2 * (1 - np.cos(np.pi / 4)))
    assert penalty_weight(ExponentialWeight(start=1, end=16, steps=8), 2) == pytest.approx(2.0)
    assert penalty_weight(LinearWeight(start=4, end=0, steps=4), 3) == pytest.approx(1.0)
