"""What a training will run, counted before it runs: the same plans, without the execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qiskit import transpile

from sggd_qiskit.circuit.measurement import Measurement
from sggd_qiskit.cost.weight import penalty_weight
from sggd_qiskit.evaluate.evaluation import Request
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.evaluate.problem import Problem
from sggd_qiskit.evaluate.seeds import Purpose, generator
from sggd_qiskit.train.initial import initial_theta
from sggd_qiskit.train.requests import Position, step_request


@dataclass(frozen=True)
class Load:
    """What evaluations take together.

    Attributes:
        evaluations: how many there are.
        jobs: Estimator jobs.
        pubs: PUBs.
        parameter_sets: parameter sets in all PUBs.
        circuits: parameter sets times measurement bases, the circuits that are run.
        shots: over all circuits.
    """

    evaluations: int
    jobs: int
    pubs: int
    parameter_sets: int
    circuits: int
    shots: int

    def times(self, count: int) -> Load:
        """``count`` such evaluations."""
        return Load(*(count * number for number in vars(self).values()))

    def plus(self, other: Load) -> Load:
        """Both together."""
        return Load(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class CircuitSize:
    """The circuits of one term, in the gates that IBM's devices have, before any routing; sizes are of the largest.

    Attributes:
        term: what of the cost they measure.
        count: how many there are.
        qubits: n.
        depth: layers of gates.
        two_qubit_gates: CZ gates.
        bases: measurement bases of the observable.
    """

    term: str
    count: int
    qubits: int
    depth: int
    two_qubit_gates: int
    bases: int


@dataclass(frozen=True)
class Forecast:
    """What a training will run, if no stop ends it early.

    Attributes:
        circuits: the distinct circuits, all of which are transpiled before the first job.
        plain: one step.
        measured: one step at which the accuracy is measured too.
        final: the evaluation after the last update.
        total: the whole training.
    """

    circuits: tuple[CircuitSize, ...]
    plain: Load
    measured: Load
    final: Load
    total: Load


def forecast(problem: Problem) -> Forecast:
    """Count what every step will take."""
    config = problem.config.training
    planner = StepPlanner(problem)
    state = {"theta": initial_theta(config, len(problem.qnn.theta))}
    known: dict[tuple[bool, bool, bool], Load] = {}
    steps: Counter[tuple[bool, bool, bool]] = Counter()
    for step in range(config.steps + 1):
        reason = "the last step" if step == config.steps else None
        # A step's load depends on these alone, so only one of each kind is planned.
        weight = penalty_weight(problem.config.cost.weight, step)
        kind = (reason is not None, step % config.accuracy_every == 0, weight > 0)
        steps[kind] += 1
        if kind not in known:
            known[kind] = _load(planner, step_request(problem, Position(step, state, reason)))
    total = Load(0, 0, 0, 0, 0, 0)
    for kind, count in steps.items():
        total = total.plus(known[kind].times(count))
    measured = next(load for kind, load in known.items() if not kind[0] and kind[1])
    plain = next((load for kind, load in known.items() if not kind[0] and not kind[1]), measured)
    final = next(load for kind, load in known.items() if kind[0])
    return Forecast(_circuit_sizes(planner), plain, measured, final, total)


def _load(planner: StepPlanner, request: Request) -> Load:
    settings = planner.plan(request, generator(0, Purpose.EIGENSTATES, request.step)).settings
    bases = [planner.measurements[setting.measurement].bases for setting in settings]
    circuits = [setting.parameter_sets * b for setting, b in zip(settings, bases, strict=True)]
    return Load(
        evaluations=1,
        jobs=1,
        pubs=len(settings),
        parameter_sets=sum(setting.parameter_sets for setting in settings),
        circuits=sum(circuits),
        shots=sum(count * setting.shots for count, setting in zip(circuits, settings, strict=True)),
    )


def _circuit_sizes(planner: StepPlanner) -> tuple[CircuitSize, ...]:
    return tuple(_size(term, measurements) for term, measurements in planner.terms.items() if measurements)


def _size(term: str, measurements: Sequence[Measurement]) -> CircuitSize:
    circuits = [
        transpile(measurement.circuit, basis_gates=["rz", "sx", "x", "cz"], optimization_level=1)
        for measurement in measurements
    ]
    return CircuitSize(
        term,
        count=len(circuits),
        qubits=max(circuit.num_qubits for circuit in circuits),
        depth=max(circuit.depth() for circuit in circuits),
        two_qubit_gates=max(circuit.num_nonlocal_gates() for circuit in circuits),
        bases=max(measurement.bases for measurement in measurements),
    )
