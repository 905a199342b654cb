"""Test accuracy on the plane with and without guidance, over ten seeds: the table of the README.

    python jobs/plane_seeds.py [RESULTS]

Runs that are in RESULTS (by default ``results/``) already are read, not repeated.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from sggd_qiskit import load_config, load_results, run_experiment

SEEDS = range(10)
WAYS = {
    "unguided": ["cost.guidance=none"],
    "data enhancement, swap": ["cost.guidance=none", "data.enhance=true"],
    "twirled cost (7), swap": ["cost.guidance=twirled"],
    "penalty (6), swap, λ = 1": [],
    "penalty (6), group of the square, λ = 1": ["symmetry.group=dihedral_square"],
    "penalty, local-states norm, swap, λ = 3": [
        "cost.norm=local_states",
        "cost.estimator=local_states",
        "cost.weight=3",
    ],
}


def test_accuracy(overrides: list[str], seed: int, results: Path) -> float:
    """Test accuracy of one run, trained now unless it has been."""
    seeds = [f"data.seed={seed}", f"training.seed={seed}"]
    config = load_config(Path(__file__).parent.parent / "configs" / "plane.yaml", [*overrides, *seeds])
    run = run_experiment(config, results)
    return float(load_results(run.folder).steps["test_accuracy"].iloc[-1])


def main() -> None:
    """Train what has not been trained yet, and print the table."""
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    found = pd.DataFrame({way: [test_accuracy(o, seed, results) for seed in SEEDS] for way, o in WAYS.items()})
    print("| way | mean test accuracy | standard error | worst | best |")
    print("|---|---|---|---|---|")
    for way, values in (100 * found).items():
        print(f"| {way} | {values.mean():.1f} % | {values.sem():.1f} % | {values.min():.1f} % | {values.max():.1f} % |")


if __name__ == "__main__":
    main()
