"""Exact loss and gradient, this project beside others: the tables of docs/speed.md.

    pip install '.[bench]'
    OMP_NUM_THREADS=1 XLA_FLAGS=--xla_cpu_multi_thread_eigen=false python benchmarks/speed.py [TABLE …]

All take turns on the same circuit, data and θ, with one thread, and their gradients agree within 1e-8; shown are medians in
milliseconds, and how many times as long as this project, without and with its penalty, they take. The peers have no penalty.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
from speed_cases import OURS, OURS_PENALTY, Case, compared, contenders
from speed_peers import PEERS, installed

from sggd_qiskit.config.training import AdamConfig
from sggd_qiskit.train.optimizers import build_optimizer

TORCH, JAX, ADJOINT, SHIFT, ESTIMATOR_QNN, SQULEARN = PEERS
FAST = [TORCH, JAX]
STEPS = 300
SECONDS = 6.0
"""For each contender and case."""


def against_peers() -> None:
    """Every package, by data points and by qubits."""
    cases = [
        (Case(points=20), list(PEERS)),
        (Case(points=200), [TORCH, JAX, ADJOINT, SQULEARN]),
        (Case(points=2000), FAST),
        (Case(qubits=6), [TORCH, JAX, ADJOINT]),
        (Case(qubits=8), [TORCH, JAX, ADJOINT]),
        (Case(qubits=10), FAST),
        (Case(qubits=12, group="parity"), [TORCH]),
    ]
    head("qubits", "parameters", "points", "contender", "ms", "ratio to ours", "ratio to ours with penalty")
    for case, peers in cases:
        found = compared(case, contenders(case, peers), SECONDS)
        for name, seconds in found.items():
            ratios = [f"{seconds / found[own]:.3g}" if own in found else "" for own in (OURS, OURS_PENALTY)]
            row(case.qubits, case.parameters, case.points, name, milliseconds(seconds), *ratios)


def growth() -> None:
    """This project alone: points, parameters, qubits, elements of the group."""
    head("qubits", "parameters", "points", "group", "ms", "ms with penalty", "penalty adds")
    points = [Case(points=count) for count in (20, 100, 200, 2000, 20000)]
    layers = [Case(layers=count) for count in (2, 8, 16, 32)]
    qubits = [Case(qubits=count, group="parity") for count in (2, 5, 6, 7, 8, 9, 10, 11)]
    groups = [Case(group=name) for name in ("dihedral_square", "full_permutation", "u1_total_z", "collective_su2")]
    large = [Case(qubits=6, group=name) for name in ("swap", "full_permutation", "u1_total_z")]
    for case in [*points, *layers, *qubits, *groups, *large]:
        found = compared(case, contenders(case, []), SECONDS / 3)
        added = f"{found[OURS_PENALTY] / found[OURS] - 1:.0%}"
        times = milliseconds(found[OURS]), milliseconds(found[OURS_PENALTY])
        row(case.qubits, case.parameters, case.points, case.group, *times, added)


def training() -> None:
    """A whole training: 300 steps of Adam from the same θ, made ready before."""
    head("qubits", "parameters", "points", "contender", "seconds", "ratio to ours with penalty", "loss at the end")
    case = Case()
    found = {}
    for name, step in contenders(case, FAST).items():
        theta = np.random.default_rng(1).uniform(-np.pi, np.pi, case.parameters)
        step(theta)
        optimizer = build_optimizer(AdamConfig())
        state, loss, started = optimizer.init(theta), 0.0, perf_counter()
        for _ in range(STEPS):
            loss, gradient = step(state["theta"])
            _, state = optimizer.update(gradient, state)
        found[name] = perf_counter() - started, loss
    for name, (seconds, loss) in found.items():
        ratio = f"{seconds / found[OURS_PENALTY][0]:.3g}"
        row(case.qubits, case.parameters, case.points, name, f"{seconds:.3g}", ratio, f"{loss:.6f}")


def memory() -> None:
    """What a few steps add to the peak memory of a process."""
    head("qubits", "points", "contender", "steps add to peak memory, MB")
    for case in (Case(points=2000), Case(qubits=8), Case(qubits=10)):
        for name in (OURS, OURS_PENALTY, *installed(FAST)):
            command = [sys.executable, __file__, "peak", str(case.qubits), str(case.points), name]
            result = subprocess.run(command, check=True, capture_output=True, text=True)
            row(case.qubits, case.points, name, result.stdout.strip())


def peak(qubits: str, points: str, name: str) -> None:
    """Print what a few steps of one contender add to the memory of this process, at most; on Linux."""
    case, peers = Case(qubits=int(qubits), points=int(points)), [name] if name in PEERS else []
    contenders(Case(points=2), peers)
    before = _status("VmRSS")
    step = contenders(case, peers)[name]
    for number in range(3):
        step(np.random.default_rng(number).normal(size=case.parameters))
    print(f"{max(0, _status('VmHWM') - before) / 1024:.0f}")


def _status(key: str) -> int:
    """A number of kB of what Linux says of this process."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))


def milliseconds(seconds: float) -> str:
    """Three digits."""
    return f"{1000 * seconds:.3g}"


def head(*cells: str) -> None:
    """Print the head of a table."""
    row(*cells)
    row(*("---" for _ in cells))


def row(*cells: object) -> None:
    """Print a row of a table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


TABLES = {"peers": against_peers, "training": training, "growth": growth, "memory": memory}


def main(arguments: list[str]) -> None:
    """Print the tables, all or those that are named."""
    warnings.simplefilter("ignore")
    if arguments and arguments[0] == "peak":
        peak(*arguments[1:])
        return
    for name in arguments or TABLES:
        print(f"\n{name}\n")
        TABLES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
