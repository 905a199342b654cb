"""The error that data end in which can't be used."""

from __future__ import annotations


class DataError(ValueError):
    """Data that can't be used: what was found, what was wanted, and what to do.

    Attributes:
        part: what is at fault: ``features``, ``label``, ``split``, ``circuits``, or nothing for the data as a whole.
    """

    def __init__(self, message: str, part: str = ""):
        super().__init__(message, part)  # both, so that it survives pickling
        self.part = part

    def __str__(self) -> str:
        return str(self.args[0])
