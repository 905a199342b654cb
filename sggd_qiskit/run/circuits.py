"""The circuits of a run as they were transpiled, so that a run that is continued goes on with the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qiskit import QuantumCircuit, qpy
from qiskit.exceptions import QiskitError

from sggd_qiskit.run.atomic import write_atomically
from sggd_qiskit.run.errors import RecordError


def write_circuits(path: Path, circuits: Sequence[QuantumCircuit]) -> None:
    """Write the circuits to a QPY file, with their layouts and metadata."""
    write_atomically(path, lambda file: qpy.dump(list(circuits), file))


def read_circuits(path: Path) -> tuple[QuantumCircuit, ...] | None:
    """The circuits in a QPY file, or None if there is no file.

    Raises:
        RecordError: the file can't be read.
    """
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            return tuple(qpy.load(file))
    except (OSError, ValueError, TypeError, KeyError, EOFError, QiskitError) as error:
        reason = f"can't be read ({error})"
        raise RecordError(path, reason, "restore it, or delete it to have the circuits transpiled again") from error
