"""The local-states norm in drawn states, against the norm itself."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_groups, random_pauli_sum
from problems import asked, configured

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.local_states import DrawnLocalNorm
from sggd_qiskit.exact.penalty import SquaredNorm

DRAWS, SIGMAS = 40, 5
GROUPS = [(name, group) for name, group in random_groups() if group.order <= 6]


@pytest.mark.parametrize(("name", "group"), GROUPS, ids=[name for name, _ in GROUPS])
def test_it_is_unbiased_and_its_standard_errors_are_right(name, group):
    rng = np.random.default_rng(len(name))
    n = group.num_qubits
    circuit, observable = random_ansatz(rng, n, 6), random_pauli_sum(rng, n, 3)
    form, theta = rotation_form(circuit), rng.uniform(-3, 3, size=circuit.num_parameters)
    norm, point = DrawnLocalNorm(group, 32), ExactCircuit(form, (observable,)).at(theta)
    value, slope = SquaredNorm(group, "local_states").value_and_slope(point.evolved)
    found = [norm.estimate(point, rng, gradient=True) for _ in range(DRAWS)]
    for values, variances, true in (
        ([e.value for e in found], [e.variance for e in found], value),
        ([e.gradient for e in found], [e.gradient_variance for e in found], point.gradient(slope)),
    ):
        spread = np.std(values, axis=0, ddof=1)
        assert np.all(np.abs(np.mean(values, axis=0) - true) <= SIGMAS * spread / np.sqrt(DRAWS) + 1e-12)
        # Over 40 draws a spread is known to about a tenth, and an error read from 8 batches is no better.
        np.testing.assert_allclose(np.sqrt(np.mean(variances, axis=0)), spread, rtol=0.6, atol=1e-12)


def test_all_draws_together_without_a_gradient_have_the_same_value():
    problem = configured("plane", "cost.norm=local_states", "cost.estimator=local_states")
    norm = DrawnLocalNorm(problem.group, 20)
    point = ExactCircuit(problem.qnn.ansatz_form, problem.qnn.observables).at(np.linspace(-1, 1, 48))
    plain, full = (norm.estimate(point, np.random.default_rng(3), gradient=flag) for flag in (False, True))
    assert plain.value == full.value > 0
    assert plain.gradient is None


def test_the_exact_evaluator_takes_it_where_operators_are_too_large():
    small = ("model.ansatz.layers=1", "data.train=3", "data.test=2", "model.qubits=12", "cost.states=16")
    problem = configured("plane", "cost.norm=local_states", "cost.estimator=local_states", *small)
    evaluator, sample = ExactEvaluator(problem), problem.dataset.train
    theta = np.random.default_rng(0).normal(size=36)
    first, again = (evaluator.evaluate(asked(problem, 5, theta, 0.5, sample)) for _ in range(2))
    assert (
        first.penalty.value
        == again.penalty.value
        != evaluator.evaluate(asked(problem, 6, theta, 0.5, sample)).penalty.value
    )
    assert first.penalty.stderr > 0
    assert first.data_term.stderr == 0
    assert first.cost.stderr == pytest.approx(0.5 * first.penalty.stderr)
    np.testing.assert_allclose(first.cost.gradient, first.data_term.gradient + 0.5 * first.penalty.gradient, atol=1e-12)
