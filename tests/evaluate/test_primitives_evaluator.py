"""The evaluator through circuits and shots against the exact one."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_groups, random_pauli_sum
from executors import NoiselessExecutor
from problems import asked, configured, random_problem
from qiskit.primitives import BackendEstimatorV2, StatevectorEstimator
from qiskit_aer import AerSimulator

from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor

SIGMAS = 4
GROUPS = random_groups()


def problem_on(group, guidance, seed, **settings):
    rng = np.random.default_rng(seed)
    n = group.num_qubits
    ansatz, observable = random_ansatz(rng, n, 12), random_pauli_sum(rng, n, 4)
    problem = random_problem(
        rng, ansatz, observable, group, points=4, preparations=3, cost={"guidance": guidance}, **settings
    )
    return problem, rng.uniform(-np.pi, np.pi, size=ansatz.num_parameters)


@pytest.mark.parametrize("guidance", ["none", "penalty", "twirled"])
@pytest.mark.parametrize(("name", "group"), GROUPS, ids=[name for name, _ in GROUPS])
def test_without_shot_noise_it_equals_the_exact_one(name, group, guidance):
    if group.order > 64:
        pytest.skip("a large group takes long, and is no other case")
    problem, theta = problem_on(group, guidance, [1, len(name), len(guidance)])
    request = asked(problem, 0, theta, 0.7, problem.dataset.train, measure=(problem.dataset.test,))
    measured = PrimitivesEvaluator(problem, NoiselessExecutor()).evaluate(request)
    exact = ExactEvaluator(problem).evaluate(request)
    assert measured.cost.value == pytest.approx(exact.cost.value, abs=1e-9)
    np.testing.assert_allclose(measured.cost.gradient, exact.cost.gradient, atol=1e-9)
    np.testing.assert_allclose(measured.outputs.values, exact.outputs.values, atol=1e-9)
    np.testing.assert_allclose(measured.measured[0].values, exact.measured[0].values, atol=1e-9)
    if guidance == "penalty":
        assert measured.penalty.value == pytest.approx(exact.penalty.value, abs=1e-9)


def test_with_shots_it_is_right_within_its_own_standard_errors():
    residuals = {"cost": [], "data_term": [], "penalty": [], "gradient": [], "outputs": []}
    for number, (_, group) in enumerate(GROUPS):
        if group.order > 8 or group.num_qubits > 3:
            continue  # larger groups are compared without shots above
        for guidance in ("penalty", "twirled"):
            problem, theta = problem_on(group, guidance, [2, number], training={"seed": number})
            evaluator = PrimitivesEvaluator(problem, AerExecutor())
            exact = ExactEvaluator(problem)
            for step in range(8):
                request = asked(problem, step, theta + step, 0.7, problem.dataset.train)
                got, want = evaluator.evaluate(request), exact.evaluate(request)
                residuals["cost"].append((got.cost.value - want.cost.value) / got.cost.stderr)
                residuals["data_term"].append((got.data_term.value - want.data_term.value) / got.data_term.stderr)
                if got.penalty is not None and got.penalty.stderr > 0:
                    residuals["penalty"].append((got.penalty.value - want.penalty.value) / got.penalty.stderr)
                moved = got.cost.gradient_stderr > 0  # a parameter may have no influence at all
                residuals["gradient"].extend(
                    ((got.cost.gradient - want.cost.gradient)[moved] / got.cost.gradient_stderr[moved]).tolist()
                )
                np.testing.assert_allclose(got.cost.gradient[~moved], want.cost.gradient[~moved], atol=1e-9)
                residuals["outputs"].extend(
                    ((got.outputs.values - want.outputs.values) / np.sqrt(got.outputs.variances)).ravel().tolist()
                )
    pulls = np.concatenate([np.asarray(values) for values in residuals.values()])
    assert len(pulls) > 500
    assert len(residuals["gradient"]) > 500
    # 4 standard errors are passed by 6 in 100,000 draws of a normal distribution.
    assert np.mean(np.abs(pulls) > SIGMAS) < 2e-3
    for name in ("gradient", "outputs"):
        assert 0.8 < np.var(residuals[name]) < 1.25, name
    assert 0.8 < np.var(pulls) < 1.25
    for name, values in residuals.items():
        # The variance of n normal numbers is itself uncertain by √(2/n).
        assert abs(np.var(values) - 1) < SIGMAS * np.sqrt(2 / len(values)), name
        assert abs(np.mean(values)) < SIGMAS / np.sqrt(len(values)), name


def test_squared_error_is_unbiased_at_few_shots():
    problem = configured("werner", "cost.guidance=none", "execution.shots=8", "data.train=5")
    theta = np.array([1.0])
    want = ExactEvaluator(problem).evaluate(asked(problem, 0, theta, 0.0, problem.dataset.train)).cost
    evaluator = PrimitivesEvaluator(problem, AerExecutor())
    found = [evaluator.evaluate(asked(problem, step, theta, 0.0, problem.dataset.train)).cost for step in range(400)]
    values = np.array([cost.value for cost in found])
    gradients = np.array([cost.gradient[0] for cost in found])
    outputs_variance = np.var(values, ddof=1)
    assert abs(values.mean() - want.value) < SIGMAS * np.sqrt(outputs_variance / len(values))
    assert abs(gradients.mean() - want.gradient[0]) < SIGMAS * gradients.std(ddof=1) / np.sqrt(len(gradients))
    # At 8 shots the error bar is cautious: never too short, and not several times too long.
    assert 0.8 < np.mean([cost.variance for cost in found]) / outputs_variance < 4


@pytest.mark.parametrize(
    "estimator",
    [StatevectorEstimator(seed=1), BackendEstimatorV2(backend=AerSimulator(seed_simulator=1))],
    ids=lambda estimator: type(estimator).__name__,
)
def test_any_estimator_can_be_handed_in(estimator):
    problem = configured("werner", "data.train=3")
    theta = np.array([0.9])
    request = asked(problem, 0, theta, 1.0, problem.dataset.train)
    got = PrimitivesEvaluator(problem, PrimitivesExecutor(estimator)).evaluate(request)
    want = ExactEvaluator(problem).evaluate(request)
    assert abs(got.cost.value - want.cost.value) < SIGMAS * got.cost.stderr
    assert abs(got.cost.gradient[0] - want.cost.gradient[0]) < SIGMAS * got.cost.gradient_stderr[0]
    assert got.jobs[0].backend == type(estimator).__name__
    assert got.jobs[0].shots >= got.jobs[0].shots_requested > 0


def test_the_same_step_gives_the_same_numbers_and_another_step_others():
    problem = configured("werner")
    evaluator = PrimitivesEvaluator(problem, AerExecutor())
    theta = np.array([0.9])

    def cost(step):
        return evaluator.evaluate(asked(problem, step, theta, 1.0, problem.dataset.train)).cost

    assert cost(5).value == cost(5).value
    np.testing.assert_array_equal(cost(5).gradient, cost(5).gradient)
    assert cost(5).value != cost(6).value


def test_one_job_a_step_and_circuits_do_not_grow_with_the_number_of_werner_states():
    loads = []
    for train in (4, 400):
        problem = configured("werner", f"data.train={train}")
        job = (
            PrimitivesEvaluator(problem, AerExecutor())
            .evaluate(asked(problem, 0, np.array([0.9]), 1.0, problem.dataset.train))
            .jobs
        )
        assert len(job) == 1
        loads.append((job[0].pubs, job[0].parameter_sets, job[0].shots))
    assert loads[0] == loads[1]
    # 1 PUB of outputs; 11 elements beside the identity, of which 3 are their own inverses and 8 come in pairs.
    assert loads[0][0] == 1 + 3 + 4
    # 3 rotations: 7 rows of outputs on 4 Bell states; 12 eigenstates with 7 rows, or 13 for a pair.
    assert loads[0][1] == 7 * 4 + 12 * (3 * 7 + 4 * 13)


def test_at_weight_zero_the_gradient_of_the_penalty_is_not_paid_for():
    problem = configured("plane", "execution.backend=aer", "data.train=2")
    planner = StepPlanner(problem)
    theta, rng = np.zeros(48), np.random.SeedSequence(0)
    watched = planner.plan(asked(problem, 0, theta, 0.0, problem.dataset.train), rng)
    guided = planner.plan(asked(problem, 0, theta, 1.0, problem.dataset.train), rng)
    assert [s.parameter_sets for s in watched.terms[0].settings] == [16]
    assert [s.parameter_sets for s in guided.terms[0].settings] == [16 * 97]
    evaluation = PrimitivesEvaluator(problem, AerExecutor()).evaluate(
        asked(problem, 0, theta, 0.0, problem.dataset.train)
    )
    assert evaluation.cost.gradient is not None
    assert evaluation.penalty.gradient is None
    assert evaluation.cost.value == evaluation.data_term.value
