"""The ways to the exact squared error agree, and nothing is kept longer than its data."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from problems import configured, dense_terms, random_problem

from sggd_qiskit.circuit import simulate, statevectors
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.evaluate import exact_data, exact_outputs
from sggd_qiskit.evaluate.evaluation import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.symmetry.group import SymmetryGroup

EXACT = 1e-10


def problem_with(points, guidance):
    rng = np.random.default_rng(points)
    group = SymmetryGroup.from_generators([(1, 0, 2), "ZZI"])
    ansatz, observable = random_ansatz(rng, 3, 13), random_pauli_sum(rng, 3, 4)
    settings = {"points": points, "preparations": 9, "cost": {"guidance": guidance}}
    return random_problem(rng, ansatz, observable, group, **settings), rng.uniform(-3, 3, size=13)


def use_states(monkeypatch):
    monkeypatch.setattr(exact_data, "MOST_ROW_ENTRIES", 0)
    monkeypatch.setattr(exact_outputs, "MOST_MATRIX_QUBITS", 0)
    for module in (simulate, statevectors):
        monkeypatch.setattr(module, "MOST_AMPLITUDES", 4 * 8)


@pytest.mark.parametrize("guidance", ["none", "penalty", "twirled"])
@pytest.mark.parametrize("points", [5, 200], ids=["fewer points than strings", "more"])
def test_carrying_states_and_multiplying_matrices_come_to_the_same(points, guidance, monkeypatch):
    problem, theta = problem_with(points, guidance)
    train, test = problem.dataset.train, problem.dataset.test
    request = Request(0, theta, 0.7, train, measure=(test,))
    first = ExactEvaluator(problem).evaluate(request)
    outputs, measured = first.outputs.values, first.measured[0].values
    use_states(monkeypatch)
    second = ExactEvaluator(problem).evaluate(request)
    assert second.cost.value == pytest.approx(first.cost.value, abs=EXACT)
    np.testing.assert_allclose(second.cost.gradient, first.cost.gradient, atol=EXACT)
    np.testing.assert_allclose(second.data_term.gradient, first.data_term.gradient, atol=EXACT)
    np.testing.assert_allclose(second.outputs.values, outputs, atol=EXACT)
    np.testing.assert_allclose(second.measured[0].values, measured, atol=EXACT)
    data_term, _ = dense_terms(problem, theta, train)
    assert first.data_term.value == pytest.approx(data_term, abs=EXACT)
    assert np.mean((outputs - train.labels) ** 2) == pytest.approx(data_term, abs=EXACT)
    assert not first.outputs.variances.any()


def test_rows_made_in_blocks_are_the_same(monkeypatch):
    problem, theta = problem_with(400, "none")
    request = Request(0, theta, 0.0, problem.dataset.train)
    whole = ExactEvaluator(problem).evaluate(request).cost
    monkeypatch.setattr(exact_data, "_CHUNK_ENTRIES", 1)
    blocks = ExactEvaluator(problem).evaluate(request).cost
    assert blocks.value == pytest.approx(whole.value, abs=EXACT)
    np.testing.assert_allclose(blocks.gradient, whole.gradient, atol=EXACT)


@pytest.mark.parametrize("states", [False, True])
def test_the_gradients_apart_add_up_to_that_of_the_cost(states, monkeypatch):
    problem, theta = problem_with(6, "penalty")
    if states:
        use_states(monkeypatch)
    evaluator, sample = ExactEvaluator(problem), problem.dataset.train
    found = evaluator.evaluate(Request(0, theta, 0.3, sample))
    assert np.abs(found.penalty.gradient).max() > 1e-3
    np.testing.assert_allclose(found.cost.gradient, found.data_term.gradient + 0.3 * found.penalty.gradient, atol=EXACT)
    assert not found.penalty.gradient_variance.any()
    plain = evaluator.evaluate(Request(0, theta, 0.0, sample))
    np.testing.assert_allclose(plain.cost.gradient, found.data_term.gradient, atol=EXACT)
    np.testing.assert_allclose(plain.penalty.gradient, found.penalty.gradient, atol=EXACT)


def test_what_is_known_of_a_batch_goes_with_it():
    problem = configured("plane", "data.train=8", "data.test=4")
    evaluator = ExactEvaluator(problem)
    batch = problem.dataset.train.batch(np.arange(4))
    gone = weakref.ref(batch)
    evaluator.evaluate(Request(0, np.zeros(48), 1.0, batch))
    del batch
    gc.collect()
    assert gone() is None


def test_without_the_operator_more_qubits_are_taken():
    small = ("model.ansatz.layers=1", "data.train=3", "data.test=2", "symmetry.group=parity")
    problem = configured("plane", "model.qubits=12", "cost.guidance=none", *small)
    theta = np.random.default_rng(0).normal(size=36)
    request = Request(0, theta, 0.0, problem.dataset.train, measure=(problem.dataset.test,))
    found = ExactEvaluator(problem).evaluate(request)
    assert np.mean((found.outputs.values - problem.dataset.train.labels) ** 2) == pytest.approx(found.cost.value)
    assert found.cost.gradient.shape == (36,)
    assert found.measured[0].values.shape == (2,)
    with pytest.raises(ConfigError, match=r"found exact with 15 .*so use aer"):
        configured("plane", "model.qubits=15", "cost.guidance=none", *small)
    with pytest.raises(ConfigError, match=r"found exact with 12 .*so use aer"):
        configured("plane", "model.qubits=12", "cost.guidance=twirled", *small)
