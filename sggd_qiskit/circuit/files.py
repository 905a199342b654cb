"""Circuits from files: OpenQASM 3 and QPY."""

from __future__ import annotations

import io
import re
import struct
from contextlib import redirect_stderr
from pathlib import Path

from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.qpy.formats import (
    CIRCUIT_HEADER_V12_PACK,
    CIRCUIT_HEADER_V12_SIZE,
    FILE_HEADER_V10_PACK,
    FILE_HEADER_V10_SIZE,
)

from sggd_qiskit.circuit.rotation_form import MOST_GATES, CircuitError, require_unitary
from sggd_qiskit.config.files import read_file

LARGEST = {".qpy": 5_000_000, ".qasm": 300_000, ".qasm3": 300_000}
"""Bytes of a circuit's file, by its ending; text takes longest to read."""
MOST_QUBITS = 1000
LONGEST_DETAIL = 300
LARGEST_POWER = 1000
MOST_CONTROLS = 6
_WITH_ENCODING, _WITH_OFFSETS = 12, 16  # QPY versions from which on headers are of another length
_DECLARED = re.compile(
    r"\b(?:qu)?bit\s*\[\s*(?P<size>[\d_]+)|\bconst\b[^=;]*=\s*(?P<value>[\d_]+)|\b[qc]reg\s+\w+\s*\[\s*(?P<old>[\d_]+)"
)

_DEFINED = re.compile(r"\bgate\s+(?P<name>\w+)[^{;]*\{(?P<body>[^}]*)\}")
_MODIFIER = re.compile(r"\b(?P<kind>pow|ctrl|negctrl)\s*\(\s*(?P<times>\d+)[^)]*\)")


def read_circuit(path: str | Path) -> QuantumCircuit:
    """The circuit in an OpenQASM 3 file (``.qasm``, ``.qasm3``) or a QPY file (``.qpy``) that holds one circuit.

    Raises:
        CircuitError: if the file is missing, of another kind, can't be read, or its circuit is not unitary.
    """
    path = Path(path)
    if path.suffix not in LARGEST:
        raise CircuitError(f"found the file {path.name!r}; wanted OpenQASM 3 (.qasm, .qasm3) or QPY (.qpy)")
    try:
        content = read_file(path, LARGEST[path.suffix])
        with redirect_stderr(io.StringIO()):  # to which the parser of OpenQASM prints
            circuit = read_qpy(content, str(path)) if path.suffix == ".qpy" else _read_qasm(content.decode("utf-8"))
    except CircuitError:
        raise
    except OSError as error:
        raise CircuitError(f"can't open {path}: {error.strerror or error}; check the path") from error
    except Exception as error:
        if path.suffix == ".qpy":  # what Qiskit says of such a file is a page of its own internals
            raise CircuitError(
                f"can't read a circuit from {path}: found no whole QPY file ({type(error).__name__}); write it again with "
                "qiskit.qpy.dump"
            ) from error
        detail = str(error).strip().splitlines()
        raise CircuitError(
            f"can't read a circuit from {path}: {detail[0][:LONGEST_DETAIL] if detail else type(error).__name__}; write it "
            "again with qiskit.qasm3.dump"
        ) from error
    require_unitary(circuit)
    return circuit


def _read_qasm(text: str) -> QuantumCircuit:
    for match in _DECLARED.finditer(text):
        _check_qubits(int((match["size"] or match["value"] or match["old"]).replace("_", "")))
    for match in _MODIFIER.finditer(text):
        if int(match["times"]) > (LARGEST_POWER if match["kind"] == "pow" else MOST_CONTROLS):
            raise CircuitError(
                f"found {match[0].strip()!r}; powers up to {LARGEST_POWER} and up to {MOST_CONTROLS} controls are taken"
            )
    sizes: dict[str, int] = {}
    for match in _DEFINED.finditer(text):
        # Gates that are made of gates that are made of gates: a page of text may stand for billions.
        words = re.findall(r"\w+", match["body"])
        sizes[match["name"]] = sum(sizes.get(word, 0) for word in words) + match["body"].count(";")
        if sizes[match["name"]] > MOST_GATES:
            raise CircuitError(
                f"found the gate {match['name']!r} of more than {MOST_GATES:,} gates, written out; up to so many are taken"
            )
    return qasm3.loads(text)


def read_qpy(content: bytes, where: str) -> QuantumCircuit:
    """The one circuit in the content of a QPY file; a damaged one raises what Qiskit raises.

    Raises:
        CircuitError: if there is not one circuit, or one of more qubits than are taken.
    """
    if len(content) > FILE_HEADER_V10_SIZE and content[6] >= _WITH_ENCODING:
        # Registers are made before what is wrong with the file is found, and a damaged file may ask for billions of qubits.
        *_, programs, _ = struct.unpack_from(FILE_HEADER_V10_PACK, content)
        start = FILE_HEADER_V10_SIZE + 1 + (8 * programs if content[6] >= _WITH_OFFSETS else 0)
        if start + CIRCUIT_HEADER_V12_SIZE <= len(content):
            _check_qubits(max(struct.unpack_from(CIRCUIT_HEADER_V12_PACK, content, start)[3:5]))
    circuits = qpy.load(io.BytesIO(content))
    if len(circuits) != 1:
        raise CircuitError(f"found {len(circuits)} circuits in {where}; wanted one")
    return circuits[0]


def _check_qubits(count: int) -> None:
    if count > MOST_QUBITS:
        raise CircuitError(f"found a register of {count:,} bits or qubits; up to {MOST_QUBITS} are taken")
