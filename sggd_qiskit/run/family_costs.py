"""What each way to measure the penalty would take for a problem, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from qiskit.providers import BackendV2

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty, estimators_for
from sggd_qiskit.cost.request import Request
from sggd_qiskit.execute.calibrated_error import two_qubit_error
from sggd_qiskit.execute.devices import device_pass_manager
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.problem import Problem

TARGET = 0.01
"""The standard error of the penalty that shots are counted for."""

MOST_QUBITS = 13
"""Largest circuits whose noise is simulated to count the shots."""

_USUAL_ERROR = 0.005  # of a two-qubit gate, where no device tells


@dataclass(frozen=True)
class FamilyCost:
    """One way to measure the penalty; sizes are those of its largest circuit.

    Attributes:
        name: the way.
        qubits: of its circuits.
        fits: whether the device has as many; if not, depth and gates are None.
        depth: layers of gates after transpiling.
        two_qubit_gates: after transpiling.
        circuits: run for each step with its gradient: parameter sets times measurement bases.
        shots: over all circuits, for a standard error of the penalty's value of 0.01 at the first θ without gate errors; None
            if the circuits are too large to simulate.
        signal: share of the expectation values that gate errors leave, (1 - error)^gates; None if unknown.
    """

    name: str
    qubits: int
    fits: bool
    depth: int | None
    two_qubit_gates: int | None
    circuits: int
    shots: int | None
    signal: float | None


def family_costs(problem: Problem, theta: FloatArray, device: BackendV2 | None = None) -> tuple[FamilyCost, ...]:
    """The cost of every way that measures the problem's norm.

    Args:
        problem: with a symmetry group.
        theta: at which the shots are counted, shape (parameter,), radians.
        device: to which the circuits are transpiled; None for unrouted ones.

    Raises:
        ConfigError: if there is no group.
    """
    return tuple(_cost(name, problem, theta, device) for name in estimators_for(problem.config.cost.norm))


def recommended(costs: tuple[FamilyCost, ...]) -> FamilyCost | None:
    """The way that needs fewest shots on the device, gate errors shrinking the signal and so asking for 1/signal² as many."""
    able = {cost: cost.shots / cost.signal**2 for cost in costs if cost.fits and cost.shots and cost.signal}
    return min(able, key=lambda cost: able[cost]) if able else None


def _cost(name: str, problem: Problem, theta: FloatArray, device: BackendV2 | None) -> FamilyCost:
    term = _term(name, problem)
    rng = np.random.default_rng(problem.config.training.seed)
    request = Request(0, theta, (), problem.dataset.train)
    settings = term.plan(request, rng, gradient=True).settings
    qubits = max(measurement.circuit.num_qubits for measurement in term.measurements)
    fits = device is None or qubits <= device.num_qubits
    depth = gates = signal = None
    if fits:
        manager = device_pass_manager(device)
        circuits = [manager.run(measurement.circuit) for measurement in term.measurements]
        depth, gates = max(c.depth() for c in circuits), max(c.num_nonlocal_gates() for c in circuits)
        signal = (1 - (_USUAL_ERROR if device is None else two_qubit_error(device.target))) ** gates
    return FamilyCost(
        name,
        qubits,
        fits,
        depth,
        gates,
        sum(setting.circuits for setting in settings),
        _shots(term, request, rng) if qubits <= MOST_QUBITS else None,
        signal,
    )


def _term(name: str, problem: Problem) -> SymmetryPenalty:
    cost, qnn = problem.config.cost, problem.qnn
    return SymmetryPenalty(
        qnn.ansatz_form,
        qnn.observables,
        problem.require_group(),
        cost.norm,
        estimator=name,
        shots=problem.config.execution.shots,
        states=cost.states,
        group_samples=None if name == "local_states" else cost.group_samples,
    )


def _shots(term: SymmetryPenalty, request: Request, rng: np.random.Generator) -> int:
    """From one simulated measurement of the penalty's value: its variance falls as one over the shots."""
    plan = term.plan(request, rng, gradient=False)
    executor = AerExecutor()
    prepared = {measurement: executor.prepare(measurement) for measurement in term.measurements}
    settings = [replace(setting, measurement=prepared[setting.measurement]) for setting in plan.settings]
    seed = np.random.SeedSequence(int(rng.integers(2**32)))
    outcomes, jobs = executor.run(settings, seed, WorkUnit(0, "forecast"))
    variance = term.reduce(replace(request, gradient=False), plan, outcomes).variance
    return ceil(sum(job.shots for job in jobs) * variance / TARGET**2)
