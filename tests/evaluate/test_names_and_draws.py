"""Parameters of any name, and differences of costs that rest on the same drawn states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import random_ansatz
from executors import NoiselessExecutor
from problems import asked, configured
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import ParameterVector

from sggd_qiskit.cost.penalty import symmetry_penalty
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.local.aer import AerExecutor

SIGMAS = 4
SMALL = ("model.qubits=2", "data.train=5", "data.test=5")


def written(path, circuit):
    with path.open("wb") as stream:
        qpy.dump(circuit, stream)
    return path


@pytest.mark.parametrize("name", ["φ", "χ", "β", "α", "θ", "φ′"])
def test_a_users_parameters_may_have_any_name(tmp_path, name):
    features = ParameterVector(name, 2)
    encoding = QuantumCircuit(2)
    for q in range(2):
        encoding.ry(features[q], q)
    other = "φ" if name != "φ" else "χ"
    ansatz = random_ansatz(np.random.default_rng(1), 2, 5)
    ansatz = ansatz.assign_parameters(list(ParameterVector(other, 5)))
    files = [
        f"model.encoding={{kind: file, path: {written(tmp_path / 'encoding.qpy', encoding)}}}",
        f"model.ansatz={{kind: file, path: {written(tmp_path / 'ansatz.qpy', ansatz)}}}",
    ]
    theta = np.linspace(-1, 2, 5)
    for estimator in ("echo", "bell_pair", "destructive_swap_test"):
        problem = configured("plane", *SMALL, *files, f"cost.estimator={estimator}", "execution.shots=64")
        request = asked(problem, 0, theta, 0.7, problem.dataset.train)
        got = PrimitivesEvaluator(problem, AerExecutor()).evaluate(request)
        assert np.isfinite(got.cost.gradient).all()
        if estimator == "echo":
            exact = ExactEvaluator(problem).evaluate(request).cost
            noiseless = PrimitivesEvaluator(problem, NoiselessExecutor()).evaluate(request).cost
            np.testing.assert_allclose(noiseless.gradient, exact.gradient, atol=1e-9)


@pytest.mark.parametrize("evaluator", ["exact", "circuits"])
def test_spsa_with_drawn_states_has_no_spread_of_the_draw_in_its_difference(evaluator, monkeypatch):
    """A small step between two points that draw the same states: what is left is what the step itself changes."""
    norm = ["cost.norm=local_states", "cost.estimator=local_states", "cost.states=24", "data.train=3", "data.test=3"]
    monkeypatch.setattr(
        symmetry_penalty, "MOST_OPERATOR_QUBITS", 2
    )  # beyond it states are drawn on the exact backend too
    problem = configured("plane", *norm, "model.qubits=3", "model.ansatz.layers=1", "symmetry.group=parity")
    theta = np.random.default_rng(2).uniform(-2, 2, size=len(problem.qnn.theta))
    delta = 1e-3 * np.random.default_rng(3).choice([-1.0, 1.0], size=(1, len(theta)))
    made = ExactEvaluator(problem) if evaluator == "exact" else PrimitivesEvaluator(problem, NoiselessExecutor())
    spsa, values = [], []
    for step in range(40):
        request = asked(problem, step, theta, 1.0, problem.dataset.train, perturbations=delta)
        spsa.append(made.evaluate(request).cost)
        values.append(made.evaluate(replace(request, perturbations=None, gradient=False)).cost)
    slopes = np.array([cost.gradient[0] * np.sign(delta[0, 0]) for cost in spsa])
    told = np.sqrt([cost.gradient_variance[0] for cost in spsa])
    apart = np.sqrt(2) * np.mean([cost.stderr for cost in values]) / (2 * 1e-3)
    assert slopes.std() < apart / 50
    assert 0.5 < np.sqrt(np.mean(told**2)) / slopes.std(ddof=1) < 2


def test_a_group_that_is_drawn_is_the_same_at_both_points():
    problem = configured(
        "plane",
        *SMALL[1:],
        "model.qubits=4",
        "model.ansatz.layers=2",
        "model.observable=Z0 + 0.5 X1 X2 - 0.7 Y3",
        "symmetry.group=full_permutation",
        "symmetry.check=warn",
        "cost.group_samples=12",
    )
    theta = np.random.default_rng(4).uniform(-2, 2, size=len(problem.qnn.theta))
    deltas = 0.1 * np.random.default_rng(5).choice([-1.0, 1.0], size=(1, len(theta)))
    made, exact = PrimitivesEvaluator(problem, NoiselessExecutor()), ExactEvaluator(problem)
    pulls = []
    for step in range(12):
        request = asked(problem, step, theta, 1.0, problem.dataset.train, perturbations=deltas)
        got, want = made.evaluate(request).cost, exact.evaluate(request).cost
        pulls.append((got.gradient[0] - want.gradient[0]) / np.sqrt(got.gradient_variance[0]))
    assert abs(np.mean(pulls)) < SIGMAS / np.sqrt(len(pulls)) * 1.3  # spreads of 14 draws have Student's tails
