"""What copies of a circuit side by side save, and what they do to values under a device's noise.

    python benchmarks/patches.py [device [points]]

The plane example at random θ on a rehearsal without shot noise: means over θ of how far penalty and data term are off
the exact values, and of a gradient's worst component, for each number of patches. Crosstalk is not simulated.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from problems import asked, configured

from sggd_qiskit.evaluate.evaluation import Evaluation
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.patched import PatchedExecutor, PatchRule

COUNTS = (1, 4, 8, 12, 16)
SHOTS = 1024


def main() -> None:
    """Print the table."""
    name, points = [*sys.argv[1:], *("fake_torino", "5")[len(sys.argv) - 1 :]][:2]
    device, problem = fake_device(name), configured("plane", "data.train=20")
    rng, count = np.random.default_rng(1), len(problem.qnn.theta)
    thetas = [rng.uniform(-np.pi, np.pi, count) for _ in range(int(points))]
    requests = [asked(problem, step, theta, 0.7, problem.dataset.train) for step, theta in enumerate(thetas)]
    wanted = [ExactEvaluator(problem).evaluate(request) for request in requests]
    table = Table("patches", "penalty off by", "data term off by", "gradient off by", "largest error of a circuit")
    for patches in COUNTS:
        executor = PatchedExecutor(
            RehearsalExecutor(device, shot_noise=False), lambda: device.target, PatchRule(patches, SHOTS)
        )
        evaluator = PrimitivesEvaluator(problem, executor)
        found = [evaluator.evaluate(request) for request in requests]
        worst = max(max(circuit.metadata["patch_errors"]) for circuit in evaluator.circuits)
        table.add_row(str(patches), *_distances(found, wanted), f"{worst:.2f}")
    Console().print(table)


def _distances(found: list[Evaluation], wanted: list[Evaluation]) -> tuple[str, str, str]:
    pairs = list(zip(found, wanted, strict=True))
    penalty = np.mean([a.terms["penalty"].value - b.terms["penalty"].value for a, b in pairs])
    data = np.mean([a.data_term.value - b.data_term.value for a, b in pairs])
    slopes = [np.abs(np.subtract(a.cost.gradient, b.cost.gradient)).max() for a, b in pairs]
    return f"{penalty:+.3f}", f"{data:+.3f}", f"{np.mean(slopes):.3f}"


if __name__ == "__main__":
    main()
