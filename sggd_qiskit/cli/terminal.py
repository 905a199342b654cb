"""What the views have in common on the terminal."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from sggd_qiskit.config.execution import ExecutionConfig

_WIDTH = 1000  # more than any table takes


class _WideConsole(Console):
    """Lines as long as they are, and tables that fit the terminal if their headings and texts can be folded to it."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, a table no narrower than it takes to leave nothing out."""
        if self.is_terminal and len(objects) == 1 and isinstance(table := objects[0], Table):
            for column in table.columns:  # words are not cut
                sizes = [Measurement.get(self, self.options, part) for part in (column.header, *column.cells)]
                column.min_width = max(size.minimum for size in sizes)
                column.no_wrap = column.min_width == max(size.maximum for size in sizes)
            width = Console().width
            if self._least(table) > width:
                table.padding = (0, 0)
            options = {"width": max(self._least(table), width), "soft_wrap": False, "crop": False, **options}
        super().print(*objects, **options)

    def _least(self, table: Table) -> int:
        return Measurement.get(self, self.options, table).minimum


def wide_console() -> Console:
    """A console for tables, of which nothing is left out."""
    return _WideConsole(highlight=False, soft_wrap=True, width=_WIDTH)


def numbers_table(title: str, first: str, *numbers: str) -> Table:
    """A table whose first column is text and whose others are numbers.

    Args:
        title: above it.
        first: heading of the first column.
        numbers: headings of the others.
    """
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(first, vertical="bottom")
    for name in numbers:
        table.add_column(name, justify="right", vertical="bottom")
    return table


def show_left_aside(console: Console, execution: ExecutionConfig) -> None:
    """Say which keys concern IBM backends only, where the backend is none."""
    if execution.left_aside:
        keys = ", ".join(f"execution.{key}" for key in execution.left_aside)
        console.print(f"note: the backend {execution.backend} leaves {keys} aside; they are for IBM backends")


class _Notes(logging.Handler):
    """Shows what the package warns of between the lines of the progress."""

    def __init__(self, console: Console):
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        self._console.print(f"note: {record.getMessage()}", style="yellow", markup=False)


@contextmanager
def noting(console: Console) -> Iterator[None]:
    """Show what the package warns of meanwhile."""
    logger, handler = logging.getLogger("sggd_qiskit"), _Notes(console)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
