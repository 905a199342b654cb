"""Training the plane example under the noise of a device, with and without the reference: a table of docs/penalty.md.

    python benchmarks/penalty_noise_training.py [SEEDS]

Rehearsals of fake_torino, 4,096 shots a cost, 10 points and 16 coordinates at each step, 120 steps of Adam at 0.1. The exact
training draws the same. Accuracy and penalty/2ⁿ are those of the network without noise, means over the last 10 steps.
"""

from __future__ import annotations

import sys

import numpy as np

from sggd_qiskit import load_config, run_experiment
from sggd_qiskit.cost.request import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.problem import build_problem
from sggd_qiskit.train.rows import accuracy

SETTINGS = (
    "data.test=500",
    "training.batch=10",
    "training.steps=120",
    "training.accuracy_every=200",
    "training.optimizer.learning_rate=0.1",
    "training.gradient={kind: random_coordinates, coordinates: 16}",
    "execution.shots_for=cost",
)
NOISE = ("execution.backend=fake_torino", "cost.estimator=echo")
WAYS = {
    "exact": (),
    "no guidance, exact": ("cost.guidance=none",),
    "shots without noise": ("execution.backend=aer", "cost.estimator=echo"),
    "noise, no reference": (*NOISE, "cost.reference=none"),
    "noise, reference every 10 steps": NOISE,
}
LAST = 10


def ends(overrides: tuple[str, ...], seed: int) -> tuple[float, float, float]:
    """Test accuracy and penalty/2ⁿ without noise, means over the last steps, and the shots of the training."""
    seeds = (f"training.seed={seed}", f"data.seed={seed}")
    config = load_config("configs/plane.yaml", (*SETTINGS, *seeds, *overrides))
    steps = run_experiment(config, None).results.steps
    problem = build_problem(load_config("configs/plane.yaml", (*SETTINGS, *seeds)))
    exact, test = ExactEvaluator(problem), problem.dataset.test
    found = []
    for theta in steps["theta"].iloc[-LAST:]:
        request = Request(0, np.asarray(theta), (1.0,), problem.dataset.train, gradient=False)
        share, _ = accuracy(exact.outputs(request.theta, test), test)
        found.append((share, exact.evaluate(request).terms["penalty"].value))
    share, penalty = np.mean(found, axis=0)
    return float(share), float(penalty), float(steps["shots"].sum())


def main() -> None:
    """Print the table."""
    seeds = range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else 10))
    found: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    for seed in seeds:
        for way, overrides in WAYS.items():
            found[way].append(ends(overrides, seed))
            print(seed, way, found[way][-1], file=sys.stderr, flush=True)
    print("| way | test accuracy | less than exact's | penalty/2ⁿ | more than exact's | shots |")
    print("|---|---|---|---|---|---|")
    exact = np.array(found["exact"])
    for way, of_way in found.items():
        values = np.array(of_way)
        error = np.sqrt(len(values))
        cells = []
        for column, sign in ((0, -1), (1, 1)):
            difference = sign * (values - exact)[:, column]
            cells.append(f"{values[:, column].mean():.3f} ± {values[:, column].std(ddof=1) / error:.3f}")
            cells.append(f"{difference.mean():+.3f} ± {difference.std(ddof=1) / error:.3f}")
        print(f"| {way} | {' | '.join(cells)} | {values[:, 2].mean():,.0f} |")


if __name__ == "__main__":
    main()
