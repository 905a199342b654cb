"""Files that an experiment names, read with a bound."""

from __future__ import annotations

import os
import stat
from errno import EFBIG, EINVAL, EISDIR
from pathlib import Path

LARGEST_FILE = 2_000_000_000


def read_file(path: Path, most: int = LARGEST_FILE) -> bytes:
    """The content of a file, but not of a pipe or a device, which may have no end.

    Args:
        path: of the file.
        most: bytes that it may have.

    Raises:
        OSError: if it can't be read, is no plain file, or is larger.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(EINVAL, "it is a pipe or a device; wanted a file", str(path))
    if status.st_size > most:
        raise OSError(EFBIG, f"it is larger than {most:,} bytes, which are read at most", str(path))
    return path.read_bytes()
