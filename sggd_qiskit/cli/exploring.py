"""What ``sggd landscape`` and ``sggd rank`` have in common: the files that they write, and how far they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from textwrap import fill
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import pyarrow as pa
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.files import write_atomically
from sggd_qiskit.run.tables import write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 80
_PARTS = 10


@dataclass(frozen=True)
class Output:
    """A table and a figure of one name.

    Attributes:
        table: a parquet file.
        figure: an SVG file.
    """

    table: Path
    figure: Path

    @classmethod
    def claimed(cls, stem: Path, *, force: bool) -> Output:
        """The files, before work starts.

        Raises:
            RecordError: if there is no folder for them, or one is there already and not to be replaced.
        """
        if not stem.parent.is_dir():
            raise RecordError(stem, "there is no such folder", "make it, or choose another with --output")
        found = cls(stem.with_name(f"{stem.name}.parquet"), stem.with_name(f"{stem.name}.svg"))
        for path in (found.table, found.figure):
            if path.is_dir():
                raise RecordError(path, "is a folder", "choose another name with --output")
            if path.exists() and not force:
                raise RecordError(
                    path, "is there already, and isn't overwritten", "choose another with --output, or add --force"
                )
        return found

    def write(self, table: pd.DataFrame, figure: Figure) -> None:
        """Write both.

        Raises:
            RecordError: if they can't be written.
        """
        from sggd_qiskit.explore.figures import write_svg

        write_table(self.table, pa.Table.from_pandas(table, preserve_index=False))
        write_atomically(self.figure, lambda file: write_svg(figure, file))


class Counting:
    """Shows how many evaluations are done: a bar on a terminal, some ten lines elsewhere if it takes long."""

    def __init__(self, console: Console, many: int = 2_000):
        self._console, self._many, self._done, self._total = console, many, 0, 0
        self._bar = Progress(
            TextColumn("evaluations"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", start=False)

    def start(self, total: int) -> None:
        """Begin."""
        self._total = total
        self._bar.reset(self._task, total=total)

    def one(self) -> None:
        """One more is done."""
        self._done += 1
        self._bar.advance(self._task)
        every = max(1, self._total // _PARTS)
        if not self._console.is_terminal and self._total >= self._many and self._done % every == 0:
            self._console.print(f"{self._done:,} of {self._total:,} evaluations")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


def require_unset(options: Mapping[str, object], where: str) -> None:
    """Refuse options that would do nothing.

    Raises:
        ConfigError: naming the first that is set.
    """
    for name, value in options.items():
        if value is not None:
            raise ConfigError.at("", f"found {name} {where}, where it means nothing; leave it out")


def require_threshold(threshold: float) -> None:
    """Refuse a norm of the gradient that none is.

    Raises:
        ConfigError: naming what was found.
    """
    if not 0 < threshold < inf:
        raise ConfigError.at("", f"found --threshold {threshold:g}; wanted a number above 0")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Its rows."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def say(console: Console) -> Callable[[str], None]:
    """What prints text in lines of 80 columns."""
    return lambda text: console.print(fill(text, WIDTH, break_long_words=False, break_on_hyphens=False), markup=False)


def measured(value: float, stderr: float, digits: int = 4) -> str:
    """A number with its standard error, if it has one.

    Args:
        value: the number.
        stderr: its standard error; NaN for none.
        digits: after the point.
    """
    return f"{value:.{digits}f}" if pd.isna(stderr) else f"{value:.{digits}f} ± {stderr:.{digits}f}"


def percent(value: float, stderr: float) -> str:
    """A share with its standard error, in percent."""
    return f"{100 * value:.1f} ± {100 * stderr:.1f} %"
