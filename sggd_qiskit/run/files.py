"""The files in a run's folder: their names, and how each is replaced whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pyarrow as pa
from qiskit import QuantumCircuit, qpy
from ruamel.yaml.error import YAMLError

from sggd_qiskit.run.errors import MENDS, DamageError, RecordError, disk_errors

LOCK = ".lock"
LEDGER = "ledger.sqlite"
CONFIG = "config.yaml"
MANIFEST = "manifest.json"
STEPS = "steps.parquet"
JOBS = "jobs.parquet"
PREDICTIONS = "predictions.parquet"
CIRCUITS = "circuits.qpy"


def write_atomically(path: Path, writer: Callable[[BinaryIO], object]) -> None:
    """Replace ``path`` by what ``writer`` writes, in one move and only once it is on the disk.

    Args:
        path: the file; its folder exists.
        writer: writes the content to the open binary file that it is given.

    Raises:
        DiskError: the disk is full or fails; ``path`` is as it was before.
        RecordError: the folder can't be written; likewise.
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


def require_free(path: Path, *, overwrite: bool) -> None:
    """Check that a file can be written without the loss of another.

    Raises:
        RecordError: there is one already and ``overwrite`` is not set, or it is a folder, or its folder is missing.
    """
    if path.is_dir():
        raise RecordError(path, "it is a folder", "name a file with --output")
    if path.exists() and not overwrite:
        raise RecordError(
            path, "there is such a file already", "replace it with --force, or name another with --output"
        )
    if not path.absolute().parent.is_dir():
        raise RecordError(path.parent, "there is no such folder", "make it, or name another file with --output")


def move(source: Path, target: Path) -> None:
    """Rename a file in its folder, for good."""
    with disk_errors(target):
        source.replace(target)
        _sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in UTF-8, line ends as they are."""
    write_atomically(path, lambda file: file.write(text.encode()))


def remove_stale(folder: Path) -> None:
    """Delete what a killed process left half-written; only the holder of the folder's lock may do so."""
    with disk_errors(folder):
        for temporary in folder.glob(".*.????????.tmp*"):
            temporary.unlink(missing_ok=True)


@contextmanager
def reading(path: Path) -> Iterator[Path]:
    """Turn what goes wrong with reading or understanding ``path`` into a ``RecordError``."""
    try:
        yield path
    except (OSError, ValueError, YAMLError, pa.ArrowException) as error:
        raise DamageError(path, f"can't be read ({error})", MENDS) from error


def write_circuits(path: Path, circuits: Sequence[QuantumCircuit]) -> None:
    """Write transpiled circuits to a QPY file, with their layouts and metadata."""
    write_atomically(path, lambda file: qpy.dump(list(circuits), file))


def read_circuits(path: Path) -> tuple[QuantumCircuit, ...]:
    """The circuits in a QPY file.

    Raises:
        DamageError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            return tuple(qpy.load(file))
    except Exception as error:  # of a damaged file Qiskit raises anything
        raise DamageError(path, "can't be read", MENDS) from error


def digest(path: Path) -> str:
    """SHA-256 of the file's content, hex; empty if there is no file."""
    with disk_errors(path):
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def set_aside(path: Path) -> str:
    """Rename a file that can't be used, so that nothing in it is lost; its new name, or what it was if there is none."""
    if not path.exists():
        return "was missing"
    numbers = (f".{number}" if number else "" for number in count())
    aside = next(free for end in numbers if not (free := path.with_name(f"{path.name}.damaged{end}")).exists())
    with disk_errors(path):
        path.rename(aside)
    return f"is kept as {aside.name}"


def _sync_folder(folder: Path) -> None:
    """Make the move itself survive a power cut; Windows neither needs it nor lets a folder be opened."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
