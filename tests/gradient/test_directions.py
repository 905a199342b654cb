"""Drawn coordinates and perturbations: unbiased, seeded, and with honest variances."""

from __future__ import annotations

import numpy as np
import pytest

from sggd_qiskit.gradient.directions import drawn_coordinates, drawn_perturbations, spsa_gradient, squared_norm
from sggd_qiskit.gradient.estimate import Estimate

SIGMAS = 4


def test_drawn_coordinates_are_one_on_average():
    rng = np.random.default_rng(1)
    drawn = np.array([drawn_coordinates(rng, 7, 3) for _ in range(4000)])
    assert ((drawn != 0).sum(axis=1) == 3).all()
    assert set(np.unique(drawn)) == {0, 7 / 3}
    spread = drawn.std() / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - 1) < SIGMAS * spread).all()
    np.testing.assert_array_equal(drawn_coordinates(rng, 7, 7), np.ones(7))


def test_perturbations_have_one_size_and_every_sign():
    drawn = drawn_perturbations(np.random.default_rng(2), 5, 400, 0.1)
    np.testing.assert_allclose(np.abs(drawn), 0.1)
    assert (np.abs(drawn.mean(axis=0)) < SIGMAS * 0.1 / np.sqrt(400)).all()
    np.testing.assert_array_equal(drawn, drawn_perturbations(np.random.default_rng(2), 5, 400, 0.1))


def test_spsa_of_a_linear_cost_is_right_on_average():
    slope = np.array([0.3, -1.0, 2.0, 0.0])
    rng = np.random.default_rng(3)
    found = []
    for _ in range(3000):
        deltas = drawn_perturbations(rng, 4, 2, 0.3)
        gradient, variance = spsa_gradient(deltas, [Estimate(float(2 * slope @ d), 0.0) for d in deltas])
        assert not variance.any()
        found.append(gradient)
    spread = np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0) - slope) < SIGMAS * spread + 1e-12).all()


def test_spsa_tells_the_noise_of_the_costs():
    rng = np.random.default_rng(4)
    deltas = drawn_perturbations(rng, 3, 2, 0.2)
    found, told = [], None
    for _ in range(4000):
        plus, minus = ([Estimate(float(x), 0.09) for x in rng.normal(0, 0.3, 2)] for _ in range(2))
        gradient, told = spsa_gradient(deltas, [a.minus(b) for a, b in zip(plus, minus, strict=True)])
        found.append(gradient)
    np.testing.assert_allclose(np.var(found, axis=0), told, rtol=0.12)


def test_the_squared_norm_is_unbiased_and_its_error_is_right():
    """Small components under noise: the norm of the noisy gradient itself would be twice as large."""
    rng = np.random.default_rng(6)
    gradient, variance = rng.normal(scale=0.05, size=20), rng.uniform(0.005, 0.01, size=20)
    draws = [Estimate(0.0, 0.0, gradient + rng.normal(size=20) * np.sqrt(variance), variance) for _ in range(4000)]
    squares, errors = np.transpose([squared_norm(drawn) for drawn in draws])
    assert abs(squares.mean() - gradient @ gradient) < SIGMAS * squares.std() / np.sqrt(len(draws))
    assert np.mean(errors**2) == pytest.approx(squares.var(), rel=0.15)


@pytest.mark.parametrize("rule", ["coordinates", "spsa"])
def test_the_squared_norm_knows_what_a_drawn_direction_adds(rule):
    rng = np.random.default_rng(7)
    slope, squares = rng.normal(size=6), []
    for _ in range(4000):
        if rule == "coordinates":
            factors = drawn_coordinates(rng, 6, 2)
            squares.append(squared_norm(Estimate(0.0, 0.0, factors * slope, np.zeros(6)), factors)[0])
        else:
            deltas = drawn_perturbations(rng, 6, 3, 0.1)
            found = spsa_gradient(deltas, [Estimate(float(2 * slope @ d), 0.0) for d in deltas])
            squares.append(squared_norm(Estimate(0.0, 0.0, *found), perturbations=deltas)[0])
    assert abs(np.mean(squares) - slope @ slope) < SIGMAS * np.std(squares) / np.sqrt(len(squares))


def test_differences_of_estimates_from_the_same_draws_are_free_of_the_draws_spread():
    rng = np.random.default_rng(8)
    common, own = rng.normal(size=(2000, 12)), 0.1 * rng.normal(size=(2, 2000, 12))
    found, told = [], []
    for row in range(2000):
        plus, minus = (
            Estimate(float(terms.sum()), float(12 * terms.var(ddof=1)), draws=(terms,))
            for terms in common[row] + own[:, row]
        )
        difference = plus.minus(minus)
        found.append(difference.value)
        told.append(difference.variance)
    assert np.mean(told) == pytest.approx(np.var(found), rel=0.12)
    assert np.mean(told) < 12 * 0.03  # 24 without the draws in common
