"""Errors that all outcomes of a step have in common, against draws of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from executors import NoiselessExecutor
from problems import asked, random_problem

from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.evaluate.common_errors import evaluation_with_common
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.symmetry.group import SymmetryGroup

SIGMAS, DRAWS, NUMBERS, SIZE = 5, 200, 3, 0.01


class CalibratedExecutor(NoiselessExecutor):
    """Values without shot noise, off by numbers that all of them have in common and that are drawn anew for every step.

    Args:
        told: whether the outcomes tell so.
    """

    def __init__(self, told):
        super().__init__()
        self.told, self.found = told, None

    def run(self, settings, seed=None, unit=None):
        if self.found is None:  # the same at every step but for what is drawn
            self.found, _ = super().run(settings)
            rng = np.random.default_rng(2)
            self.slopes = [SIZE * rng.normal(size=(*outcome.values.shape, NUMBERS)) for outcome in self.found]
        drawn = np.random.default_rng([3, unit.step]).normal(size=NUMBERS)
        return tuple(
            replace(outcome, values=outcome.values + slopes @ drawn, common=slopes if self.told else None)
            for outcome, slopes in zip(self.found, self.slopes, strict=True)
        ), ()


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(1)
    ansatz, observable = random_ansatz(rng, 2, 6), random_pauli_sum(rng, 2, 3)
    group = SymmetryGroup.named("reflections", 2)
    return random_problem(rng, ansatz, observable, group, points=3, cost={"guidance": "penalty"})


def evaluations(problem, executor, draws):
    evaluator = PrimitivesEvaluator(problem, executor)
    theta = np.linspace(-1, 1, len(problem.qnn.theta))
    return [evaluator.evaluate(asked(problem, step, theta, 0.7, problem.dataset.train)) for step in range(draws)]


def numbers(evaluation):
    return np.array([evaluation.cost.value, evaluation.penalty.value, *evaluation.cost.gradient])


def test_errors_in_common_are_carried_through_to_cost_and_gradient(problem):
    found = evaluations(problem, CalibratedExecutor(told=True), DRAWS)
    drawn = np.array([numbers(evaluation) for evaluation in found])
    exact = numbers(*evaluations(problem, NoiselessExecutor(), 1))
    told = np.mean([(e.cost.variance, e.penalty.variance, *e.cost.gradient_variance) for e in found], axis=0)
    spread = drawn.var(axis=0, ddof=1)
    assert np.all(np.abs(spread - told) < SIGMAS * np.sqrt(2 / DRAWS) * told + 1e-12)
    assert np.all(np.abs(drawn.mean(axis=0) - exact) < SIGMAS * np.sqrt(spread / DRAWS) + 1e-12)
    assert told[0] > 0
    (untold,) = evaluations(problem, CalibratedExecutor(told=False), 1)
    assert untold.cost.variance == 0


def test_outputs_of_a_sample_have_the_errors_in_common(problem):
    (evaluation,) = evaluations(problem, CalibratedExecutor(told=True), 1)
    errors = np.einsum("...kk->...k", evaluation.outputs.excess)
    np.testing.assert_allclose(evaluation.outputs.variances, errors)
    assert np.all(errors > 0)


def test_without_any_the_reduction_is_made_once():
    calls = []
    outcome = Outcome(np.zeros((2, 1)), np.ones((2, 1)))
    assert evaluation_with_common(lambda found: calls.append(found) or "reduced", [outcome]) == "reduced"
    assert len(calls) == 1
