"""The content of arrays and circuits as bytes that are equal in every process for equal data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Operation
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

_STANDARD = get_standard_gate_name_mapping()


def array_content(array: NDArray[np.generic]) -> Iterator[bytes]:
    """Kind, shape and entries, in the same order and width on every machine."""
    wide = {"f": "<f8", "i": "<i8", "u": "<i8"}.get(array.dtype.kind)
    yield f"{array.dtype.kind}{array.shape}".encode()
    yield repr(array.tolist()).encode() if wide is None else np.ascontiguousarray(array, dtype=wide).tobytes()


def circuit_content(circuit: QuantumCircuit) -> Iterator[bytes]:
    """Gates, qubits and angles; not the names of circuit and registers, metadata, barriers or the global phase.

    QPY and OpenQASM give gates of the user's own random names, so that neither serves.
    """
    yield f"circuit of {circuit.num_qubits}".encode()
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name == "barrier":
            continue
        qubits = [circuit.find_bit(q).index for q in instruction.qubits]
        standard = _STANDARD.get(operation.name)
        if standard is not None and getattr(operation, "base_class", None) is standard.base_class:
            yield repr((operation.name, qubits, [_number(p) for p in operation.params])).encode()
        else:
            yield repr(qubits).encode()
            yield from _own_gate(operation)
    yield b"end"


def _own_gate(operation: Operation) -> Iterator[bytes]:
    matrices = [p for p in getattr(operation, "params", ()) if isinstance(p, np.ndarray)]
    definition = getattr(operation, "definition", None)
    if matrices or definition is None:
        yield from array_content(np.round(Operator(operation).data, 12).view(float) + 0.0)
    else:
        yield from circuit_content(definition)


def _number(parameter: object) -> object:
    if getattr(parameter, "parameters", None):
        return str(parameter)
    return float(parameter) if hasattr(parameter, "__float__") else parameter
