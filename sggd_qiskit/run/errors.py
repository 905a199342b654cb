"""The one error that trouble with a run's folder ends in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTINUE = "free some space or mend the folder's permissions and start the run again; it continues after its last step"
ELSEWHERE = "choose another folder with --results"


class RecordError(Exception):
    """A run can't be recorded or read; the message is ``path: reason; remedy``."""

    def __init__(self, path: Path, reason: str, remedy: str):
        # All three go to the base class, so that the error survives the way back from a worker process.
        super().__init__(path, reason, remedy)
        self.path, self.reason, self.remedy = path, reason, remedy

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; {self.remedy}"


@contextmanager
def disk_errors(path: Path, remedy: str = CONTINUE) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into a ``RecordError``."""
    try:
        yield
    except OSError as error:
        raise RecordError(path, error.strerror or str(error), remedy) from error
