"""From the settings of a step to the jobs that run them: pure, and so the same whenever the step is planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from sggd_qiskit.circuit.measurement import Readout, Setting
from sggd_qiskit.config.execution import LimitsConfig
from sggd_qiskit.execute.ibm.options import ShotRule
from sggd_qiskit.execute.ibm.timing import SECONDS_PER_JOB, Pace
from sggd_qiskit.execute.job import ExecutionError, WorkUnit

PUB_SETS = 1000
"""Parameter sets in a PUB, repeats and measurement bases counted; the client's time for a PUB grows with their square."""

_SECONDS_PER_SET = 0.0005  # of the client's, at PUBs of this size
_BYTES_PER_VALUE = 8 * 4 / 3  # base64
_BYTES_PER_GATE = 100.0
_ANGLES_PER_QUBIT = 3  # of the gates that choose the measurement basis, which are sent as parameters too


@dataclass(frozen=True)
class Chunk:
    """A PUB of a job: some of the parameter sets of a setting, each run ``repeats`` times.

    Attributes:
        setting: its number in the step.
        first: the first of its parameter sets, counted along the flattened shape.
        stop: the one after the last.
        repeats: how often each is run, to make up its shots.
    """

    setting: int
    first: int
    stop: int
    repeats: int

    @property
    def parameter_sets(self) -> int:
        """Number of parameter sets."""
        return self.stop - self.first


@dataclass(frozen=True)
class JobPlan:
    """One job.

    Attributes:
        unit: the unit of work that it runs.
        sampler: whether it is a Sampler's job, not an Estimator's.
        chunks: its PUBs.
        shots: asked for, in each of its circuits.
        delivered: shots that are run for them.
        circuits: parameter sets times repeats times measurement bases.
        executions: all that is run, calibration and noise amplification included.
        qpu_seconds: the billed time, as forecast.
        noise_factors: with which each circuit is run; 1 alone without zero-noise extrapolation.
        twirls: among which its shots are divided.
    """

    unit: WorkUnit
    sampler: bool
    chunks: tuple[Chunk, ...]
    shots: int
    delivered: int
    circuits: int
    executions: int
    qpu_seconds: float
    noise_factors: tuple[float, ...] = (1.0,)
    twirls: int = 1


def plan_jobs(
    settings: Sequence[Setting],
    unit: WorkUnit,
    rules: Mapping[bool, ShotRule],
    limits: LimitsConfig,
    pace: Pace | None = None,
) -> tuple[JobPlan, ...]:
    """The jobs of a step: one for each primitive that is needed, or several where that is cheaper or passes the limits.

    A primitive's job that is prepared fastest comes first, so that the device works while the others are prepared.

    Args:
        settings: that are sent in the step, the same ones whenever it is planned.
        unit: of the step.
        rules: how shots are rounded by the Estimator (under False) and the Sampler (under True).
        limits: of a job.
        pace: of the device.

    Raises:
        ExecutionError: if a single parameter set passes the limits.
    """
    jobs: list[JobPlan] = []
    pace = pace or Pace()
    for sampler, rule in rules.items():
        chosen = [k for k, s in enumerate(settings) if isinstance(s.measurement, Readout) is sampler]
        if not chosen:
            continue
        parts: list[tuple[int, tuple[Chunk, ...]]] = []
        for shots, group in _shot_groups(settings, chosen, rule, limits, pace.usual):
            costs = {k: _SetCost.of(settings[k], shots, rule) for k in group}
            parts.extend((shots, chunks) for chunks in _filled(settings, costs, limits, rule.calibration(shots)))
        whole = unit.sampler if jobs and sampler else unit
        jobs.extend(
            _job_plan(whole if len(parts) == 1 else whole.part(number), shots, chunks, settings, rule, pace=pace)
            for number, (shots, chunks) in enumerate(parts, start=1)
        )
    return tuple(jobs)


def common_shots(circuits: Sequence[tuple[int, int]], rule: ShotRule, each: float) -> int:
    """The shots of every circuit of a job, which takes one number only.

    Circuits that are to have more are repeated. Of the numbers that occur the one is chosen with which the device and the
    client, which prepares every repeat, take the least time; the largest of them if there are several.

    Args:
        circuits: counts of circuits, with the shots that they are to have.
        rule: how the service rounds shots.
        each: what an execution takes, about, in seconds.
    """
    return max((-_seconds(circuits, shots, rule, each), shots) for shots in {wanted for _, wanted in circuits})[1]


def _seconds(circuits: Sequence[tuple[int, int]], shots: int, rule: ShotRule, each: float) -> float:
    """What circuits take with so many shots each, repeated where they are to have more, without what a job takes.

    Args:
        circuits: counts of circuits, with the shots that they are to have.
        shots: of each.
        rule: how the service rounds shots.
        each: what an execution takes, about, in seconds.
    """
    sets = sum(count * ceil(wanted / shots) for count, wanted in circuits)
    executions = rule.delivered(shots) * len(rule.noise_factors)
    return sets * (_SECONDS_PER_SET + each * executions)


def _shot_groups(
    settings: Sequence[Setting], chosen: Sequence[int], rule: ShotRule, limits: LimitsConfig, each: float
) -> list[tuple[int, list[int]]]:
    """Settings that share jobs, with the shots of these; the cheapest of all ways to divide them by their shots.

    Further shots than wanted, repeats, and the time that each further job takes are weighed against each other.

    Args:
        settings: of the step.
        chosen: numbers of those that are divided.
        rule: how shots are rounded.
        limits: of a job.
        each: what an execution takes, about, in seconds.
    """
    levels: dict[int, list[int]] = {}
    for k in chosen:
        levels.setdefault(settings[k].shots, []).append(k)
    wanted = sorted(levels)
    counts = [sum(settings[k].circuits for k in levels[shots]) for shots in wanted]
    best: list[tuple[float, list[tuple[int, int, int]]]] = [(0.0, [])]  # for the levels before each
    for stop in range(1, len(wanted) + 1):
        found = []
        for start in range(stop):
            circuits = list(zip(counts[start:stop], wanted[start:stop], strict=True))
            shots = common_shots(circuits, rule, each)
            seconds, calibration = _seconds(circuits, shots, rule, each), rule.calibration(shots)
            executed = sum(count * ceil(each / shots) for count, each in circuits) * rule.delivered(shots)
            room = max(1, limits.executions - calibration)
            jobs = ceil(executed * len(rule.noise_factors) / room)
            seconds += jobs * (SECONDS_PER_JOB + each * calibration)
            found.append((best[start][0] + seconds, [*best[start][1], (shots, start, stop)]))
        best.append(min(found))
    groups = [
        (shots, sorted(k for level in wanted[start:stop] for k in levels[level])) for shots, start, stop in best[-1][1]
    ]
    sizes = {
        shots: sum(settings[k].circuits * ceil(settings[k].shots / shots) for k in group) for shots, group in groups
    }
    return sorted(groups, key=lambda group: (sizes[group[0]], group[0]))


def _job_plan(
    unit: WorkUnit, shots: int, chunks: tuple[Chunk, ...], settings: Sequence[Setting], rule: ShotRule, *, pace: Pace
) -> JobPlan:
    """One job.

    Args:
        unit: that it runs.
        shots: asked for, in each of its circuits.
        chunks: its PUBs.
        settings: of the step.
        rule: how shots are rounded.
        pace: of the device.
    """
    counts = [c.parameter_sets * c.repeats * settings[c.setting].measurement.num_bases for c in chunks]
    circuits, delivered = sum(counts), rule.delivered(shots)
    once = {
        c.setting: pace.executions(
            settings[c.setting].measurement.circuit, rule.noise_factors, twirled=rule.twirls_gates
        )
        for c in chunks
    }
    seconds = SECONDS_PER_JOB + rule.calibration(shots) * pace.calibration
    seconds += delivered * sum(count * once[c.setting] for count, c in zip(counts, chunks, strict=True))
    return JobPlan(
        unit=unit,
        sampler=isinstance(settings[chunks[0].setting].measurement, Readout),
        chunks=chunks,
        shots=shots,
        delivered=delivered,
        circuits=circuits,
        executions=circuits * delivered * len(rule.noise_factors) + rule.calibration(shots),
        qpu_seconds=seconds,
        noise_factors=rule.noise_factors,
        twirls=rule.twirls(shots),
    )


@dataclass(frozen=True)
class _SetCost:
    """What one parameter set of a setting adds to a job."""

    repeats: int
    rows: int
    executions: int
    megabytes: float
    circuit_megabytes: float

    @classmethod
    def of(cls, setting: Setting, shots: int, rule: ShotRule) -> _SetCost:
        """One parameter set of a setting, in a job of so many shots.

        Args:
            setting: what is run.
            shots: of the job.
            rule: what the client makes of shots.
        """
        circuit, bases = setting.measurement.circuit, setting.measurement.num_bases
        repeats = ceil(setting.shots / shots)
        active = len({qubit for instruction in circuit.data for qubit in instruction.qubits})
        values = circuit.num_parameters + _ANGLES_PER_QUBIT * active
        return cls(
            repeats=repeats,
            rows=repeats * bases,
            executions=repeats * bases * rule.delivered(shots) * len(rule.noise_factors),
            megabytes=repeats * bases * values * _BYTES_PER_VALUE / 1e6,
            circuit_megabytes=_BYTES_PER_GATE * circuit.size() / 1e6,
        )


def _filled(
    settings: Sequence[Setting], costs: Mapping[int, _SetCost], limits: LimitsConfig, calibration: int
) -> Iterator[tuple[Chunk, ...]]:
    """Chunks for one job after the other, each as full as the limits allow."""
    chunks: list[Chunk] = []
    executions, megabytes = calibration, 0.0
    for number, cost in costs.items():
        first, count = 0, settings[number].parameter_sets
        while first < count:
            room = min(
                (limits.executions - executions) // cost.executions,
                int((limits.megabytes - megabytes - cost.circuit_megabytes) / cost.megabytes),
                max(1, PUB_SETS // cost.rows),
                count - first,
            )
            if room <= 0 and not chunks:
                raise ExecutionError(
                    f"one circuit of this run takes {cost.executions:,} executions and {cost.megabytes:.1f} MB, more than "
                    "execution.limits allow for a job; choose fewer shots, or larger limits if the service takes them"
                )
            if room <= 0:
                yield tuple(chunks)
                chunks, executions, megabytes = [], calibration, 0.0
                continue
            chunks.append(Chunk(number, first, first + room, cost.repeats))
            first += room
            executions += room * cost.executions
            megabytes += room * cost.megabytes + cost.circuit_megabytes
    yield tuple(chunks)
