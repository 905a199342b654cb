"""The error that data end in which can't be used."""

from __future__ import annotations

from collections.abc import Sequence


class DataError(ValueError):
    """Data that can't be used: what was found, what was wanted, and what to do.

    Attributes:
        part: what is at fault: ``features``, ``label``, ``split``, ``circuits``, or nothing for the data as a whole.
        row: the row of the table that is at fault, from 0; None if it is no single one.
    """

    def __init__(self, message: str, part: str = "", row: int | None = None):
        super().__init__(message, part, row)  # all, so that it survives pickling
        self.part = part
        self.row = row

    def __str__(self) -> str:
        return str(self.args[0])


def require_one_of(value: object, wanted: Sequence[str], name: str) -> None:
    """Refuse an argument that is none of the words.

    Args:
        value: what was given.
        wanted: the words.
        name: of the argument.

    Raises:
        DataError: naming both.
    """
    if value not in wanted:
        raise DataError(f"found {name} = {value!r}; wanted one of {', '.join(map(repr, wanted))}", name)
