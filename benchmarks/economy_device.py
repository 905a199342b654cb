"""QPU seconds to 85 % test accuracy under a device's noise: the table of docs/economy.md for configs/plane_free_plan.yaml.

    python benchmarks/economy_device.py [FOLDER]

Ten seeds for data and training, cold and from an exact training of the same file; what runs is the rehearsal of fake_torino
with 14 patches. A seed is charged what the tool forecasts for a training that ends at the step that reaches the target, with
its last evaluation and both accuracies. The accuracy here is that of the network without noise, on 2,000 test points.
Runs stay in FOLDER (results/economy), so that the same command goes on where it was stopped.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sggd_qiskit import load_config, load_results, run_experiment
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import forecast
from sggd_qiskit.train.rows import accuracy

CONFIG = Path(__file__).parents[1] / "configs" / "plane_free_plan.yaml"
SEEDS = range(10)
TARGET = 0.85
WINDOW = 5  # steps over which the accuracy is averaged
CAREFUL = "training.optimizer={kind: adam, learning_rate: 0.05}"
EXACT = ("name=exact", "execution.backend=exact", "training.steps=300", CAREFUL)
FINE = ("training.steps=8", "training.accuracy_every=8", CAREFUL)


@dataclass(frozen=True)
class Course:
    """Of one run: the accuracy at the start, the step that reaches the target, the mean of the last steps."""

    first: float
    reached: float
    last: float


def trained(overrides: tuple[str, ...], seed: int, folder: Path) -> tuple[Path, Course]:
    """The run, taken up where it stands, and how its accuracy went.

    Args:
        overrides: of the file.
        seed: of data and training.
        folder: of the results.
    """
    seeds = (f"data.seed={seed}", f"training.seed={seed}")
    run = run_experiment(load_config(CONFIG, (*seeds, *overrides)), folder)
    problem = build_problem(load_config(CONFIG, (*seeds, "execution.backend=exact", "data.test=2000")))
    exact, test = ExactEvaluator(problem), problem.dataset.test
    found = [accuracy(exact.outputs(np.array(t), test), test)[0] for t in load_results(run.folder).steps["theta"]]
    means = np.convolve(found[1:], np.ones(WINDOW) / WINDOW, "valid")
    reached = np.flatnonzero(means >= TARGET)
    return run.folder, Course(found[0], float(reached[0] + WINDOW) if len(reached) else np.inf, float(means[-1]))


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results/economy")
    courses: dict[str, list[Course]] = {"cold": [], "exact": [], "pre-trained": []}
    for seed in SEEDS:
        courses["cold"].append(trained((), seed, folder)[1])
        source, course = trained(EXACT, seed, folder)
        courses["exact"].append(course)
        start = f"training.initial={{kind: run, path: {source.resolve()}}}"
        courses["pre-trained"].append(trained(("name=tuned", start, *FINE), seed, folder)[1])
        print(seed, *(found[-1] for found in courses.values()), sep="\n  ", file=sys.stderr, flush=True)
    print(
        "| start | steps of each seed | QPU seconds of each seed | median | accuracy before | at the end | whole run |"
    )
    print("|---|---|---|---|---|---|---|")
    for way, overrides in (("cold", ()), ("pre-trained", FINE)):
        found = sorted(courses[way], key=lambda course: course.reached)
        steps = [course.reached for course in found]
        spent = [seconds(overrides, int(step)) if np.isfinite(step) else np.inf for step in steps]
        shares = [[getattr(course, name) for course in found] for name in ("first", "last")]
        ends = [f"{np.mean(s):.3f} ± {np.std(s, ddof=1) / np.sqrt(len(s)):.3f}" for s in shares]
        whole = seconds(overrides, load_config(CONFIG, overrides).training.steps)
        print(
            f"| {way} | {', '.join(f'{step:.0f}' for step in steps)} | {', '.join(f'{one:.0f}' for one in spent)} "
            f"| {np.median(spent):.0f} | {' | '.join(ends)} | {whole:.0f} |"
        )


@cache
def seconds(overrides: tuple[str, ...], steps: int) -> float:
    """Billed for a training of so many steps, as forecast."""
    ended = (f"training.steps={steps}", f"training.accuracy_every={steps}")
    return forecast(
        build_problem(load_config(CONFIG, (*overrides, *ended))), fake_device("fake_torino")
    ).total.qpu_seconds


if __name__ == "__main__":
    main()
