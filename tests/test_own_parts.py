"""A loss, a guidance and a penalty family from outside the package: registered, named in a configuration, trained with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pytest
from problems import CONFIGS
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit import load_config, load_results, register, run_experiment
from sggd_qiskit.circuit.measurement import Measurement, Setting, stack_values
from sggd_qiskit.config.block import Positive
from sggd_qiskit.cost.penalty.eigenstates import eigenstates, state_preparation
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.request import Request
from sggd_qiskit.cost.term import TermPlan, WeightedTerm
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.exact.value import ExactValue
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import Shifts
from sggd_qiskit.guidance.guidance import Guidance
from sggd_qiskit.losses.loss import Loss
from sggd_qiskit.problem import build_problem

SIGMAS = 5


class LogCosh(Loss):
    """Σ_k s² log cosh((f_k - y_k)/s), which is quadratic near 0 and linear far away."""

    kind: Literal["own_log_cosh"] = "own_log_cosh"
    scale: Positive = 1.0

    def value(self, outputs, targets):
        x = np.abs(outputs - targets) / self.scale
        return (self.scale**2 * (x + np.log1p(np.exp(-2 * x)) - np.log(2))).sum(axis=1)

    def slope(self, outputs, targets):
        return self.scale * np.tanh((outputs - targets) / self.scale)

    def curvature(self, outputs, targets):
        return (1 / np.cosh((outputs - targets) / self.scale) ** 2)[..., None] * np.eye(outputs.shape[1])


class DarkVacuum(Guidance):
    """A term that has nothing to do with a group: the first output of |0…0⟩ is to be -1."""

    kind: Literal["dark_vacuum"] = "dark_vacuum"
    strength: Positive = 0.5

    def guide(self, problem):
        term = WeightedTerm(
            "vacuum", VacuumTerm(problem.qnn, problem.config.execution.shots), lambda step: self.strength
        )
        return replace(problem, terms=(*problem.terms, term))


@dataclass(frozen=True)
class VacuumTerm:
    """⟨0|O_θ|0⟩ + 1."""

    qnn: object
    shots: int

    def __post_init__(self):
        circuit, angles = self.qnn.ansatz_form.circuit("φ")
        object.__setattr__(self, "angles", angles)
        object.__setattr__(self, "measurements", (Measurement(circuit, self.qnn.observables[:1]),))

    def plan(self, request, rng, *, gradient):
        rows = self.shifts(request, gradient=gradient).with_value()
        values = stack_values({self.angles: rows}, (len(rows),))
        return TermPlan((Setting(self.measurements[0], values, (len(rows),), self.shots),), gradient)

    def reduce(self, request, plan, outcomes):
        (outcome,) = outcomes
        values, variances = outcome.values[:, 0], outcome.variances[:, 0]
        if not plan.gradient:
            return Estimate(values[0] + 1, variances[0])
        shifts = self.shifts(request, gradient=True)
        return Estimate(
            values[0] + 1, variances[0], shifts.gradient(values[1:]), shifts.gradient_variance(variances[1:])
        )

    def exact(self, point, request, rng):
        # |0⟩⟨0| is Π (1 + Z)/2, so ⟨0|O|0⟩ sums the coordinates of all strings of I and Z.
        n = self.qnn.num_qubits
        strings = np.array([all(i // 4**q % 4 in {0, 3} for q in range(n)) for i in range(4**n)], dtype=float)
        slope = np.zeros_like(point.evolved)
        slope[0] = strings
        return ExactValue(float(strings @ point.evolved[0]) + 1, slope)

    def shifts(self, request: Request, *, gradient):
        return Shifts.at(self.qnn.ansatz_form.angles, request.theta, gradient=gradient, factors=request.factors)


class BackwardEcho:
    """Echoes with V_s† in place of V_s, as o_s = o_{s⁻¹}."""

    made: ClassVar[int] = 0

    def __init__(self, ansatz, observables: tuple[SparsePauliOp, ...], states: int):
        type(self).made += 1
        self._observables, self._states = observables, states
        self._prepare, self.preparation = state_preparation(ansatz.num_qubits)
        self._back, self.first = ansatz.circuit("χ")
        self._forth, self.second = ansatz.circuit("φ")

    def circuits(self, element):
        circuit: QuantumCircuit = self._prepare.compose(self._back.inverse())
        wires = element.inverse().apply_to(circuit)
        circuit.compose(self._forth, qubits=wires, inplace=True)
        return (Measurement(circuit, tuple(o.apply_layout(list(wires)) for o in self._observables)),)

    def ensembles(self, rng):
        found = eigenstates(self._observables, self._states, rng)
        return (Ensemble(found.angles, found.weights / len(self._observables), found.drawn),)


@pytest.fixture(scope="module", autouse=True)
def registered():
    register("loss", "own_log_cosh", LogCosh)
    register("guidance", "dark_vacuum", DarkVacuum)
    register("penalty_family", "backward_echo", BackwardEcho)


SMALL = ["data.train=8", "data.test=20", "model.qubits=2", "model.ansatz.layers=2", "symmetry.group=swap"]
PARTS = {
    "loss": ["cost.loss={kind: own_log_cosh, scale: 0.7}"],
    "guidance": ["cost.guidance={kind: dark_vacuum, strength: 0.4}"],
    "family": ["cost.estimator=backward_echo"],
}


def configured(part, *more):
    return load_config(CONFIGS / "plane.yaml", [*SMALL, *PARTS[part], f"name=own-{part}", *more])


@pytest.mark.parametrize("part", PARTS)
def test_the_exact_gradient_is_that_of_the_cost(part):
    problem = build_problem(configured(part))
    evaluator = ExactEvaluator(problem)
    theta = np.random.default_rng(1).uniform(-2, 2, size=len(problem.qnn.theta))

    def evaluated(at):
        return evaluator.evaluate(Request(0, at, problem.weights(0), problem.dataset.train)).cost

    steps = 1e-5 * np.eye(len(theta))
    differences = [(evaluated(theta + e).value - evaluated(theta - e).value) / 2e-5 for e in steps]
    np.testing.assert_allclose(evaluated(theta).gradient, differences, atol=1e-7)


@pytest.mark.parametrize("part", PARTS)
def test_circuits_and_linear_algebra_agree_within_standard_errors(part):
    problem = build_problem(configured(part, "execution.shots=4096"))
    exact, measured = ExactEvaluator(problem), PrimitivesEvaluator(problem, AerExecutor())
    theta = np.random.default_rng(2).uniform(-2, 2, size=len(problem.qnn.theta))
    for step in range(3):
        request = Request(step, theta + step, problem.weights(0), problem.dataset.train)
        want, got = exact.evaluate(request).cost, measured.evaluate(request).cost
        assert abs(got.value - want.value) < SIGMAS * got.stderr
        assert (np.abs(got.gradient - want.gradient) <= SIGMAS * got.gradient_stderr + 1e-12).all()


@pytest.mark.parametrize("backend", ["exact", "aer"])
@pytest.mark.parametrize("part", PARTS)
def test_they_are_named_in_a_configuration_and_trained_with(part, backend, tmp_path):
    config = configured(
        part, f"execution.backend={backend}", "training.steps=25", "training.optimizer.learning_rate=0.1"
    )
    steps = load_results(run_experiment(config, tmp_path).folder).steps
    assert steps.cost.iloc[-3:].mean() < steps.cost.iloc[:3].mean()
    if part == "guidance":
        np.testing.assert_allclose(steps.cost, steps.data_term + 0.4 * steps.term_vacuum, atol=1e-9)
        assert set(steps.term_vacuum_weight) == {0.4}
    assert BackwardEcho.made or (part, backend) != ("family", "aer")


def test_names_that_are_taken_or_do_not_fit_are_refused():
    class Impostor(LogCosh):
        kind: Literal["squared_error"] = "squared_error"

    class Other(LogCosh):
        pass

    for name, cls in (("squared_error", Impostor), ("own_log_cosh", Other)):
        with pytest.raises(ValueError, match=name):
            register("loss", name, cls)
    with pytest.raises(TypeError, match="kind"):
        register("loss", "another", LogCosh)
    register("loss", "own_log_cosh", LogCosh)  # the same again changes nothing
