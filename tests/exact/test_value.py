"""Exact values and their sums, and results that are computed when they are read."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.value import ExactEstimate, ExactOutcome, ExactValue, weighted_sum


class Counted:
    """Makes an array, and counts how often."""

    def __init__(self, *values):
        self.values, self.calls = np.array(values), 0

    def __call__(self):
        self.calls += 1
        return self.values


@pytest.fixture
def point():
    rng = np.random.default_rng(0)
    form = rotation_form(random_ansatz(rng, 3, 4))
    return ExactCircuit(form, [random_pauli_sum(rng, 3, 3) for _ in range(2)]).at(rng.uniform(-3, 3, size=4))


def test_a_sum_has_the_weighted_gradient_of_its_terms_whichever_way_these_have_it(point):
    rng = np.random.default_rng(1)
    values = [
        ExactValue(1.0, rng.normal(size=point.evolved.shape)),
        ExactValue(2.0, gradient=Counted(1.0, 2.0, 3.0, 4.0)),
        ExactValue(3.0, rng.normal(size=point.evolved.shape)),
        ExactValue(4.0, gradient=Counted(-1.0, 1.0, 0.0, 5.0)),
        ExactValue(5.0, gradient=Counted(np.nan, 0.0, 0.0, 0.0)),
    ]
    weights = [1.0, 0.5, -2.0, 3.0, 0.0]
    total = weighted_sum(values, weights)
    assert total.value == pytest.approx(np.dot(weights, [1, 2, 3, 4, 5]))
    assert not any(value.gradient.calls for value in values if value.gradient is not None)
    wanted = sum(w * point.gradient_of(value) for w, value in zip(weights[:4], values[:4], strict=True))
    np.testing.assert_allclose(point.gradient_of(total), wanted)
    assert values[4].gradient.calls == 0
    nothing = weighted_sum(values[:2], [0.0, 0.0])
    assert nothing.value == 0
    assert not point.gradient_of(nothing).any()


def test_a_value_without_any_way_to_its_gradient_is_refused(point):
    with pytest.raises(ValueError, match="slope"):
        point.gradient_of(ExactValue(1.0))


def test_the_gradient_of_an_estimate_is_made_once_and_only_when_it_is_read():
    compute = Counted(1.0, -2.0)
    estimate = ExactEstimate(0.5, compute)
    assert (estimate.value, estimate.stderr, estimate.draws) == (0.5, 0, ())
    halved = estimate.with_factors(np.array([0.5, 0.0]))
    assert estimate.with_factors(None) is estimate
    assert compute.calls == 0
    np.testing.assert_array_equal(halved.gradient, [0.5, 0])
    np.testing.assert_array_equal(estimate.gradient, [1, -2])
    np.testing.assert_array_equal(estimate.gradient_stderr, [0, 0])
    np.testing.assert_array_equal(estimate.plus(estimate.scaled(2.0)).gradient, [3, -6])
    assert compute.calls == 1


def test_outputs_are_made_once_and_only_when_they_are_read():
    compute = Counted([1.0, 2.0], [3.0, 4.0])
    outcome = ExactOutcome(compute)
    assert compute.calls == 0
    np.testing.assert_array_equal(outcome.values, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(outcome.variances, np.zeros((2, 2)))
    assert not outcome.excess.any()
    assert compute.calls == 1
