"""From the settings of a step to the jobs that run them: pure, and so the same whenever the step is planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from sggd_qiskit.circuit.measurement import Readout, Setting
from sggd_qiskit.config.execution import LimitsConfig
from sggd_qiskit.execute.ibm.options import ShotRule
from sggd_qiskit.execute.job import ExecutionError, WorkUnit

SECONDS_PER_JOB = 2.0
SECONDS_PER_EXECUTION = 0.00035
"""Of billed time: the device's pause between two circuits, 250 µs, and the circuit itself."""

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
        noise_factors: with which each circuit is run; 1 alone without zero-noise extrapolation.
    """

    unit: WorkUnit
    sampler: bool
    chunks: tuple[Chunk, ...]
    shots: int
    delivered: int
    circuits: int
    executions: int
    noise_factors: tuple[float, ...] = (1.0,)

    @property
    def qpu_seconds(self) -> float:
        """The billed time, as forecast."""
        return SECONDS_PER_JOB + SECONDS_PER_EXECUTION * self.executions


def plan_jobs(
    settings: Sequence[Setting],
    unit: WorkUnit,
    rules: Mapping[bool, ShotRule],
    limits: LimitsConfig,
) -> tuple[JobPlan, ...]:
    """The jobs of a step: one for each primitive that is needed, or several where that passes the limits.

    Args:
        settings: of the step, the same ones whenever it is planned.
        unit: of the step.
        rules: how shots are rounded by the Estimator (under False) and the Sampler (under True).
        limits: of a job.

    Raises:
        ExecutionError: if a single parameter set passes the limits.
    """
    jobs: list[JobPlan] = []
    for sampler, rule in rules.items():
        chosen = [k for k, s in enumerate(settings) if isinstance(s.measurement, Readout) is sampler]
        if not chosen:
            continue
        bases = {k: settings[k].measurement.num_bases for k in chosen}
        shots = common_shots([(settings[k].circuits, settings[k].shots) for k in chosen], rule)
        costs = {k: _SetCost.of(settings[k], shots, rule) for k in chosen}
        parts = list(_filled(settings, costs, limits, rule.calibration(shots)))
        whole = unit.sampler if sampler else unit
        for number, chunks in enumerate(parts, start=1):
            circuits = sum(c.parameter_sets * c.repeats * bases[c.setting] for c in chunks)
            delivered = rule.delivered(shots)
            jobs.append(
                JobPlan(
                    unit=whole if len(parts) == 1 else whole.part(number),
                    sampler=sampler,
                    chunks=chunks,
                    shots=shots,
                    delivered=delivered,
                    circuits=circuits,
                    executions=circuits * delivered * len(rule.noise_factors) + rule.calibration(shots),
                    noise_factors=rule.noise_factors,
                )
            )
    return tuple(jobs)


def common_shots(circuits: Sequence[tuple[int, int]], rule: ShotRule) -> int:
    """The shots of every circuit of a job, which takes one number only.

    Circuits that are to have more are repeated. Of the numbers that occur the one is chosen with which fewest executions
    are run; the largest of them if there are several, as fewer circuits are sent then.

    Args:
        circuits: counts of circuits, with the shots that they are to have.
        rule: how the service rounds shots.
    """

    def executions(shots: int) -> int:
        return sum(count * ceil(wanted / shots) for count, wanted in circuits) * rule.delivered(shots)

    return min(sorted({wanted for _, wanted in circuits}, reverse=True), key=executions)


@dataclass(frozen=True)
class _SetCost:
    """What one parameter set of a setting adds to a job."""

    repeats: int
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
