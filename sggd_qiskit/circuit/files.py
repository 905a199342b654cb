"""Circuits from files: OpenQASM 3 and QPY."""

from __future__ import annotations

from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from qiskit import QuantumCircuit, qasm3, qpy

from sggd_qiskit.circuit.rotation_form import CircuitError, require_unitary


def read_circuit(path: str | Path) -> QuantumCircuit:
    """The circuit in an OpenQASM 3 file (``.qasm``, ``.qasm3``) or a QPY file (``.qpy``) that holds one circuit.

    Raises:
        CircuitError: if the file is missing, of another kind, can't be read, or its circuit is not unitary.
    """
    path = Path(path)
    if path.suffix not in {".qasm", ".qasm3", ".qpy"}:
        raise CircuitError(f"found the file {path.name!r}; wanted OpenQASM 3 (.qasm, .qasm3) or QPY (.qpy)")
    try:
        with redirect_stderr(StringIO()):  # to which the parser of OpenQASM prints
            circuit = _read_qpy(path) if path.suffix == ".qpy" else qasm3.loads(path.read_text(encoding="utf-8"))
    except CircuitError:
        raise
    except OSError as error:
        raise CircuitError(f"can't open {path}: {error.strerror or error}; check the path") from error
    except Exception as error:
        detail = str(error).strip().splitlines()
        raise CircuitError(
            f"can't read a circuit from {path}: {detail[0] if detail else type(error).__name__}; write it again with "
            "qiskit.qasm3.dump or qiskit.qpy.dump"
        ) from error
    require_unitary(circuit)
    return circuit


def _read_qpy(path: Path) -> QuantumCircuit:
    with path.open("rb") as stream:
        circuits = qpy.load(stream)
    if len(circuits) != 1:
        raise CircuitError(f"found {len(circuits)} circuits in {path}; wanted a file with one")
    return circuits[0]
