"""Losses against finite differences, and what noise does to functions of measured outputs."""

from __future__ import annotations

import numpy as np
import pytest

from sggd_qiskit.losses.cross_entropy import CrossEntropy
from sggd_qiskit.losses.hinge import Hinge
from sggd_qiskit.losses.loss import without_bias
from sggd_qiskit.losses.squared_error import SquaredError

STEP = 1e-6
LOSSES = [SquaredError(), CrossEntropy(temperature=0.4), Hinge(margin=0.8)]


def drawn(size, count=40):
    rng = np.random.default_rng(size)
    outputs = rng.uniform(-1, 1, size=(count, size))
    if size == 1:
        return outputs, rng.choice([-1.0, 1.0], size=(count, 1))
    return outputs, 2.0 * np.eye(size)[rng.integers(size, size=count)] - 1


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.kind)
def test_derivatives_equal_finite_differences(loss, size):
    outputs, targets = drawn(size)
    if isinstance(loss, Hinge):  # away from its kink
        away = (np.abs(targets * outputs - loss.margin) > 2 * STEP).all(axis=1)
        outputs, targets = outputs[away], targets[away]
    for k, step in enumerate(STEP * np.eye(size)):
        slope = (loss.value(outputs + step, targets) - loss.value(outputs - step, targets)) / (2 * STEP)
        np.testing.assert_allclose(loss.slope(outputs, targets)[:, k], slope, atol=1e-8)
        bend = (loss.slope(outputs + step, targets) - loss.slope(outputs - step, targets)) / (2 * STEP)
        np.testing.assert_allclose(loss.curvature(outputs, targets)[:, k], bend, atol=1e-7)


def test_cross_entropy_is_the_logarithm_of_the_own_class_probability():
    loss = CrossEntropy(temperature=0.3)
    for size in (1, 3):
        outputs, targets = drawn(size)
        own = (targets[:, 0] > 0).astype(int) if size == 1 else targets.argmax(axis=1)
        probabilities = loss.probabilities(outputs)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        expected = -np.log(probabilities[np.arange(len(own)), own])
        np.testing.assert_allclose(loss.value(outputs, targets), expected)
    extreme = np.array([[800.0], [-800.0]])
    np.testing.assert_allclose(loss.value(extreme, np.ones((2, 1))), [0, 800 / 0.3])


def test_the_hinge_rests_beyond_its_margin():
    loss = Hinge(margin=0.5)
    np.testing.assert_allclose(loss.value(np.array([[0.5], [0.6], [-0.1]]), np.ones((3, 1))), [0, 0, 0.6])
    np.testing.assert_allclose(loss.slope(np.array([[0.6], [-0.1]]), np.ones((2, 1))), [[0], [-1]])


@pytest.mark.parametrize("size", [1, 3])
def test_the_bias_of_a_quadratic_function_is_taken_back_exactly(size):
    rng = np.random.default_rng(5)
    outputs, factor = rng.normal(size=(4, size)), rng.normal(size=(4, size, size))
    covariance = factor @ factor.swapaxes(1, 2)
    matrix = rng.normal(size=(size, size))
    found = without_bias(lambda f: np.einsum("ik,kl,il->i", f, matrix, f), outputs, covariance)
    plain = np.einsum("ik,kl,il->i", outputs, matrix, outputs)
    np.testing.assert_allclose(found, plain - np.einsum("kl,ilk->i", matrix, covariance), rtol=1e-10)


def test_the_bias_that_is_left_is_of_second_order_in_the_variance():
    loss = CrossEntropy(temperature=0.5)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)  # a mean over Gaussian noise, without drawing any
    targets = np.ones((len(nodes), 1))

    def left(sigma):
        noisy = (0.2 + sigma * nodes)[:, None]
        covariance = np.full((len(nodes), 1, 1), sigma**2)
        mean = weights @ without_bias(lambda f: loss.value(f, targets), noisy, covariance) / weights.sum()
        return abs(mean - loss.value(np.array([[0.2]]), targets[:1])[0])

    plain = abs(
        weights @ loss.value((0.2 + 0.1 * nodes)[:, None], targets) / weights.sum()
        - loss.value(np.array([[0.2]]), targets[:1])[0]
    )
    assert left(0.1) < plain / 20
    assert left(0.05) < left(0.1) / 12  # a sixteenth, if it goes as the variance squared
