"""``sggd sweep``: what goes on in a table, and what came of it in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from time import monotonic
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from sggd_qiskit.cli.failures import FAILED, INTERRUPTED
from sggd_qiskit.cli.terminal import numbers_table, wide_console
from sggd_qiskit.cli.training import leave, listening
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.run.files import STEPS
from sggd_qiskit.sweep.expand import Sweep, SweepRun, load_sweep_job
from sggd_qiskit.sweep.places import Place
from sggd_qiskit.sweep.results import SweepResults, load_sweep
from sggd_qiskit.sweep.run import Watch, run_sweep
from sggd_qiskit.sweep.work import Outcome

_ROWS = 10  # of runs under way
_LINES = 40  # of the summary
_PAUSE = 1.0  # seconds for which a table of steps is not read again


def sweep_with_table(file: Path, overrides: Sequence[str], results: Path, place: Place, shard: tuple[int, int]) -> int:
    """Do the runs of a job file.

    Args:
        file: the job file.
        overrides: of the base configuration.
        results: the folder in which the sweep's folder is made.
        place: where the runs are done.
        shard: number, from 1, and count of the parts of which only this one is done.

    Returns:
        The exit code.
    """
    sweep = load_sweep_job(file, overrides)
    console = Console(highlight=False)
    view = _View(console, sweep, results / sweep.name, len(sweep.runs[shard[0] - 1 :: shard[1]]))
    live = Live(get_renderable=view.table, console=console, refresh_per_second=2, transient=True)
    live.auto_refresh = console.is_terminal
    try:
        with listening(console, "Finishing the steps, then stopping.") as interrupt:
            if console.is_terminal:
                live.start()
            watch = Watch(view.end, view.look, lambda: interrupt.asked)
            outcomes = run_sweep(sweep, results, place, shard=shard, watch=watch)
    except KeyboardInterrupt:
        live.stop()
        console.print("Stopped. The same command continues the runs after their last finished steps.")
        leave()
        return INTERRUPTED
    finally:
        live.stop()
    _summarize(view, results / sweep.name, outcomes)
    if any(outcome.failure for outcome in outcomes.values()):
        return FAILED
    return 0 if view.complete == view.total else INTERRUPTED


def parsed_shard(text: str) -> tuple[int, int]:
    """Number and count of ``3/8``.

    Raises:
        ConfigError: it is no such thing.
    """
    number, _, count = text.partition("/")
    if number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return int(number), int(count)
    raise ConfigError.at(
        "", f"--shard: found {text!r}, wanted the number of a part and how many there are, such as 3/8"
    )


@dataclass
class _Seen:
    """The last step of a run under way."""

    due: float = 0.0
    step: str = ""
    cost: str = ""
    accuracy: str = ""


class _View:
    """What is shown while the sweep goes on."""

    def __init__(self, console: Console, sweep: Sweep, folder: Path, total: int):
        self.console, self.total = console, total
        self.complete = 0
        self.failed: dict[str, str] = {}
        self._name, self._folder = sweep.name, folder
        self._found = 0  # complete before
        self._begin = monotonic()
        self._under_way: Sequence[SweepRun] = ()
        self._seen: dict[str, _Seen] = {}
        self._noted: set[str] = set()

    def end(self, run: SweepRun, outcome: Outcome) -> None:
        """Count a run that is over, and tell of one that failed."""
        self.complete += outcome.reason is not None
        self._found += outcome.was_complete
        for note in outcome.notes:
            if note not in self._noted:
                self._noted.add(note)
                self._print(f"note: {run}: {note}", style="yellow")
        if outcome.failure is not None:
            self.failed[run.name] = f"{run}: {outcome.failure}"
            self._print(f"failed: {self.failed[run.name]}", style="red")
        elif not self.console.is_terminal and outcome.reason and not outcome.was_complete:
            over = self.complete + len(self.failed)
            self._print(f"[{over:>{len(str(self.total))}}/{self.total}] {run}{_numbers(outcome.row or {})}")

    def look(self, under_way: Sequence[SweepRun]) -> None:
        """Remember which runs may be under way."""
        self._under_way = under_way

    def table(self) -> RenderableType:
        """The runs under way, the latest step of each, and how far all of them are."""
        table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
        table.add_column("under way", no_wrap=True, overflow="ellipsis", ratio=1)
        for name in ("step", "cost", "test accuracy"):
            table.add_column(name, justify="right", no_wrap=True)
        begun = [(run, self._latest(run)) for run in self._under_way]
        shown = [(run, seen) for run, seen in begun if seen.step]
        for run, seen in shown[-_ROWS:]:
            table.add_row(str(run), seen.step, seen.cost, seen.accuracy)
        if len(shown) > _ROWS:
            table.add_row(f"and {len(shown) - _ROWS} more", "", "", "")
        elif not shown:
            table.add_row("(no run has recorded a step yet)", "", "", "")
        line = Table.grid(padding=(0, 1))
        line.add_row(self._name, ProgressBar(self.total, self.complete, width=20), self._state())
        return Group(table, line)

    def _state(self) -> str:
        done, seconds = self.complete - self._found, monotonic() - self._begin
        told = f"{self.complete}/{self.total} complete"
        told += f", {len(self.failed)} failed" if self.failed else ""
        left = self.total - self.complete - len(self.failed)
        return told + (f", {_clock(seconds / done * left)} left" if done and left else f", {_clock(seconds)}")

    def _latest(self, run: SweepRun) -> _Seen:
        seen = self._seen.setdefault(run.name, _Seen())
        if monotonic() >= seen.due:
            seen.due = monotonic() + _PAUSE
            try:
                rows = pq.read_table(self._folder / run.name / STEPS, columns=["step", "cost", "test_accuracy"])
            except (OSError, pa.ArrowException):  # it has hardly begun
                return seen
            if len(rows):
                row = rows.slice(len(rows) - 1).to_pylist()[0]
                accuracies = rows["test_accuracy"].drop_null()
                seen.step = f"{row['step']}/{run.config.training.steps}"
                seen.cost = f"{row['cost']:.4f}"
                seen.accuracy = f"{100 * accuracies[-1].as_py():.1f} %" if len(accuracies) else ""
        return seen

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(text, style=style, markup=False, soft_wrap=True)


def _numbers(row: dict[str, Any]) -> str:
    accuracy = row.get("test_accuracy")
    cost = f": cost {row['cost']:.4f}" if row.get("cost") is not None else ""
    return cost + (f", test accuracy {100 * accuracy:.1f} %" if accuracy is not None else "")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"


def _summarize(view: _View, folder: Path, outcomes: dict[str, Outcome]) -> None:
    console = wide_console()
    before = sum(outcome.was_complete for outcome in outcomes.values())
    told = f"{view.complete} of {view.total} runs are complete" + (f", {before} of them before" if before else "")
    left = view.total - view.complete - len(view.failed)
    told += f"; {left} {'is' if left == 1 else 'are'} left, and the same command continues" if left else ""
    console.print(f"{told}.")
    if view.complete:
        _show_statistics(console, load_sweep(folder))
    if view.failed:
        console.print(f"{len(view.failed)} failed; the same command tries them again:")
        for text in view.failed.values():
            console.print(f"  {text}", markup=False)
    console.print(f"Results are in {folder}. To read them in Python:", markup=False)
    console.print(f'  from sggd_qiskit import load_sweep; sweep = load_sweep("{folder}")', markup=False)
    console.print(
        "  sweep.statistics('test_accuracy')  # so too by some of the axes; sweep.runs and sweep.steps are frames"
    )
    console.print(f"As a page for the browser: sggd report {folder}", markup=False)


def _show_statistics(console: Console, results: SweepResults) -> None:
    """Mean and standard error over the seeds, at each point of the other axes."""
    has_accuracy = results.runs["test_accuracy"].notna().any()
    column, factor, unit = ("test_accuracy", 100, " %") if has_accuracy else ("cost", 1, "")
    found = results.statistics(column)
    if len(found) > _LINES:
        return
    titles = ["mean", "standard error", "least", "largest", "runs"]
    axes = [str(name) for name in found.index.names if name is not None] or [""]
    table = numbers_table(column.replace("_", " "), axes[0], *axes[1:], *titles)
    for where, row in found.iterrows():
        *numbers, count = row
        cells = [str(value) for value in (where if isinstance(where, tuple) else (where,))]
        digits = 1 if has_accuracy else 4
        cells += ["–" if isnan(value) else f"{factor * value:.{digits}f}{unit}" for value in numbers]
        table.add_row(*cells, f"{count:.0f}")
    console.print(table)
