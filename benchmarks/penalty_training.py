"""Training with each way to measure the penalty on Aer, beside the exact penalty: a table of docs/penalty.md.

    python benchmarks/penalty_training.py [RESULTS]

The Werner example as configured, and a smaller plane (2 layers, 30 points, 60 steps, 16,384 shots), whose swap
tests take 9 qubits.
Reached is the first step from which on the exact cost stays within 5 % (Werner) or 10 % (plane) of the fall from the first to
the last exact one; shots are those of the penalty and the data up to there. Finished runs are read, not repeated.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from sggd_qiskit import load_config, load_results, run_experiment
from sggd_qiskit.cost.request import Request
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.problem import build_problem

FAMILIES = {
    "configured": ("exact", "echo", "bell_pair", "hadamard_test", "destructive_swap_test", "swap_test"),
    "local_states": ("exact", "local_states"),
}
EXAMPLES = {
    "werner": (["training.steps=50"], 0.05),
    "plane": (
        [
            "execution.backend=aer",
            "execution.shots=16384",
            "data.train=30",
            "data.test=500",
            "model.ansatz.layers=2",
            "training.steps=60",
        ],
        0.1,
    ),
}
# The variance of swap tests is 4ⁿ: at 4 qubits the shots of the others leave a gradient that is all noise.
MORE_SHOTS = {("plane", "swap_test"): ["execution.shots=131072"]}


def exact_costs(problem, thetas) -> np.ndarray:
    """The exact cost at every θ."""
    evaluator, sample = ExactEvaluator(problem), problem.dataset.train
    requests = [Request(0, theta, problem.weights(0), sample, gradient=False) for theta in thetas]
    return np.array([evaluator.evaluate(request).cost.value for request in requests])


def main() -> None:
    """Print the table."""
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    print("| example | way | first exact cost | last exact cost | test accuracy | step reached | shots to reach it |")
    print("|---|---|---|---|---|---|---|")
    for example, (settings, share) in EXAMPLES.items():
        for norm, families in FAMILIES.items():
            target = None
            for family in families:
                overrides = [*settings, f"cost.estimator={family}", "execution.shots_for=value"]
                overrides += MORE_SHOTS.get((example, family), [])
                if norm == "local_states":
                    overrides += ["cost.norm=local_states", "cost.weight=3"]
                config = load_config(f"configs/{example}.yaml", overrides)
                steps = load_results(run_experiment(config, results).folder).steps
                costs = exact_costs(build_problem(config), np.array(steps["theta"].tolist()))
                if target is None:  # what the exact penalty reaches
                    target = costs[-1] + share * (costs[0] - costs[-1])
                print(line(example, f"{family} ({norm} norm)", steps, costs, target), flush=True)


def line(example: str, way: str, steps: pd.DataFrame, costs: np.ndarray, target: float) -> str:
    """A row of the table."""
    late = np.flatnonzero(costs > target)
    reached = int(late[-1]) + 1 if late.size else 0
    there = reached < len(costs)
    shots = f"{int(steps['shots'].iloc[: reached + 1].sum()):,}" if there else ""
    accuracy = 100 * steps["test_accuracy"].iloc[-1]
    step = reached if there else "not"
    return f"| {example} | {way} | {costs[0]:.3f} | {costs[-1]:.3f} | {accuracy:.1f} % | {step} | {shots} |"


if __name__ == "__main__":
    main()
