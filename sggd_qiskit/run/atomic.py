"""Files that are either the old ones or the new ones, never half of each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from sggd_qiskit.run.errors import disk_errors


def write_atomically(path: Path, writer: Callable[[BinaryIO], object]) -> None:
    """Replace ``path`` by what ``writer`` writes, in one move and only once it is on the disk.

    Args:
        path: the file; its folder exists.
        writer: writes the content to the open binary file that it is given.

    Raises:
        RecordError: the disk is full or the folder can't be written; ``path`` is as it was before.
    """
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}.tmp")
    with disk_errors(path):
        try:
            with temporary.open("xb") as file:
                writer(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # there is none left once it has taken the file's place
        _sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in UTF-8, line ends as they are."""
    write_atomically(path, lambda file: file.write(text.encode()))


def remove_stale(folder: Path) -> None:
    """Delete what a killed process left half-written; only the holder of the folder's lock may do so."""
    with disk_errors(folder):
        for temporary in folder.glob(".*.????????.tmp"):
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the move itself survive a power cut; Windows neither needs it nor lets a folder be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
