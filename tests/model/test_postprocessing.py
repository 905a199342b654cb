"""Post-processed outputs: expansions, losses, shots, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from problems import configured
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.postprocessing import FunctionPostprocessing, NoPostprocessing
from sggd_qiskit.cost.loss_estimate import processed_outputs
from sggd_qiskit.cost.request import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.losses.cross_entropy import CrossEntropy
from sggd_qiskit.losses.postprocessed import PostprocessedLoss
from sggd_qiskit.losses.squared_error import SquaredError
from sggd_qiskit.model.postprocessing import Postprocessing, build_postprocessing

STEP = 1e-5
EXACT = "execution.backend=exact"
G = Postprocessing((-1.0, 0.3, 2.0), 1.0)


def test_an_expansion_comes_closer_with_its_order_and_tells_by_how_much():
    observable = [SparsePauliOp(["ZZI", "IIX"], [0.8, 0.4])]
    errors = []
    for order in (1, 3, 5, 7):
        found = build_postprocessing(FunctionPostprocessing(kind="tanh", order=order), observable)
        points = np.linspace(-1.2, 1.2, 101)
        distance = np.abs(found(points) - np.tanh(points)).max()
        assert found.norm == pytest.approx(1.2)
        assert 0.9 * found.truncation_error <= distance <= found.truncation_error + 1e-12
        errors.append(distance)
    assert errors == sorted(errors, reverse=True)
    assert build_postprocessing(NoPostprocessing(), observable) is None


@pytest.mark.parametrize("loss", [SquaredError(), CrossEntropy(temperature=0.4)], ids=lambda loss: loss.kind)
def test_losses_of_processed_outputs_equal_finite_differences(loss):
    rng = np.random.default_rng(3)
    outputs, targets = rng.uniform(-1, 1, size=(20, 2)), 2.0 * np.eye(2)[rng.integers(2, size=20)] - 1
    composed = PostprocessedLoss(loss=loss, postprocessing=G)
    np.testing.assert_allclose(composed.value(outputs, targets), loss.value(G(outputs), targets))
    for k, step in enumerate(STEP * np.eye(2)):
        slope = (composed.value(outputs + step, targets) - composed.value(outputs - step, targets)) / (2 * STEP)
        np.testing.assert_allclose(composed.slope(outputs, targets)[:, k], slope, atol=1e-7)
        bend = (composed.slope(outputs + step, targets) - composed.slope(outputs - step, targets)) / (2 * STEP)
        np.testing.assert_allclose(composed.curvature(outputs, targets)[:, k], bend, atol=1e-6)


def test_noisy_outputs_are_unbiased_within_four_sigma():
    rng, size, sigma = np.random.default_rng(5), 40_000, 0.2
    for truth in (-0.075, 0.5):  # at the first g' is 0
        noisy = Outcome(truth + sigma * rng.normal(size=(size, 1)), np.full((size, 1), sigma**2))
        found = processed_outputs(G, noisy)
        error = found.values.std() / np.sqrt(size)
        assert abs(found.values.mean() - G(np.array(truth))) < 4 * error
        assert abs(G(noisy.values).mean() - G(np.array(truth))) > 20 * error  # what is taken back
        ratio = found.variances.mean() / found.values.var()
        assert 0.9 < ratio < (2.5 if truth < 0 else 1.2)  # too large at most, where g' is 0


def test_the_gradient_of_cost_and_penalty_equals_finite_differences():
    problem = configured("plane", EXACT, "model.postprocessing={kind: polynomial, coefficients: [-1, 0, 2]}")
    evaluator, rng = ExactEvaluator(problem), np.random.default_rng(7)
    theta = rng.uniform(-3, 3, size=len(problem.qnn.theta))

    def cost(at):
        return evaluator.evaluate(Request(0, at, (0.7,), problem.dataset.train)).cost

    gradient = cost(theta).gradient
    for k in rng.choice(theta.size, size=4, replace=False):
        step = STEP * np.eye(theta.size)[k]
        difference = (cost(theta + step).value - cost(theta - step).value) / (2 * STEP)
        assert gradient[k] == pytest.approx(difference, abs=1e-7)


@pytest.mark.parametrize(
    ("key", "found", "overrides"),
    [
        ("postprocessing", "cosh", ["model.postprocessing={kind: cosh}"]),
        ("coefficients", "many", ["model.postprocessing={kind: polynomial, coefficients: [1, many]}"]),
        ("coefficients", "constant", ["model.postprocessing={kind: polynomial, coefficients: [1, 0]}"]),
        ("order", "40", ["model.postprocessing={kind: tanh, order: 40}"]),
        ("range", "0.5", ["model.postprocessing={kind: tanh, range: 0.5}"]),
        (
            "cost.estimator",
            "echo",
            ["model.postprocessing={kind: tanh}", "execution.backend=aer", "cost.estimator=echo"],
        ),
    ],
)
def test_what_does_not_fit_is_refused_at_its_key(key, found, overrides):
    with pytest.raises(ConfigError) as refused:
        configured("plane", EXACT, *overrides)
    assert key in str(refused.value)
    assert found in str(refused.value)
