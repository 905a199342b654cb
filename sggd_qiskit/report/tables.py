"""Tables of the page, which the reader can sort."""

from __future__ import annotations

from dataclasses import dataclass

from sggd_qiskit.report.numbers import NOTHING


@dataclass(frozen=True)
class Cell:
    """A cell of a table, and the number by which it is sorted, if it is one."""

    text: str
    key: float | None = None


@dataclass(frozen=True)
class Table:
    """A table."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def numeric(self) -> list[bool]:
        """Whether a column holds nothing but numbers, some at least."""
        columns = [[row[place] for row in self.rows] for place in range(len(self.titles))]
        keys = [{cell.key is None for cell in column if cell.text != NOTHING} for column in columns]
        return [found == {False} for found in keys]
