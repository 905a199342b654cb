"""The data term by linear algebra in all its ways, against dense matrices and finite differences."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum, random_states, twirl, unitary
from problems import asked, configured, random_problem, random_sample

from sggd_qiskit.circuit import simulate
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.exact import data_cost as module
from sggd_qiskit.exact import outputs as outputs_module
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.data_cost import data_cost
from sggd_qiskit.exact.outputs import outputs
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.losses.cross_entropy import CrossEntropy
from sggd_qiskit.losses.squared_error import SquaredError
from sggd_qiskit.problem import require_simulable
from sggd_qiskit.symmetry.group import SymmetryGroup

EXACT, STEP = 1e-10, 1e-5
LOSSES = {"squared_error": SquaredError(), "cross_entropy": CrossEntropy(temperature=0.6)}
WAYS = ("rows", "matrices", "states")


class Case:
    """A random circuit, observables, mixtures of states, and a group or none."""

    def __init__(self, num_qubits, num_outputs, twirled, *, points=20, preparations=6):
        self.rng = rng = np.random.default_rng([num_qubits, num_outputs, points])
        self.form = rotation_form(random_ansatz(rng, num_qubits, 8))
        self.observables = [random_pauli_sum(rng, num_qubits, 4) for _ in range(num_outputs)]
        self.theta = rng.uniform(-3, 3, size=8)
        self.sample = random_sample(rng, points, preparations, num_qubits, num_outputs)
        self.states = random_states(rng, num_qubits, preparations)
        mirrored = tuple(reversed(range(num_qubits)))
        self.group = SymmetryGroup.from_generators([mirrored, "Z" * num_qubits]) if twirled else None
        self.twirl = None if self.group is None else pauli_twirl(self.group)
        self.circuit = ExactCircuit(self.form, self.observables)

    def cost(self, loss):
        return data_cost(self.sample, self.states, self.twirl, loss, len(self.observables))

    def dense_outputs(self):
        matrix = unitary(self.form, self.form.angles(self.theta))
        found = []
        for observable in self.observables:
            operator = matrix.conj().T @ observable.to_matrix() @ matrix
            operator = operator if self.group is None else twirl(self.group, operator)
            found.append(np.einsum("dp,de,ep->p", self.states.conj(), operator, self.states).real)
        return self.sample.weights.toarray() @ np.transpose(found)

    def check(self, cost, loss):
        point = self.circuit.at(self.theta)
        found, wanted = cost.at(point), self.dense_outputs()
        targets = self.sample.targets(len(self.observables))
        assert found.value == pytest.approx(loss.value(wanted, targets).mean(), abs=EXACT)
        np.testing.assert_allclose(cost.outputs(point), wanted, atol=EXACT)
        np.testing.assert_allclose(cost.outputs(self.circuit.at(self.theta)), wanted, atol=EXACT)

        def value(theta):
            return cost.at(self.circuit.at(theta)).value

        differences = [(value(self.theta + e) - value(self.theta - e)) / (2 * STEP) for e in STEP * np.eye(8)]
        np.testing.assert_allclose(point.gradient_of(found), differences, atol=1e-7)


def choose(way, monkeypatch):
    """Make it the way that data terms are computed, where there is a choice, a few states at a time."""
    monkeypatch.setattr(simulate, "MOST_AMPLITUDES", 4 * 8)
    if way in {"matrices", "states"}:
        monkeypatch.setattr(module, "MOST_ROW_ENTRIES", 0)
    if way == "states":
        monkeypatch.setattr(module, "MOST_MATRIX_QUBITS", 0)
        monkeypatch.setattr(outputs_module, "MOST_MATRIX_QUBITS", 0)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("twirled", [False, True], ids=["plain", "twirled"])
@pytest.mark.parametrize("num_outputs", [1, 3])
@pytest.mark.parametrize("num_qubits", [2, 3, 4, 5, 6, 7])
def test_value_outputs_and_gradient(num_qubits, num_outputs, twirled, loss):
    case = Case(num_qubits, num_outputs, twirled)
    case.check(case.cost(loss), loss)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("twirled", [False, True], ids=["plain", "twirled"])
@pytest.mark.parametrize("num_outputs", [1, 3])
@pytest.mark.parametrize("points", [5, 200], ids=["few points", "more points than strings"])
def test_every_way(points, num_outputs, twirled, loss, way, monkeypatch):
    choose(way, monkeypatch)
    case = Case(3, num_outputs, twirled, points=points, preparations=9)
    case.check(case.cost(loss), loss)
    found = outputs(case.circuit.at(case.theta), case.sample.weights, case.states, case.twirl)
    np.testing.assert_allclose(found, case.dense_outputs(), atol=EXACT)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_rows_made_in_blocks_are_the_same(loss, monkeypatch):
    case = Case(3, 3, twirled=False, points=400, preparations=30)
    whole = case.cost(loss).at(case.circuit.at(case.theta))
    monkeypatch.setattr(module, "_CHUNK_ENTRIES", 1)
    blocks = case.cost(loss).at(case.circuit.at(case.theta))
    assert blocks.value == pytest.approx(whole.value, abs=EXACT)
    np.testing.assert_allclose(blocks.slope, whole.slope, atol=EXACT)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_data_cost_holds_neither_sample_nor_point(loss, way, monkeypatch):
    choose(way, monkeypatch)
    case = Case(3, 1, twirled=False)
    cost, point = case.cost(loss), case.circuit.at(case.theta)
    point.gradient_of(cost.at(point))
    gone = weakref.ref(case.sample), weakref.ref(point)
    del case, point
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    assert cost is not None


@pytest.mark.parametrize("way", WAYS)
def test_the_gradients_apart_add_up_to_that_of_the_cost(way, monkeypatch):
    choose(way, monkeypatch)
    rng = np.random.default_rng(6)
    group = SymmetryGroup.from_generators([(1, 0, 2), "ZZI"])
    ansatz, observable = random_ansatz(rng, 3, 13), random_pauli_sum(rng, 3, 4)
    problem = random_problem(rng, ansatz, observable, group, points=6, cost={"guidance": "penalty"})
    evaluator, sample, theta = ExactEvaluator(problem), problem.dataset.train, rng.uniform(-3, 3, size=13)
    found = evaluator.evaluate(asked(problem, 0, theta, 0.3, sample))
    assert np.abs(found.penalty.gradient).max() > 1e-3
    np.testing.assert_allclose(found.cost.gradient, found.data_term.gradient + 0.3 * found.penalty.gradient, atol=EXACT)
    assert not found.penalty.gradient_variance.any()
    assert not found.outputs.variances.any()
    plain = evaluator.evaluate(asked(problem, 0, theta, 0.0, sample))
    np.testing.assert_allclose(plain.cost.gradient, found.data_term.gradient, atol=EXACT)
    np.testing.assert_allclose(plain.penalty.gradient, found.penalty.gradient, atol=EXACT)


def test_what_is_known_of_a_batch_goes_with_it():
    problem = configured("plane", "data.train=8", "data.test=4")
    evaluator = ExactEvaluator(problem)
    batch = problem.dataset.train.batch(np.arange(4))
    gone = weakref.ref(batch)
    evaluator.evaluate(asked(problem, 0, np.zeros(48), 1.0, batch))
    del batch
    gc.collect()
    assert gone() is None


def test_without_the_operator_more_qubits_are_taken():
    small = ("model.ansatz.layers=1", "data.train=3", "data.test=2", "symmetry.group=parity")
    problem = configured("plane", "model.qubits=12", "cost.guidance=none", *small)
    theta, train = np.random.default_rng(0).normal(size=36), problem.dataset.train
    request = asked(problem, 0, theta, 0.0, train, measure=(problem.dataset.test,))
    found = ExactEvaluator(problem).evaluate(request)
    assert np.mean((found.outputs.values - train.targets(1)) ** 2) == pytest.approx(found.cost.value)
    assert found.cost.gradient.shape == (36,)
    assert found.measured[0].values.shape == (2, 1)
    with pytest.raises(ConfigError, match=r"exact with 15 .*aer"):
        require_simulable(configured("plane", "model.qubits=15", "cost.guidance=none", *small))
    with pytest.raises(ConfigError, match=r"exact with 12 .*aer"):
        require_simulable(configured("plane", "model.qubits=12", "cost.guidance=twirled", *small))
