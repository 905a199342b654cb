"""What a training will run, counted before it runs: the same plans, without the execution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qiskit import transpile

from sggd_qiskit.circuit.measurement import Measurement, Readout
from sggd_qiskit.evaluate.evaluation import Request
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.evaluate.problem import Problem
from sggd_qiskit.evaluate.seeds import Purpose, generator
from sggd_qiskit.train.initial import initial_theta
from sggd_qiskit.train.requests import Position, step_request
from sggd_qiskit.train.step_kinds import step_kinds


@dataclass(frozen=True)
class Load:
    """What evaluations take together.

    Attributes:
        evaluations: how many there are.
        jobs: Estimator and Sampler jobs.
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
        plain: one step; of those with and without a penalty's gradient, the one that takes more.
        measured: one step at which the accuracy is measured too, likewise.
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
    # Only the first step of each kind is planned.
    loads = [
        (kind, _load(planner, step_request(problem, Position(kind.first, state, None))))
        for kind in step_kinds(problem.config)
    ]
    final = _load(planner, step_request(problem, Position(config.steps, state, "the last step")))
    total = final
    for kind, load in loads:
        total = total.plus(load.times(kind.count))
    measured = _largest([load for kind, load in loads if kind.accuracy])
    plain = _largest([load for kind, load in loads if not kind.accuracy] or [measured])
    return Forecast(_circuit_sizes(planner), plain, measured, final, total)


def _largest(loads: Sequence[Load]) -> Load:
    return max(loads, key=lambda load: load.shots)


def _load(planner: StepPlanner, request: Request) -> Load:
    settings = planner.plan(request, generator(0, Purpose.EIGENSTATES, request.step)).settings
    bases = [planner.measurements[setting.measurement].bases for setting in settings]
    circuits = [setting.parameter_sets * b for setting, b in zip(settings, bases, strict=True)]
    return Load(
        evaluations=1,
        jobs=len({type(planner.measurements[setting.measurement]) for setting in settings}),  # one for each primitive
        pubs=len(settings),
        parameter_sets=sum(setting.parameter_sets for setting in settings),
        circuits=sum(circuits),
        shots=sum(count * setting.shots for count, setting in zip(circuits, settings, strict=True)),
    )


def _circuit_sizes(planner: StepPlanner) -> tuple[CircuitSize, ...]:
    return tuple(_size(term, measurements) for term, measurements in planner.terms.items() if measurements)


def _size(term: str, measurements: Sequence[Measurement | Readout]) -> CircuitSize:
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
