"""``sggd run``: a training with a progress bar, and its result in the last lines."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from rich.console import Console

from sggd_qiskit.cli.failures import INTERRUPTED
from sggd_qiskit.cli.progress import TrainingProgress
from sggd_qiskit.cli.terminal import noting, show_left_aside
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.run import RunResult, run_experiment

if TYPE_CHECKING:  # takes a second
    from sggd_qiskit.run.forecast import Load

_ANSWERS = {
    False: "Finishing the step, then stopping.",
    True: "Leaving; jobs at the service go on, and the same command collects them.",
}


class _Interrupt:
    """Whether the user has asked to stop."""

    def __init__(self, console: Console, answer: str):
        self.asked = False
        self._console, self._answer = console, answer

    def __call__(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.asked:  # the ledger is transactional, so stopping at once loses this step and no more
            raise KeyboardInterrupt
        self.asked = True
        self._console.print(f"{self._answer} Press Ctrl-C again to stop at once.", style="yellow")


@contextmanager
def listening(console: Console, answer: str) -> Iterator[_Interrupt]:
    """Take Ctrl-C and termination as the wish to stop after the step."""
    interrupt = _Interrupt(console, answer)
    former = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def run_with_progress(
    config: ExperimentConfig, results: Path, *, detach: bool = False, again: Collection[str] = ()
) -> int:
    """Run the experiment.

    Args:
        config: the experiment.
        results: the folder in which the run's folder is made.
        detach: leave jobs at the service, and don't wait for them.
        again: names of units of work whose jobs are dropped, run and paid anew.

    Returns:
        The exit code.
    """
    console = Console(highlight=False, soft_wrap=True)
    progress = TrainingProgress(console, config.training.steps, config.training.accuracy_every)

    def on_start(problem: Problem, rows: list[dict[str, Any]]) -> None:
        if problem.violation():
            console.print(f"warning: {problem.violation()}", style="yellow", markup=False)
        for caution in problem.cautions:
            console.print(f"warning: {caution}", style="yellow", markup=False)
        show_left_aside(console, config.execution)
        progress.start(rows)

    def on_forecast(load: Load) -> None:
        console.print(
            f"On {config.execution.backend}, {config.execution.mode} mode: {load.device_jobs:,} jobs and "
            f"{load.qpu_seconds:,.0f} QPU seconds in all, as forecast; sggd plan tells more.",
            markup=False,
        )

    try:
        with noting(console), listening(console, _ANSWERS[config.execution.kind == "ibm"]) as interrupt, progress:
            result = run_experiment(
                config,
                results,
                on_start=on_start,
                on_step=progress.step,
                on_wait=progress.waiting,
                on_forecast=on_forecast,
                interrupted=lambda: interrupt.asked,
                detach=detach,
                again=again,
            )
    except KeyboardInterrupt:
        console.print("Stopped. The same command continues after the last finished step.")
        leave()
        return INTERRUPTED
    _summarize(console, result)
    return 0 if result.reason is not None or (detach and result.pending) else INTERRUPTED


def leave() -> None:
    """End the process now: Aer's thread would keep it until the job is done."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(INTERRUPTED)


def _summarize(console: Console, result: RunResult) -> None:
    row = result.row or {}
    if result.pending:
        jobs = f"job {result.pending[0]} is" if len(result.pending) == 1 else f"{len(result.pending)} jobs are"
        done = row.get("step", -1) + 1
        recorded = "1 step is recorded" if done == 1 else f"{done} steps are recorded"
        console.print(
            f"{recorded}, and {jobs} at the service. The same command collects what is done and goes on; "
            f"sggd status {result.folder} looks, sggd cancel {result.folder} cancels what is queued.",
            markup=False,
        )
        return
    if result.reason is None:
        done = row.get("step", -1) + 1
        console.print(f"Stopped after {done} {'step' if done == 1 else 'steps'}. The same command continues the run.")
    elif result.was_complete:
        console.print(f"This run is complete already ({result.reason}); nothing was run.")
        console.print("For another run, change the configuration, for example its name or training.seed.")
    else:
        console.print(f"Complete: {result.reason}.")
    numbers = [
        _with_error("cost", row.get("cost"), row.get("cost_stderr")),
        _with_error("penalty", row.get("penalty"), row.get("penalty_stderr")),
        _percent("train accuracy", row.get("train_accuracy")),
        _percent("test accuracy", row.get("test_accuracy")),
    ]
    console.print("  " + ", ".join(number for number in numbers if number))
    theta = row.get("theta", [])
    console.print(
        f"  θ = {', '.join(f'{value:.5g}' for value in theta[:4])}{f', … ({len(theta)} values)' if len(theta) > 4 else ''}"
    )
    console.print(f"Results are in {result.folder}. To read them in Python:", markup=False)
    console.print(f'  from sggd_qiskit import load_results; results = load_results("{result.folder}")', markup=False)
    console.print(
        "  results.steps.plot(x='step', y=['cost', 'penalty'])  # a pandas frame; so is results.predictions",
        markup=False,
    )
    console.print(f'  or: pd.read_parquet("{result.folder}/steps.parquet")', markup=False)
    console.print(f"As a page for the browser: sggd report {result.folder}", markup=False)


def _with_error(name: str, value: float | None, stderr: float | None) -> str:
    if value is None:
        return ""
    return f"{name} {value:.4f} ± {stderr:.4f}" if stderr else f"{name} {value:.6f}"


def _percent(name: str, share: float | None) -> str:
    return "" if share is None else f"{name} {100 * share:.1f} %"
