"""What benchmarks/speed.py measures, and the timing of several contenders side by side."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from speed_peers import FloatArray, Step, Task, installed, peer

from sggd_qiskit import load_config
from sggd_qiskit.cost.request import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.problem import MOST_OPERATOR_QUBITS, build_problem

CONFIG = Path(__file__).parent.parent / "configs" / "plane.yaml"
OURS, OURS_PENALTY = "this project", "this project, with penalty"
TOLERANCE = 1e-8
"""Largest difference of two gradients' entries."""
MOST_TURNS = 100
BURST = 0.01
"""Seconds of a turn."""


@dataclass(frozen=True)
class Case:
    """A network and its data."""

    qubits: int = 4
    points: int = 100
    layers: int = 4
    group: str = "swap"

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        return 3 * self.qubits * self.layers


def own_step(case: Case, guidance: str) -> tuple[Step, Task]:
    """A step of this project, and the same task for the peers."""
    overrides = {
        "model.qubits": case.qubits,
        "model.ansatz.layers": case.layers,
        "data.train": case.points,
        "data.test": 1,
        "symmetry.group": case.group,
        "symmetry.check": "warn",
        "symmetry.max_order": 10_000,
        "cost.guidance": guidance,
    }
    config = load_config(CONFIG, [f"{key}={value}" for key, value in overrides.items()])
    problem = build_problem(config)
    evaluator, sample, weights = ExactEvaluator(problem), problem.dataset.train, problem.weights(0)

    def step(theta: FloatArray) -> tuple[float, FloatArray]:
        cost = evaluator.evaluate(Request(0, theta, weights, sample)).cost
        return cost.value, cost.gradient

    scale, targets = config.model.encoding.scale, sample.targets(1)[:, 0]
    return step, Task(case.qubits, case.layers, scale, sample.preparations, targets)


def contenders(case: Case, peers: list[str]) -> dict[str, Step]:
    """The steps to be compared, this project's first; packages that are not installed are left out."""
    plain, task = own_step(case, "none")
    own = {OURS: plain}
    if case.qubits <= MOST_OPERATOR_QUBITS:
        own[OURS_PENALTY], _ = own_step(case, "penalty")
    return {**own, **{name: peer(name)(task) for name in installed(peers)}}


def compared(case: Case, steps: dict[str, Step], seconds: float) -> dict[str, float]:
    """Median seconds of a step of each, from rounds in which all take turns; slow ones have fewer.

    Raises:
        ValueError: if a peer's gradient is another than this project's without penalty.
    """
    rng = np.random.default_rng(0)
    theta = rng.normal(size=case.parameters)
    _, wanted = steps[OURS](theta)
    once = {}
    for name, step in steps.items():
        _, found = step(theta)
        if name != OURS_PENALTY and np.abs(found - wanted).max() > TOLERANCE:
            raise ValueError(f"the gradient of {name} differs by {np.abs(found - wanted).max():.1e}")
        once[name] = min(_timed(step, theta, 1) for _ in range(3))
    turns = {name: min(MOST_TURNS, int(seconds / taken)) for name, taken in once.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    gc.disable()
    for number in range(max(turns.values())):
        for name, step in steps.items():
            if number < turns[name]:
                times[name].append(_timed(step, theta + 1e-3 * number, max(1, int(BURST / once[name]))))
    gc.enable()
    return {name: float(np.median(found or [once[name]])) for name, found in times.items()}


def _timed(step: Callable[[FloatArray], object], theta: FloatArray, count: int) -> float:
    """Mean seconds of ``count`` steps, one after the other as in a training."""
    started = perf_counter()
    for _ in range(count):
        step(theta)
    return (perf_counter() - started) / count
