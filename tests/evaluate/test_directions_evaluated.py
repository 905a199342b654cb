"""Other gradient rules, and shots shared by weight: circuits against the exact evaluator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz, random_groups, random_pauli_sum
from executors import NoiselessExecutor
from problems import asked, configured, random_problem

from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.local.aer import AerExecutor

SIGMAS = 4
GROUPS = [(name, group) for name, group in random_groups() if group.num_qubits <= 3 and group.order <= 8]
FACTORS = np.array([0, 3.0, 0, 0, 3.0, 0, 0, 0, 3.0, 0, 0, 3.0])


def problem_on(group, seed, **settings):
    rng = np.random.default_rng(seed)
    ansatz, observable = random_ansatz(rng, group.num_qubits, 12), random_pauli_sum(rng, group.num_qubits, 4)
    problem = random_problem(rng, ansatz, observable, group, points=4, preparations=3, **settings)
    return problem, rng.uniform(-np.pi, np.pi, size=ansatz.num_parameters)


@pytest.mark.parametrize("guidance", ["none", "penalty", "twirled"])
@pytest.mark.parametrize(("name", "group"), GROUPS, ids=[name for name, _ in GROUPS])
def test_some_components_are_those_of_the_whole_gradient(name, group, guidance):
    problem, theta = problem_on(group, [1, len(name)], cost={"guidance": guidance})
    whole = asked(problem, 0, theta, 0.7, problem.dataset.train)
    part = replace(whole, factors=FACTORS)
    want = FACTORS * ExactEvaluator(problem).evaluate(whole).cost.gradient
    np.testing.assert_allclose(ExactEvaluator(problem).evaluate(part).cost.gradient, want, atol=1e-12)
    measured = PrimitivesEvaluator(problem, NoiselessExecutor()).evaluate(part)
    np.testing.assert_allclose(measured.cost.gradient, want, atol=1e-9)


@pytest.mark.parametrize("estimator", ["echo", "bell_pair", "hadamard_test", "local_states"])
def test_every_family_shifts_what_is_drawn(estimator):
    norm = "local_states" if estimator == "local_states" else "hilbert_schmidt"
    settings = (f"cost.estimator={estimator}", f"cost.norm={norm}", "model.qubits=2", "model.ansatz.layers=1")
    problem = configured("plane", *settings, "data.train=4", "data.test=4")
    theta = np.linspace(-1, 2, len(problem.qnn.theta))
    factors = np.zeros(len(theta))
    factors[[1, 4]] = 3.0
    request = asked(problem, 0, theta, 0.7, problem.dataset.train, factors=factors)
    executor = NoiselessExecutor()
    measured = PrimitivesEvaluator(problem, executor).evaluate(request)
    exact = ExactEvaluator(problem).evaluate(request)
    np.testing.assert_allclose(measured.cost.gradient, exact.cost.gradient, atol=1e-9)
    rng = np.random.SeedSequence(0)
    planner = StepPlanner(problem)
    some, all_ = (
        sum(s.parameter_sets for s in planner.plan(r, rng).settings) for r in (request, replace(request, factors=None))
    )
    assert some < 0.5 * all_


def test_spsa_is_the_same_by_circuits_and_by_linear_algebra():
    problem, theta = problem_on(GROUPS[0][1], 5, cost={"guidance": "penalty"})
    deltas = 0.2 * np.random.default_rng(1).choice([-1.0, 1.0], size=(2, len(theta)))
    request = asked(
        problem, 0, theta, 0.7, problem.dataset.train, measure=(problem.dataset.test,), perturbations=deltas
    )
    exact = ExactEvaluator(problem)
    measured = PrimitivesEvaluator(problem, NoiselessExecutor()).evaluate(request)
    found = exact.evaluate(request)

    def cost(at):
        return exact.evaluate(asked(problem, 0, at, 0.7, problem.dataset.train, gradient=False)).cost.value

    want = np.mean([(cost(theta + d) - cost(theta - d)) / (2 * d) for d in deltas], axis=0)
    np.testing.assert_allclose(found.cost.gradient, want, atol=1e-12)
    np.testing.assert_allclose(measured.cost.gradient, want, atol=1e-9)
    assert measured.cost.value == pytest.approx(cost(theta), abs=1e-9)
    assert len(measured.measured) == len(found.measured) == 1


@pytest.mark.parametrize("rule", ["shared", "spsa", "coordinates"])
def test_with_shots_it_is_right_within_its_own_standard_errors(rule):
    pulls = []
    for number, (_, group) in enumerate(GROUPS):
        settings = {"execution": {"shots_for": "cost", "shots": 20_000}} if rule == "shared" else {}
        problem, theta = problem_on(group, [2, number], cost={"guidance": "penalty"}, **settings)
        deltas = 0.3 * np.random.default_rng(number).choice([-1.0, 1.0], size=(1, len(theta)))
        more = {"spsa": {"perturbations": deltas}, "coordinates": {"factors": FACTORS}, "shared": {}}[rule]
        evaluator, exact = PrimitivesEvaluator(problem, AerExecutor()), ExactEvaluator(problem)
        for step in range(3):
            request = asked(problem, step, theta + step, 0.7, problem.dataset.train, **more)
            got, want = evaluator.evaluate(request).cost, exact.evaluate(request).cost
            moved = got.gradient_stderr > 0
            np.testing.assert_allclose(got.gradient[~moved], want.gradient[~moved], atol=1e-9)
            found = (got.gradient - want.gradient)[moved] / got.gradient_stderr[moved]
            pulls.extend(found[:1] if rule == "spsa" else found)  # all components of a pair have the same noise
            pulls.append((got.value - want.value) / got.stderr)
    assert abs(np.mean(pulls)) < SIGMAS / np.sqrt(len(pulls))
    assert abs(np.var(pulls) - 1) < SIGMAS * np.sqrt(2 / len(pulls))


def test_shared_shots_are_for_all_circuits_of_a_row():
    shared = configured("plane", "execution.shots_for=cost", "execution.shots=4096")
    planner = StepPlanner(shared)
    theta = np.zeros(len(shared.qnn.theta))
    settings = planner.plan(asked(shared, 0, theta, 1.0, shared.dataset.train), np.random.SeedSequence(0)).settings
    row = sum(s.shape[-1] * s.measurement.num_bases * s.shots for s in settings)
    circuits = sum(s.shape[-1] for s in settings)
    assert 4096 <= row < 4096 + circuits


def test_all_elements_of_a_group_and_the_reference_get_the_same_shots():
    """Half of the pairs shift both copies of the ansatz, each with half of the influence; one number of shots is one job."""
    problem = configured(
        "plane", "symmetry.group=dihedral_square", "cost.reference=identity", "execution.shots_for=cost",
        "execution.backend=aer", "cost.estimator=echo",
    )  # fmt: skip
    request = asked(problem, 0, np.zeros(len(problem.qnn.theta)), 1.0, problem.dataset.train)
    plan = StepPlanner(problem).plan(request, np.random.SeedSequence(0))
    (penalty,) = plan.terms
    assert {block.copies for block in penalty.blocks} == {1, 2}
    assert len({setting.shots for setting in penalty.settings}) == 1
    assert len(penalty.settings) == len(penalty.blocks) + 1


def test_sharing_by_weight_gives_a_better_gradient_for_the_same_executions():
    """Against as many shots spread over the circuits without regard to their weights: 41 for each of 101 values."""
    variances, executions = {}, {}
    for way, shots in (("cost", 4096), ("value", 41)):
        problem = configured("plane", f"execution.shots_for={way}", f"execution.shots={shots}")
        theta = np.linspace(-1, 1, len(problem.qnn.theta))
        request = asked(problem, 0, theta, 1.0, problem.dataset.train)
        evaluation = PrimitivesEvaluator(problem, AerExecutor()).evaluate(request)
        variances[way] = evaluation.cost.gradient_variance.sum()
        executions[way] = sum(job.shots for job in evaluation.jobs)
    assert executions["cost"] < 1.1 * executions["value"]
    assert variances["cost"] < 0.7 * variances["value"]
