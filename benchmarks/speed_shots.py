"""Loss and gradient by circuits, this project's aer backend beside Aer's primitives and qiskit-machine-learning.

    OMP_NUM_THREADS=1 python benchmarks/speed_shots.py [rounds]

The circuit of configs/plane.yaml: 4 qubits, 48 parameters, 20 points, no penalty; 1,940 circuits by the parameter-shift rule.
All take turns in every round. With exact expectation values the gradients agree within 1e-8, and with shots within 6 of
their standard errors. Last, a whole rehearsed step, with the penalty, against as many circuits of the runtime's local testing
mode, of which 97 are timed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
from qiskit.primitives.containers import BindingsArray
from qiskit_aer.primitives import EstimatorV2, SamplerV2
from qiskit_machine_learning.gradients import ParamShiftEstimatorGradient
from qiskit_machine_learning.neural_networks import EstimatorQNN
from rehearsal import seconds_of_both, step
from rich.console import Console
from rich.table import Table

from sggd_qiskit import load_config
from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome
from sggd_qiskit.cost.request import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.problem import Problem, build_problem

SHOTS = 1024
MEASURED = (f"execution.shots={SHOTS}", "execution.shots_for=value")
ROUNDS = 5
Step = Callable[[FloatArray], FloatArray]


def plane(*overrides: str) -> Problem:
    """The problem of the benchmark."""
    settings = ["data.train=20", "data.test=2", "cost.guidance=none", *MEASURED, *overrides]
    return build_problem(load_config("configs/plane.yaml", settings))


def ours(problem: Problem, *, exact: bool) -> Step:
    """This project."""
    evaluator = PrimitivesEvaluator(problem, AerExecutor(shot_noise=not exact))
    return lambda theta: evaluator.evaluate(Request(0, theta, (), problem.dataset.train)).cost.gradient


def by_primitive(problem: Problem, run: Callable[[Measurement, BindingsArray], FloatArray]) -> Step:
    """The same circuits, as one broadcast PUB of another primitive; plan and reduce are ours."""
    planner = StepPlanner(problem)

    def gradient(theta: FloatArray) -> FloatArray:
        request = Request(0, theta, (), problem.dataset.train)
        plan = planner.plan(request, np.random.SeedSequence(0))
        (setting,) = plan.settings
        values = run(setting.measurement, BindingsArray(dict(setting.values), setting.shape))[..., None]
        return planner.reduce(request, plan, (Outcome(values, np.zeros_like(values)),), ()).cost.gradient

    return gradient


def aer_estimator(problem: Problem, *, exact: bool) -> Step:
    """Aer's EstimatorV2 as shipped."""
    estimator = EstimatorV2()
    precision = 0.0 if exact else SHOTS**-0.5
    return by_primitive(
        problem,
        lambda m, values: estimator.run([(m.circuit, m.observables[0], values, precision)]).result()[0].data.evs,
    )


def aer_sampler(problem: Problem) -> Step:
    """Aer's SamplerV2 as shipped; the observable is Z on qubit 0."""
    sampler = SamplerV2()

    def run(measurement: Measurement, values: BindingsArray) -> FloatArray:
        circuit = measurement.circuit.measure_all(inplace=False)
        bits = sampler.run([(circuit, values, SHOTS)]).result()[0].data.meas
        return bits.expectation_values("I" * (circuit.num_qubits - 1) + "Z")

    return by_primitive(problem, run)


def estimator_qnn(problem: Problem) -> Step:
    """qiskit-machine-learning's EstimatorQNN on Aer's EstimatorV2, as its documentation has it."""
    qnn, estimator = problem.qnn, EstimatorV2()
    network = EstimatorQNN(
        circuit=qnn.circuit,
        estimator=estimator,
        observables=qnn.observables[0],
        input_params=list(qnn.features),
        weight_params=list(qnn.theta),
        gradient=ParamShiftEstimatorGradient(estimator),
        default_precision=0.0,
    )
    sample = problem.dataset.train
    targets = sample.targets(1)[:, 0]

    def gradient(theta: FloatArray) -> FloatArray:
        residuals = network.forward(sample.preparations, theta)[:, 0] - targets
        _, slopes = network.backward(sample.preparations, theta)
        return 2 / len(sample) * residuals @ slopes[:, 0]

    return gradient


def rehearsed() -> tuple[float, float]:
    """Seconds of a whole rehearsed step, and of as many circuits in local testing mode."""
    problem = build_problem(load_config("configs/plane.yaml", MEASURED))
    device = fake_device("fake_torino")
    executor = RehearsalExecutor(device)
    evaluator = PrimitivesEvaluator(problem, executor)
    theta = np.random.default_rng(1).normal(size=len(problem.qnn.theta))
    weights, sample = problem.weights(0), problem.dataset.train
    evaluator.evaluate(Request(0, theta, weights, sample))
    seconds, sets = [], 0
    for number in range(3):
        clock = perf_counter()
        (job,) = evaluator.evaluate(Request(number, theta, weights, sample)).jobs
        seconds.append(perf_counter() - clock)
        sets = job.parameter_sets
    theirs, _ = seconds_of_both(executor, step(executor), device)
    return median(seconds), median(theirs) * sets / 97


def main(rounds: int) -> None:
    """Print the table."""
    problem = plane()
    exact = {
        "this project": ours(problem, exact=True),
        "Aer EstimatorV2": aer_estimator(problem, exact=True),
        "EstimatorQNN on Aer EstimatorV2": estimator_qnn(problem),
    }
    shots = {
        "this project": ours(problem, exact=False),
        "Aer EstimatorV2": aer_estimator(problem, exact=False),
        "Aer SamplerV2": aer_sampler(problem),
    }
    theta = np.random.default_rng(0).normal(size=len(problem.qnn.theta))
    request = Request(0, theta, (), problem.dataset.train)
    want = ExactEvaluator(problem).evaluate(request).cost.gradient
    stderr = PrimitivesEvaluator(problem, AerExecutor()).evaluate(request).cost.gradient_stderr
    table = Table(title="20 points, 48 parameters, 1,940 circuits: loss and gradient")
    for column in ("", "way", "median s", "ratio"):
        table.add_column(column, justify="left" if column in {"", "way"} else "right")
    for title, ways, tolerance in (("exact values", exact, 1e-8), (f"{SHOTS:,} shots", shots, 6 * stderr)):
        for way in ways.values():  # the first call makes what is kept
            if not (np.abs(way(theta) - want) <= tolerance).all():
                raise SystemExit(f"{title}: the gradients do not agree")
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                clock = perf_counter()
                way(theta)
                seconds[name].append(perf_counter() - clock)
        base = median(seconds["this project"])
        for name, found in seconds.items():
            table.add_row(title, name, f"{median(found):.4f}", f"{median(found) / base:.1f}")
    one, many = rehearsed()
    table.add_row("fake_torino, whole step", "this project", f"{one:.3f}", "1.0")
    table.add_row("fake_torino, whole step", "local testing mode (extrapolated)", f"{many:.0f}", f"{many / one:.0f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
