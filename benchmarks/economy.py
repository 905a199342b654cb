"""QPU seconds, as forecast, until the plane example reaches 85 % test accuracy, for each way to spend shots.

Trains on Aer with the shots of each way, and charges what the same steps would be billed on a device (2 s a job, 0.35 ms an
execution, no mitigation). The accuracy is that of the trained network without noise. Prints a table, and saves a figure if
a file is named:

    python benchmarks/economy.py [FIGURE.png]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table

from sggd_qiskit import load_config, load_results, run_experiment
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import forecast
from sggd_qiskit.train.rows import accuracy

CONFIG = Path(__file__).parent.parent / "configs" / "plane.yaml"
SEEDS = (1, 2, 3)
TARGET = 0.85
WINDOW = 5  # steps over which the accuracy is averaged
FAST = "training.optimizer.learning_rate=0.1"
COST, VALUE = "execution.shots_for=cost", "execution.shots_for=value"


@dataclass(frozen=True)
class Way:
    """One way to spend shots."""

    name: str
    steps: int
    overrides: tuple[str, ...]


WAYS = (
    Way("full gradient, 4,096 shots a value", 150, (VALUE,)),
    Way("full gradient, 4,096 shots a cost", 150, (COST,)),
    Way("full gradient, 512 shots a cost", 250, (COST, "execution.shots=512")),
    Way("10 points, 4,096 shots a value", 200, ("training.batch=10", VALUE)),
    Way("10 points, 512 shots a cost", 300, ("training.batch=10", COST, "execution.shots=512")),
    Way("8 coordinates, 512 shots a cost", 500,
        ("training.gradient={kind: random_coordinates, coordinates: 8}", COST, "execution.shots=512")),
    Way("SPSA, 4,096 shots a cost", 2000, ("training.gradient={kind: spsa}", COST)),
    Way("SPSA, 512 shots a cost", 2000, ("training.gradient={kind: spsa}", COST, "execution.shots=512")),
    Way("8 coordinates, 512 shots a cost, Adam at 0.1", 300,
        ("training.gradient={kind: random_coordinates, coordinates: 8}", COST, "execution.shots=512", FAST)),
    Way("10 points, 96 shots a cost, Adam at 0.1", 200, ("training.batch=10", COST, "execution.shots=96", FAST)),
    Way("5 points, 48 shots a cost, Adam at 0.1", 200, ("training.batch=5", COST, "execution.shots=48", FAST)),
    Way("10 points, 16 coordinates, 128 shots a cost, Adam at 0.1", 200,
        ("training.gradient={kind: random_coordinates, coordinates: 16}", "training.batch=10", COST,
         "execution.shots=128", FAST)),
)  # fmt: skip


@dataclass(frozen=True)
class Curve:
    """Test accuracy after each step, the seconds of one step, and the step that reaches the target; None if none does."""

    accuracies: list[float]
    seconds: float
    reached: int | None


def curve(way: Way, seed: int) -> Curve:
    """Train one run."""
    config = load_config(
        CONFIG,
        [
            f"name=economy-{seed}",
            f"data.seed={seed}",
            f"training.seed={seed}",
            f"training.steps={way.steps}",
            f"training.accuracy_every={10 * way.steps}",
            "execution.backend=aer",
            "execution.options={resilience_level: 0}",
            *way.overrides,
        ],
    )
    problem = build_problem(config)
    seconds = forecast(problem).plain.qpu_seconds
    exact, test = ExactEvaluator(problem), problem.dataset.test
    found: list[float] = []

    def watch(row: dict[str, object]) -> None:
        share, _ = accuracy(exact.outputs(np.array(row["theta"]), test), test)
        found.append(share)

    with TemporaryDirectory() as folder:
        run = run_experiment(config, folder, on_step=watch, interrupted=lambda: _reached(found) is not None)
        assert len(load_results(run.folder).steps) == len(found)
    return Curve(found, seconds, _reached(found))


def _reached(accuracies: list[float]) -> int | None:
    """The first step at which the mean of the last steps reaches the target."""
    for end in range(WINDOW, len(accuracies) + 1):
        if np.mean(accuracies[end - WINDOW : end]) >= TARGET:
            return end
    return None


def draw(curves: dict[str, list[Curve]], path: str) -> None:
    """Test accuracy against QPU seconds, one line a seed."""
    import matplotlib as mpl  # of the extra `bench`

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4.5), constrained_layout=True)
    for number, (name, runs) in enumerate(curves.items()):
        for run in runs:
            smooth = np.convolve(run.accuracies, np.ones(WINDOW) / WINDOW, "valid")
            spent = run.seconds * np.arange(WINDOW, WINDOW + len(smooth))
            label = name if run is runs[0] else None
            axes.plot(spent, 100 * smooth, color=f"C{number}", linewidth=1.2, label=label)
    axes.axhline(100 * TARGET, color="grey", linestyle=":", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("QPU seconds (forecast)")
    axes.set_ylabel("test accuracy, %")
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(path, dpi=130)


def main() -> None:
    """Print the table, and save the figure if one is named."""
    table = Table(title=f"QPU seconds to {100 * TARGET:.0f} % test accuracy on the plane example, {len(SEEDS)} seeds")
    for column in ("way", "QPU seconds a step", "steps (median)", "QPU seconds (median)", "least", "most", "reached"):
        table.add_column(column, justify="left" if column == "way" else "right")
    curves = {}
    for way in WAYS:
        runs = curves[way.name] = [curve(way, seed) for seed in SEEDS]
        steps = [run.reached for run in runs if run.reached is not None]
        cells = [f"{median(steps):.0f}"] if steps else ["–"]
        spent = [run.seconds * run.reached for run in runs if run.reached is not None]
        cells += [f"{value:,.0f}" for value in (median(spent), min(spent), max(spent))] if spent else ["–"] * 3
        table.add_row(way.name, f"{runs[0].seconds:,.1f}", *cells, f"{len(steps)} of {len(runs)}")
        print(way.name, cells, file=sys.stderr)
    Console(width=140).print(table)
    if len(sys.argv) > 1:
        draw(curves, sys.argv[1])


if __name__ == "__main__":
    main()
