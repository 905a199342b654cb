"""The progress of a training: a bar on a terminal, some ten lines elsewhere."""

from __future__ import annotations

from math import ceil
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

_LINES = 10
_NUMBERS = 5  # widths of the bar: what they have on a line of 80


class TrainingProgress:
    """Shows cost, penalty, accuracy and the time left."""

    def __init__(self, console: Console, steps: int, accuracy_every: int):
        self._console = console
        self._last = steps
        # Lines fall on steps whose accuracy is known.
        self._every = max(1, ceil(steps / _LINES / accuracy_every)) * accuracy_every
        self._accuracy = self._shown = self._waited = ""
        self._bar = Progress(
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn(
                "{task.fields[numbers]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=_NUMBERS)
            ),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
            TextColumn("left", table_column=Column(no_wrap=True)),
            console=console,
            disable=not console.is_terminal,
            expand=True,
        )
        self._task = self._bar.add_task("training", total=steps, numbers="", start=False)

    def start(self, rows: list[dict[str, Any]]) -> None:
        """Begin, or go on after the rows recorded so far."""
        if rows:
            self._console.print(f"Continuing after step {rows[-1]['step']}.")
        self._bar.start()
        self._bar.reset(self._task, completed=len(rows), total=self._last)

    def step(self, row: dict[str, Any]) -> None:
        """Show a recorded row."""
        if row["test_accuracy"] is not None:
            self._accuracy = f"  test accuracy {100 * row['test_accuracy']:.1f} %"
        penalty = "" if row["penalty"] is None else f"  penalty {row['penalty']:.4f}"
        numbers = self._shown = f"cost {row['cost']:.4f}{penalty}{self._accuracy}"
        self._bar.update(self._task, completed=min(row["step"] + 1, self._last), numbers=numbers)
        if not self._console.is_terminal and (row["step"] % self._every == 0 or row["step"] == self._last):
            self._console.print(f"step {row['step']:>{len(str(self._last))}}/{self._last}  {numbers}")

    def waiting(self, what: str) -> None:
        """Show what is being waited for, until the next step is recorded."""
        self._bar.update(self._task, numbers=f"{self._shown}  {what}")
        if not self._console.is_terminal and what != self._waited:
            self._console.print(f"waiting: {what}", markup=False)
        self._waited = what

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
