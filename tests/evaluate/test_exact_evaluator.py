"""The exact evaluator against Qiskit's matrices and finite differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz, random_groups, random_pauli_sum
from problems import asked, configured, dense_terms, random_problem

from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.train.rows import accuracy

STEP = 1e-5
GROUPS = random_groups()


@pytest.mark.parametrize("guidance", ["none", "penalty", "twirled"])
@pytest.mark.parametrize(("name", "group"), GROUPS, ids=[name for name, _ in GROUPS])
def test_value_and_gradient_on_random_problems(name, group, guidance):
    rng = np.random.default_rng([7, len(name), len(guidance)])
    n = group.num_qubits
    ansatz, observable = random_ansatz(rng, n, 13), random_pauli_sum(rng, n, 5)
    weight, norm = 0.7, rng.choice(["hilbert_schmidt", "normalized_hilbert_schmidt"])
    scale = 2**n if norm == "hilbert_schmidt" else 1
    problem = random_problem(rng, ansatz, observable, group, cost={"guidance": guidance, "norm": str(norm)})
    theta = rng.uniform(-np.pi, np.pi, size=ansatz.num_parameters)
    evaluator, sample = ExactEvaluator(problem), problem.dataset.train

    def cost(theta):
        data_term, penalty = dense_terms(problem, theta, sample)
        return data_term + (weight * scale * penalty if guidance == "penalty" else 0)

    evaluation = evaluator.evaluate(asked(problem, 0, theta, weight, sample))
    data_term, penalty = dense_terms(problem, theta, sample)
    assert evaluation.data_term.value == pytest.approx(data_term, abs=1e-10)
    assert evaluation.cost.value == pytest.approx(cost(theta), abs=1e-9)
    if guidance == "penalty":
        assert evaluation.penalty.value == pytest.approx(scale * penalty, abs=1e-10)
    else:
        assert evaluation.penalty is None
    differences = [(cost(theta + e) - cost(theta - e)) / (2 * STEP) for e in STEP * np.eye(len(theta))]
    np.testing.assert_allclose(evaluation.cost.gradient, differences, atol=1e-6 * max(1, scale))
    assert evaluation.cost.stderr == 0
    assert not evaluation.cost.gradient_stderr.any()


@pytest.mark.parametrize("ansatz", ["cx_power", "crx"])
@pytest.mark.parametrize("norm", ["hilbert_schmidt", "normalized_hilbert_schmidt"])
def test_werner_penalty_and_its_gradient_equal_the_closed_forms(ansatz, norm):
    problem = configured("werner", f"model.ansatz.kind={ansatz}", f"cost.norm={norm}")
    evaluator = ExactEvaluator(problem)
    scale = 1 if norm == "hilbert_schmidt" else 1 / 4
    for theta in np.linspace(-7, 7, 57):
        if ansatz == "cx_power":  # b = cos²(θ/2)
            b, slope = np.cos(theta / 2) ** 2, -np.sin(theta) / 2
        else:  # b = ((1 + cos(θ/2))² - 1)/3
            b, slope = ((1 + np.cos(theta / 2)) ** 2 - 1) / 3, -(1 + np.cos(theta / 2)) * np.sin(theta / 2) / 3
        penalty = evaluator.evaluate(asked(problem, 0, np.array([theta]), 1.0, problem.dataset.train)).penalty
        assert penalty.value == pytest.approx(scale * 3 * (1 - b**2), abs=1e-10)
        assert penalty.gradient[0] == pytest.approx(-scale * 6 * b * slope, abs=1e-10)


@pytest.mark.parametrize("ansatz", ["cx_power", "crx"])
@pytest.mark.parametrize("region", ["whole", "d1", "d2"])
def test_twirled_cost_of_werner_states_is_the_plain_cost(ansatz, region):
    # The states are invariant, so it makes no difference whether they or the observable are twirled.
    rng = np.random.default_rng(3)
    kind = [f"model.ansatz.kind={ansatz}", f"data.region={region}", "data.sampling=random"]
    costs = []
    for guidance in ("none", "twirled"):
        problem = configured("werner", *kind, f"cost.guidance={guidance}")
        evaluator = ExactEvaluator(problem)
        rng = np.random.default_rng(3)
        for theta in rng.uniform(-7, 7, size=(20, 1)):
            cost = evaluator.evaluate(asked(problem, 0, theta, 0.0, problem.dataset.train)).cost
            costs.append([cost.value, cost.gradient[0]])
    plain, twirled = np.split(np.array(costs), 2)
    np.testing.assert_allclose(twirled, plain, atol=1e-12)


def test_twirled_outputs_are_symmetric():
    problem = configured("plane", "cost.guidance=twirled", "symmetry.group=dihedral_square", "data.test=40")
    theta = np.random.default_rng(0).uniform(-3, 3, size=48)
    test = problem.dataset.test
    evaluator = ExactEvaluator(problem)
    measured = []
    for action in problem.equivariance.actions:
        points = test.points @ action.T
        image = replace(test, points=points, preparations=points)
        request = asked(problem, 0, theta, 0.0, problem.dataset.train, gradient=False, measure=(image,))
        measured.append(evaluator.evaluate(request).measured[0].values)
    assert np.ptp(measured[0]) > 0.1
    for outputs in measured[1:]:
        np.testing.assert_allclose(outputs, measured[0], atol=1e-12)


def test_without_a_gradient_none_is_made():
    problem = configured("plane")
    request = asked(
        problem, 0, np.zeros(48), 1.0, problem.dataset.train, gradient=False, measure=(problem.dataset.test,)
    )
    evaluation = ExactEvaluator(problem).evaluate(request)
    assert evaluation.cost.gradient is None
    assert evaluation.cost.gradient_stderr is None
    assert evaluation.measured[0].values.shape == (2000, 1)
    assert evaluation.jobs == ()


def test_accuracy_counts_signs():
    problem = configured("werner")
    # The identity with SWAP classifies every Werner state rightly.
    request = asked(
        problem, 0, np.zeros(1), 0.0, problem.dataset.train, gradient=False, measure=(problem.dataset.test,)
    )
    outputs = ExactEvaluator(problem).evaluate(request).measured[0]
    test = problem.dataset.test
    assert accuracy(outputs, test)[0] == 1
    assert accuracy(outputs, replace(test, labels=-test.labels))[0] == 0
    flipped = test.labels.copy()
    flipped[:50] *= -1
    share, stderr = accuracy(outputs, replace(test, labels=flipped))
    assert share == pytest.approx(1 - 50 / 200)
    assert stderr == pytest.approx(np.sqrt(share * (1 - share) / 200), rel=0.02)
    assert 0 < accuracy(outputs, test)[1] < 0.01
