"""Ways to use a symmetry beside each other on the plane: test accuracy over seeds, circuits on a device, QPU seconds a step.

Trains exactly, from 100 points of the right half, with the settings of configs/plane.yaml, and tests on the whole square;
nothing is chosen by the test points. Circuits are transpiled to fake_torino. QPU seconds are the forecast of a full gradient
without mitigation, at 4,096 shots a cost. Prints a table in Markdown:

    python benchmarks/ways.py [SEEDS]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import ParameterVector

from sggd_qiskit import load_config, run_experiment
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import forecast

CONFIG = Path(__file__).parent.parent / "configs" / "plane.yaml"
SQUARE, PAULIS = "symmetry.group=dihedral_square", "PAULIS"
NONE, ENHANCED, TWIRLED, PENALTY, SYMMETRISED = (
    f"cost.guidance={kind}" for kind in ("none", "enhanced", "twirled", "penalty", "symmetrised_ansatz")
)
ON_DEVICE = (
    "execution.backend=aer",
    "execution.shots_for=cost",
    "execution.options={resilience_level: 0}",
)


@dataclass(frozen=True)
class Way:
    """One way to use the symmetry; ``PAULIS`` among its overrides stands for the ansatz of the same name."""

    ansatz: str
    group: str
    name: str
    overrides: tuple[str, ...]


RINGS, ROTATIONS = "rotations and CX rings", "Z, XX, YY and ZZ rotations"
WAYS = (
    Way(RINGS, "–", "none", (NONE,)),
    Way(RINGS, "–", "none, unbiased data", (NONE, "data.region=whole")),
    *(
        Way(RINGS, group, name, (guidance, *symmetry))
        for group, symmetry in (("swap", ()), ("square", (SQUARE,)))
        for name, guidance in (
            ("data enhancement", ENHANCED),
            ("twirled", TWIRLED),
            ("penalty, λ = 1", PENALTY),
            ("symmetrised ansatz", SYMMETRISED),
        )
    ),
    Way(RINGS, "swap", "symmetrised ansatz, 8 layers", (SYMMETRISED, "model.ansatz.layers=8")),
    Way(ROTATIONS, "–", "none", (PAULIS, NONE)),
    Way(ROTATIONS, "square", "data enhancement", (PAULIS, ENHANCED, SQUARE)),
    Way(ROTATIONS, "square", "twirled", (PAULIS, TWIRLED, SQUARE)),
    Way(ROTATIONS, "square", "penalty, λ = 1", (PAULIS, PENALTY, SQUARE)),
    Way(ROTATIONS, "square", "symmetrised ansatz", (PAULIS, SYMMETRISED, SQUARE)),
)


def pauli_rotations(layers: int = 4) -> QuantumCircuit:
    """48 parameters as well: Z on each qubit, XX and YY on those of a feature, ZZ around the ring."""
    theta, circuit = iter(ParameterVector("θ", 12 * layers)), QuantumCircuit(4)
    for _ in range(layers):
        for q in range(4):
            circuit.rz(next(theta), q)
        for pair in ((0, 2), (1, 3)):
            circuit.rxx(next(theta), *pair)
            circuit.ryy(next(theta), *pair)
        for q in range(4):
            circuit.rzz(next(theta), q, (q + 1) % 4)
    return circuit


def row(way: Way, seeds: int, file: Path) -> list[str]:
    """The cells of a way after its names."""
    ansatz = f"model.ansatz={{kind: file, path: {file}}}"
    overrides = [ansatz if override == PAULIS else override for override in way.overrides]
    try:
        problem = build_problem(load_config(CONFIG, [*overrides, *ON_DEVICE]))
    except ConfigError:
        if SYMMETRISED not in overrides:
            raise
        return ["refused"] + 4 * ["–"]
    expected = forecast(problem, fake_device("fake_torino"))
    accuracies = []
    for seed in range(seeds):
        seeded = [f"data.seed={seed}", f"training.seed={seed}", "training.accuracy_every=300"]
        run = run_experiment(load_config(CONFIG, [*overrides, *seeded]), None)
        accuracies.append(100 * run.results.steps["test_accuracy"].iloc[-1])
    sizes = [
        " / ".join(str(getattr(circuit, size)) for circuit in expected.circuits)
        for size in ("depth", "two_qubit_gates")
    ]
    error = np.std(accuracies, ddof=1) / np.sqrt(seeds)
    accuracy = f"{np.mean(accuracies):.1f} ± {error:.1f} %"
    return [accuracy, str(len(problem.qnn.theta)), *sizes, f"{expected.plain.qpu_seconds:.1f}"]


def main() -> None:
    """Print the table."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    columns = ("ansatz", "group", "way", "test accuracy", "parameters", "depth", "two-qubit gates", "QPU s a step")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ansatz.qpy"
        with file.open("wb") as opened:
            qpy.dump(pauli_rotations(), opened)
        for way in WAYS:
            print(f"| {way.ansatz} | {way.group} | {way.name} | {' | '.join(row(way, seeds, file))} |", flush=True)


if __name__ == "__main__":
    main()
