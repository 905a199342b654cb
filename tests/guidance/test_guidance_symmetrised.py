"""The symmetrised ansatz as a guidance: outputs are invariant, gradients and shots are right, a plan shows its circuits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_groups, random_pauli_sum, random_states
from command_line import call
from executors import NoiselessExecutor
from problems import CONFIGS, asked, configured, random_problem
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.problem import Problem
from sggd_qiskit.train.initial import initial_theta

EXACT, STEP, SIGMAS = 1e-12, 1e-5, 4
GUIDANCE = "cost.guidance=symmetrised_ansatz"
GROUPS = (
    "swap-4",
    "cyclic-3",
    "full_permutation-3",
    "u1_total_z-3",
    "phases",
    "non-clifford",
)


def problem_on(name: str, seed: int) -> tuple[Problem, np.ndarray]:
    """Rotations with shared parameters and a random observable, of which the group leaves something."""
    group, rng = dict(random_groups())[name], np.random.default_rng([seed, len(name)])
    n = group.num_qubits
    for _ in range(20):
        theta, ansatz = ParameterVector("θ", 8), QuantumCircuit(n)
        for k in range(8):
            a, b = theta[k], theta[int(rng.integers(8))]
            for pair in zip(range(n), range(1, n), strict=False):
                getattr(ansatz, ("rxx", "ryy", "rzz")[k % 3])(a - 0.3 * b, *pair)
            getattr(ansatz, str(rng.choice(["rx", "ry", "rz"])))(a, int(rng.integers(n)))
        try:
            problem = random_problem(
                rng, ansatz, random_pauli_sum(rng, n, 5), group, cost={"guidance": "symmetrised_ansatz"}
            )
        except ConfigError:
            continue
        return problem, rng.uniform(-np.pi, np.pi, size=len(problem.qnn.theta))
    raise ValueError(name)


@pytest.mark.parametrize("name", GROUPS)
def test_outputs_are_invariant_at_every_theta(name):
    rng = np.random.default_rng(5)
    for seed in range(3):
        problem, theta = problem_on(name, seed)
        group, (observable,) = problem.group, problem.qnn.observables
        u = Operator(problem.qnn.ansatz.assign_parameters(theta)).data
        evolved = u.conj().T @ observable.to_matrix() @ u
        states = random_states(rng, group.num_qubits, 6)
        outputs = np.einsum("ip,ij,jp->p", states.conj(), evolved, states)
        for element in group.elements:
            moved = element.apply_to_states(states)
            np.testing.assert_allclose(np.einsum("ip,ij,jp->p", moved.conj(), evolved, moved), outputs, atol=EXACT)


@pytest.mark.parametrize("name", GROUPS)
def test_shifts_and_finite_differences_agree(name):
    problem, theta = problem_on(name, 3)
    evaluator, train = ExactEvaluator(problem), problem.dataset.train

    def cost(theta):
        return evaluator.evaluate(asked(problem, 0, theta, 0, train)).cost

    differences = [(cost(theta + e).value - cost(theta - e).value) / (2 * STEP) for e in STEP * np.eye(len(theta))]
    np.testing.assert_allclose(cost(theta).gradient, differences, atol=1e-7)
    measured = PrimitivesEvaluator(problem, NoiselessExecutor()).evaluate(asked(problem, 0, theta, 0, train))
    np.testing.assert_allclose(measured.cost.gradient, differences, atol=1e-7)
    assert measured.cost.value == pytest.approx(cost(theta).value, abs=1e-10)


def test_with_shots_it_is_right_within_its_standard_errors():
    pulls = []
    for name in ("swap-4", "u1_total_z-3"):
        problem, theta = problem_on(name, 4)
        evaluator, exact = PrimitivesEvaluator(problem, AerExecutor()), ExactEvaluator(problem)
        for step in range(4):
            request = asked(problem, step, theta + step, 0, problem.dataset.train)
            got, want = evaluator.evaluate(request), exact.evaluate(request)
            pulls.append((got.cost.value - want.cost.value) / got.cost.stderr)
            pulls.extend((got.cost.gradient - want.cost.gradient) / got.cost.gradient_stderr)
            pulls.extend(((got.outputs.values - want.outputs.values) / np.sqrt(got.outputs.variances)).ravel())
    assert np.abs(pulls).max() < SIGMAS
    assert 0.7 < np.std(pulls) < 1.3  # outputs of one state, and components of one gradient, vary together


def test_images_of_a_point_get_its_output():
    problem = configured("plane", GUIDANCE, "model.ansatz.layers=2", "data.train=20", "data.test=20")
    theta = initial_theta(problem.config.training, len(problem.qnn.theta))
    evaluator, test = ExactEvaluator(problem), problem.dataset.test
    swapped = replace(test, preparations=test.preparations[:, ::-1])
    np.testing.assert_allclose(
        evaluator.outputs(theta, test).values, evaluator.outputs(theta, swapped).values, atol=EXACT
    )


def test_a_plan_shows_fewer_parameters_and_the_circuits_on_a_device():
    settings = ("--set", GUIDANCE, "--set", "model.ansatz.entangler=cz_ring", "--set", "data.train=10")
    result = call("plan", CONFIGS / "plane.yaml", "--device", "fake_torino", *settings)
    assert result.returncode == 0
    assert "24 parameters in 48 rotations" in result.stdout
    assert "transpiled to fake_torino" in result.stdout


@pytest.mark.parametrize(
    ("overrides", "key", "said"),
    [
        (("symmetry.group=cyclic", "symmetry.check=warn"), "model.ansatz", ("Z0 X1", "do not commute", "CZ")),
        (("symmetry.group=dihedral_square",), "model.ansatz", ("XX", "smaller group")),
        (("model.qubits=9", "symmetry.group=u1_total_z", "symmetry.check=warn"), "symmetry", ("9 qubits", "penalty")),
        (("symmetry.group=reflections", "model.observable=X0"), "model.observable", ("identity", "symmetric part")),
    ],
)
def test_what_can_not_be_symmetrised_is_refused_at_its_key(overrides, key, said):
    with pytest.raises(ConfigError) as refused:
        configured("plane", GUIDANCE, *overrides)
    (fault,) = refused.value.faults
    assert ".".join(map(str, fault.path)) == key
    for part in said:
        assert part in fault.message
