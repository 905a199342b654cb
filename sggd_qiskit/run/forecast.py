"""What a training will run, counted before it runs: the same plans, without the execution."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan

from qiskit import QuantumCircuit
from qiskit.providers import BackendV2

from sggd_qiskit.circuit.measurement import Measurement, Readout, Setting
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.cost.penalty.reference import Reference
from sggd_qiskit.cost.request import Knowledge, Request
from sggd_qiskit.evaluate.plan import StepPlanner
from sggd_qiskit.execute.devices import device_pass_manager
from sggd_qiskit.execute.ibm.options import primitive_options
from sggd_qiskit.execute.ibm.sampling import Sampling
from sggd_qiskit.execute.ibm.splitting import plan_jobs
from sggd_qiskit.execute.ibm.timing import MICRO, Pace, device_pace
from sggd_qiskit.execute.job import ExecutionError, WorkUnit
from sggd_qiskit.execute.patched import Copies, PatchRule, counted_copies, packed_rows, with_patches
from sggd_qiskit.execute.patches import device_patches
from sggd_qiskit.execute.readout_errors import MOST_BITS
from sggd_qiskit.execute.transpiling import placed, transpiled
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.step_kinds import step_kinds
from sggd_qiskit.seeds import Purpose, seed_sequence
from sggd_qiskit.train.initial import initial_theta
from sggd_qiskit.train.requests import Position, step_request

_FEW_SHOTS = 4
"""Of a circuit, where all circuits of a step share some hundred."""


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
        device_jobs: jobs on a device of IBM's, whose service limits what one may hold.
        qpu_seconds: billed time on such a device, as forecast; NaN where a single circuit passes the limits.
    """

    evaluations: int
    jobs: int
    pubs: int
    parameter_sets: int
    circuits: int
    shots: int
    device_jobs: int
    qpu_seconds: float

    def times(self, count: int) -> Load:
        """``count`` such evaluations."""
        return Load(*(count * number for number in vars(self).values()))

    def plus(self, other: Load) -> Load:
        """Both together."""
        return Load(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class CircuitSize:
    """The circuits of one term, in the gates of a device; sizes are of the largest.

    Attributes:
        term: what of the cost they measure.
        count: how many there are.
        qubits: n.
        depth: layers of gates.
        two_qubit_gates: how many there are.
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
        pace: of the device, with the mean length of the circuits.
        plain: one step; of those with and without a penalty's gradient, the one that takes more.
        measured: one step at which the accuracy is measured too, likewise.
        final: the evaluation after the last update.
        total: the whole training.
        patches: copies of each circuit that run side by side, by term.
        room: copies of every circuit that are worth it at few shots; 1 if patches don't go with the options.
    """

    circuits: tuple[CircuitSize, ...]
    pace: Pace
    plain: Load
    measured: Load
    final: Load
    total: Load
    patches: Mapping[str, tuple[Copies, ...]]
    room: int = 1


def total_load(problem: Problem, pace: Pace, circuits: Sequence[QuantumCircuit] | None = None) -> Load:
    """The whole training, counted without transpiling anything.

    Args:
        problem: what is trained.
        pace: of the device.
        circuits: of the problem's measurements, transpiled to the device of the pace; None if the pace has none.

    Raises:
        ConfigError: if the options of a device's primitives are not right.
    """
    planner = StepPlanner(problem)
    known = planner.measurements if circuits is None else map(placed, planner.measurements, circuits)
    return _loads(problem, _Counter(planner, pace, dict(zip(planner.measurements, known, strict=True))))[-1]


def forecast(problem: Problem, device: BackendV2 | None = None) -> Forecast:
    """Count what every step will take.

    Args:
        problem: what is trained.
        device: to which the circuits are transpiled; None for unrouted ones.

    Raises:
        ConfigError: if the options of a device's primitives are not right.
        DeviceError: if a circuit is too large for the device.
    """
    planner, execution = StepPlanner(problem), problem.config.execution
    pace = device_pace(device, execution.rep_delay)
    circuits = {m: _transpiled(m, device, execution) for m in planner.measurements}
    sizes = tuple(_size(term, {m: circuits[m] for m in found}) for term, found in planner.terms.items() if found)
    loads = _loads(problem, _Counter(planner, pace, circuits))
    room = _room(circuits.values(), device, execution)
    copies = {
        term: tuple(counted_copies(circuits[measurement], execution.copies) for measurement in found)
        for term, found in planner.terms.items()
    }
    known = with_known_patches(problem, copies)
    return Forecast(sizes, _mean_pace(known, pace, loads[-1]), *loads, patches=copies, room=room)


def _room(circuits: Collection[Measurement | Readout], device: BackendV2 | None, execution: ExecutionConfig) -> int:
    """Patches that every circuit has room for, as far as they lower the error of a value from few shots.

    Args:
        circuits: transpiled.
        device: to which they are.
        execution: what the run sets.
    """
    extrapolated = primitive_options(execution.options).extrapolated
    if device is None or execution.kind not in {"rehearsal", "ibm"} or extrapolated or not circuits:
        return 1
    if max(_bits_read(circuit) for circuit in circuits) > MOST_BITS:
        return 1
    excluded = execution.transpiler.exclude
    return min(len(device_patches(c, device.target, "auto", _FEW_SHOTS, excluded).qubits) for c in circuits)


def _bits_read(circuit: Measurement | Readout) -> int:
    if isinstance(circuit, Readout):
        return int(circuit.circuit.num_clbits)
    return max(len(basis.qubits) for basis in circuit.bases)


def with_known_patches(problem: Problem, copies: Mapping[str, Sequence[Copies]]) -> Problem:
    """The problem with the least number of patches that was found, in place of ``auto``."""
    config = problem.config
    if config.execution.patches != "auto":
        return problem
    least = min((one.count for found in copies.values() for one in found), default=1)
    execution = config.execution.model_copy(update={"patches": least})
    return replace(problem, config=config.model_copy(update={"execution": execution}))


def _mean_pace(problem: Problem, pace: Pace, total: Load) -> Pace:
    """A pace at which every circuit takes as long as those of a training do on average, so that none need be transpiled."""
    if pace.target is None or isnan(total.qpu_seconds):
        return replace(pace, target=None)
    none, some = (total_load(problem, Pace(pace.rep_delay, circuit=seconds)).qpu_seconds for seconds in (0.0, MICRO))
    return Pace(pace.rep_delay, circuit=MICRO * max(0.0, total.qpu_seconds - none) / (some - none))


@dataclass(frozen=True)
class _Counter:
    """Counts steps: their plans, the device's pace, and the measurements as they are transpiled to it, if there is one."""

    planner: StepPlanner
    pace: Pace
    transpiled: Mapping[Measurement | Readout, Measurement | Readout]


def _loads(problem: Problem, counter: _Counter) -> tuple[Load, Load, Load, Load]:
    """A plain step, one with the accuracy, the last evaluation, and all of them."""
    config, execution = problem.config.training, problem.config.execution
    options = primitive_options(execution.options)
    target = counter.pace.target
    sampling = Sampling(options, None if target is None else lambda: target)
    state = {"theta": initial_theta(config, len(problem.qnn.theta))}
    # Only the first step of each kind is planned.
    loads = []
    for kind, (first, count) in step_kinds(problem).items():
        position = Position(first, state, None, _known(reference=kind.reference))
        loads.append((kind, count, _load(counter, step_request(problem, position), execution, sampling)))
    reference = problem.config.reference
    due = reference is None or config.steps % reference.every == 0
    at_end = Position(config.steps, state, "the last step", _known(reference=due))
    final = _load(counter, step_request(problem, at_end), execution, sampling)
    total = final
    for _, count, load in loads:
        total = total.plus(load.times(count))
    measured = _largest([load for kind, _, load in loads if kind.accuracy])
    plain = _largest([load for kind, _, load in loads if not kind.accuracy] or [measured])
    return plain, measured, final, total


def _known(*, reference: bool) -> Knowledge:
    """What a step uses of earlier ones: if it does not measure a reference itself, one of any value."""
    return {} if reference else {"penalty": Reference(1.0, 0.0).known()}


def _largest(loads: Sequence[Load]) -> Load:
    return max(loads, key=lambda load: load.shots)


def _load(counter: _Counter, request: Request, execution: ExecutionConfig, sampling: Sampling) -> Load:
    planned = counter.planner.plan(request, seed_sequence(0, Purpose.EIGENSTATES, request.step)).settings
    fitted = [replace(setting, measurement=counter.transpiled[setting.measurement]) for setting in planned]
    settings = tuple(packed_rows(s, counted_copies(s.measurement, execution.copies).count) for s in fitted)
    sent: Sequence[Setting] = ()
    try:
        sent = sampling.step(settings).settings
        jobs = plan_jobs(sent, WorkUnit.of_step(request.step), sampling.rules, execution.limits, counter.pace)
        seconds = sum(job.qpu_seconds for job in jobs)
    except (ConfigError, ExecutionError):
        if execution.kind == "ibm" and not sent:  # it can't be run at all
            raise
        jobs, seconds = (), nan
    if execution.kind == "ibm":
        settings = tuple(sent)
    return Load(
        evaluations=1,
        jobs=len({type(setting.measurement) for setting in settings}),  # one for each primitive
        pubs=len(settings),
        parameter_sets=sum(setting.parameter_sets for setting in settings),
        circuits=sum(setting.circuits for setting in settings),
        shots=sum(setting.circuits * setting.shots for setting in settings),
        device_jobs=len(jobs),
        qpu_seconds=seconds,
    )


def _transpiled(
    measurement: Measurement | Readout, device: BackendV2 | None, execution: ExecutionConfig
) -> Measurement | Readout:
    """The measurement as a run on the device has it; in the gates of IBM's devices, not routed, without a device."""
    if device is None:
        return placed(measurement, device_pass_manager(None).run(measurement.circuit))
    transpiler = execution.transpiler
    found = transpiled(
        measurement, device.target, seeds=transpiler.seeds, optimization_level=transpiler.optimization_level
    )
    if execution.copies == 1:
        return found
    return with_patches(found, device.target, PatchRule(execution.copies, execution.shots, tuple(transpiler.exclude)))


def _size(term: str, measurements: Mapping[Measurement | Readout, Measurement | Readout]) -> CircuitSize:
    circuits = [measurement.circuit for measurement in measurements.values()]
    return CircuitSize(
        term,
        count=len(circuits),
        qubits=max(measurement.circuit.num_qubits for measurement in measurements),
        depth=max(circuit.depth() for circuit in circuits),
        two_qubit_gates=max(circuit.num_nonlocal_gates() for circuit in circuits),
        bases=max(measurement.num_bases for measurement in measurements),
    )
