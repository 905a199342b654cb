"""The one error that trouble with a run's record ends in, and its kind for a disk that is full or fails."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTINUE = "free some space or mend the folder's permissions and start the run again; it continues after its last step"
ELSEWHERE = "choose another folder with --results"
ANEW = "restore it from a copy, or move the run's folder away and start the run again"
MENDS = "restore it from a copy, or start the run again with sggd run, which mends what can be mended"

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class RecordError(Exception):
    """A run can't be recorded or read; the message is ``path: reason; remedy``.

    Args:
        path: the file or folder.
        reason: what is wrong with it.
        remedy: what the user can do.
    """

    def __init__(self, path: Path, reason: str, remedy: str):
        # All three go to the base class, so that the error survives the way back from a worker process.
        super().__init__(path, reason, remedy)
        self.path, self.reason, self.remedy = path, reason, remedy

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; {self.remedy}"


class DamageError(RecordError):
    """A file of a run is not what was written: lost, emptied, cut, overwritten, or another run's."""


class DiskError(RecordError):
    """The disk is full or fails: nothing was wrong with the input, but the run can't go on."""


@contextmanager
def disk_errors(path: Path, remedy: str = CONTINUE) -> Iterator[None]:
    """Turn what the operating system says about ``path`` into a ``RecordError``.

    Raises:
        DiskError: the disk is full or fails.
        RecordError: anything else, such as a missing permission.
    """
    try:
        yield
    except OSError as error:
        kind = DiskError if error.errno in _DISK else RecordError
        raise kind(path, error.strerror or str(error), remedy) from error
