"""The mean loss of noisy outputs: no bias to first order in the variances, and pulls of unit variance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from problems import random_sample

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.cost.loss_estimate import loss_estimate, mixed_outputs
from sggd_qiskit.losses.cross_entropy import CrossEntropy
from sggd_qiskit.losses.hinge import Hinge
from sggd_qiskit.losses.squared_error import SquaredError

DRAWS = 1_200
SIGMAS = 4
PREPARATIONS, PARAMETERS = 4, 3


class Noisy:
    """A sample, true outputs and slopes of its preparations, and covariances of the noise on both."""

    def __init__(self, size, scale):
        rng = np.random.default_rng([size, 11])
        self.size = size
        classes = (-1, 1) if size == 1 else tuple("abc"[:size])
        sample = random_sample(rng, points=6, preparations=PREPARATIONS, features=2)
        self.sample = replace(sample, labels=rng.choice(np.array(classes), size=6), classes=classes)
        self.outputs = rng.uniform(-0.7, 0.7, size=(PREPARATIONS, size))
        self.slopes = rng.normal(size=(PARAMETERS, PREPARATIONS, size))
        self.v, self.u = (
            self.covariances(rng, scale, *shape) for shape in ((PREPARATIONS,), (PARAMETERS, PREPARATIONS))
        )

    def covariances(self, rng, scale, *shape):
        factor = rng.normal(size=(*shape, self.size, self.size)) + 0.5 * np.eye(self.size)
        return scale**2 * factor @ factor.swapaxes(-1, -2)

    def draw(self, rng):
        return self.noisy(rng, self.outputs, self.v), self.noisy(rng, self.slopes, self.u)

    def noisy(self, rng, values, covariance):
        noise = np.linalg.cholesky(covariance) @ rng.normal(size=(*values.shape, 1))
        variances = np.einsum("...kk->...k", covariance)
        return Outcome(values + noise[..., 0], variances, covariance)

    def true(self, loss):
        return loss_estimate(loss, self.sample, without_noise(self.outputs), without_noise(self.slopes))


def without_noise(values):
    return Outcome(values, np.zeros(values.shape))


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("loss", [SquaredError(), CrossEntropy(temperature=0.8)], ids=lambda loss: loss.kind)
def test_means_are_unbiased_and_pulls_have_unit_variance(loss, size):
    noisy = Noisy(size, scale=0.08)
    rng, true = np.random.default_rng(3), noisy.true(loss)
    estimates = [loss_estimate(loss, noisy.sample, *noisy.draw(rng)) for _ in range(DRAWS)]
    for found, variances, wanted in (
        (
            np.array([e.value for e in estimates])[:, None],
            np.array([e.variance for e in estimates])[:, None],
            true.value,
        ),
        (np.array([e.gradient for e in estimates]), np.array([e.gradient_variance for e in estimates]), true.gradient),
    ):
        error = found.std(axis=0) / np.sqrt(DRAWS)
        # What is left of the bias is of second order in the variances: none for the squared error.
        allowed = 0 if loss.quadratic else 0.15 * found.std(axis=0)
        assert (np.abs(found.mean(axis=0) - wanted) < SIGMAS * error + allowed).all()
        # The variance that is claimed is the one that is there, on average.
        np.testing.assert_allclose(variances.mean(axis=0) / found.var(axis=0), 1, atol=0.17)


def test_noise_far_from_the_hinge_adds_no_bias_and_near_it_less_than_it_would():
    noisy, rng = Noisy(1, scale=0.1), np.random.default_rng(1)
    sample = replace(noisy.sample, labels=np.ones(6))
    far, near = np.full((PREPARATIONS, 1), 0.2), np.ones((PREPARATIONS, 1))
    covariance = np.full((PREPARATIONS, 1, 1), 0.01)
    for outputs, wanted in ((far, 0.8), (near, 0.0)):
        draws = [noisy.noisy(rng, outputs, covariance) for _ in range(1500)]
        found = np.mean([loss_estimate(Hinge(), sample, drawn).value for drawn in draws])
        plain = np.mean([Hinge().value(mixed_outputs(sample, d).values, np.ones((6, 1))).mean() for d in draws])
        assert abs(found - wanted) <= max(abs(plain - wanted), 0.003)


@pytest.mark.parametrize("size", [1, 3])
def test_the_gradient_is_the_slope_of_the_value(size):
    for loss in (SquaredError(), CrossEntropy(temperature=0.5), Hinge(margin=0.9)):
        noisy = Noisy(size, scale=0.1)
        for k, step in enumerate(1e-6 * np.eye(PARAMETERS)):
            moved = [noisy.outputs + sign * np.tensordot(step, noisy.slopes, axes=1) for sign in (1, -1)]
            plus, minus = (loss_estimate(loss, noisy.sample, without_noise(outputs)).value for outputs in moved)
            assert noisy.true(loss).gradient[k] == pytest.approx((plus - minus) / 2e-6, abs=1e-8)
