"""Drawn coordinates and perturbations: unbiased, seeded, and with honest variances."""

from __future__ import annotations

import numpy as np
import pytest

from sggd_qiskit.gradient.directions import drawn_coordinates, drawn_perturbations, shifted_angles, spsa_gradient
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
        plus = [Estimate(float(slope @ d), 0.0) for d in deltas]
        minus = [Estimate(float(-slope @ d), 0.0) for d in deltas]
        gradient, variance = spsa_gradient(deltas, plus, minus)
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
        gradient, told = spsa_gradient(deltas, plus, minus)
        found.append(gradient)
    np.testing.assert_allclose(np.var(found, axis=0), told, rtol=0.12)


@pytest.mark.parametrize(("factors", "angles"), [([0, 2, 0], [1, 2]), ([3, 0, 0], [0, 2]), ([1, 1, 1], [0, 1, 2, 3])])
def test_angles_that_depend_on_a_drawn_parameter(factors, angles):
    jacobian = np.array([[1.0, 0, 0], [0, -1, 0], [0.5, 0.5, 0], [0, 0, 2]])
    assert shifted_angles(jacobian, np.array(factors)).tolist() == angles
