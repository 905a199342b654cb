"""Training with each way to measure the penalty on Aer, beside the exact penalty: a table of docs/penalty.md.

    python benchmarks/penalty_training.py [RESULTS]

The Werner example as configured, and a smaller plane (2 layers, 40 points, 60 steps), whose swap tests take 9 qubits.
Reached is the first step from which on the exact cost stays within 5 % (Werner) or 10 % (plane) of the fall from the first to
the last exact one; shots are those of the penalty and the data up to there. Finished runs are read, not repeated.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from sggd_qiskit import load_config, load_results, run_experiment
from sggd_qiskit.evaluate.evaluation import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.problem import build_problem

FAMILIES = ("exact", "echo", "bell_pair", "hadamard_test", "destructive_swap_test", "swap_test")
EXAMPLES = {
    "werner": (["training.steps=50"], 0.05),
    "plane": (
        [
            "execution.backend=aer",
            "execution.shots=1024",
            "data.train=40",
            "data.test=500",
            "model.ansatz.layers=2",
            "training.steps=60",
            "training.optimizer.learning_rate=0.1",
            "cost.states=32",
        ],
        0.1,
    ),
}


def exact_costs(problem, thetas) -> np.ndarray:
    """The exact cost at every θ."""
    evaluator, sample = ExactEvaluator(problem), problem.dataset.train
    weight = problem.config.cost.weight
    return np.array([evaluator.evaluate(Request(0, t, weight, sample, gradient=False)).cost.value for t in thetas])


def main() -> None:
    """Print the table."""
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    print("| example | way | first exact cost | last exact cost | test accuracy | step reached | shots to reach it |")
    print("|---|---|---|---|---|---|---|")
    for example, (settings, share) in EXAMPLES.items():
        target = None
        for family in FAMILIES:
            overrides = [*settings, f"cost.estimator={family}"]
            config = load_config(f"configs/{example}.yaml", overrides)
            steps = load_results(run_experiment(config, results).folder).steps
            costs = exact_costs(build_problem(config), np.array(steps["theta"].tolist()))
            if target is None:  # what the exact penalty reaches
                target = costs[-1] + share * (costs[0] - costs[-1])
            late = np.flatnonzero(costs > target)
            reached = int(late[-1]) + 1 if late.size else 0
            there = reached < len(costs)
            shots = int(steps["shots"].iloc[: reached + 1].sum())
            accuracy = 100 * steps["test_accuracy"].iloc[-1]
            print(
                f"| {example} | {family} | {costs[0]:.3f} | {costs[-1]:.3f} | {accuracy:.1f} % | "
                f"{reached if there else 'not'} | {f'{shots:,}' if there else ''} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
