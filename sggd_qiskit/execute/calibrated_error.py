"""The errors that a device's calibration foretells."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p

import numpy as np
from qiskit import QuantumCircuit
from qiskit.transpiler import Target

FREE = ("barrier", "delay")
"""Instructions without an error of their own."""


def circuit_error(circuit: QuantumCircuit, target: Target, observed: Sequence[int] = ()) -> float:
    """1 - Π(1 - error) over the gates and readouts of a circuit in the device's gates.

    A gate or readout without a known error counts as the median of its kind, and as free of error if none is known.

    Args:
        circuit: on the physical qubits.
        target: has the calibration.
        observed: qubits that are read out beside those that the circuit measures, such as those of an observable.
    """
    read = set(observed)
    total = 0.0
    for instruction in circuit.data:
        qubits = tuple(circuit.find_bit(q).index for q in instruction.qubits)
        if instruction.operation.name == "measure":
            read |= set(qubits)
        elif instruction.operation.name not in FREE:
            total += log_success(target, instruction.operation.name, qubits)
    total += sum(log_success(target, "measure", (qubit,)) for qubit in read)
    return float(-np.expm1(total))


def two_qubit_error(target: Target) -> float:
    """The median error of a device's two-qubit gates, those that do not work left out; 0 if none is known."""
    return _median_error(target, *target.operation_names, num_qubits=2)


def log_success(target: Target, name: str, qubits: tuple[int, ...]) -> float:
    """log(1 - error) of an operation; the median of its kind where its error is not known.

    Args:
        target: has the calibration.
        name: of the operation.
        qubits: on which it acts.
    """
    error = _known_error(target, name, qubits)
    if error is None:
        error = _median_error(target, name)
    return log1p(-error) if error < 1 else -np.inf


def _known_error(target: Target, name: str, qubits: tuple[int, ...]) -> float | None:
    properties = (target[name] or {}).get(qubits) if name in target.operation_names else None
    return None if properties is None or properties.error is None else float(properties.error)


def _median_error(target: Target, *names: str, num_qubits: int | None = None) -> float:
    """Of those that work, among the operations of these names, on so many qubits if that matters."""
    known = [
        _known_error(target, name, qubits)
        for name in names
        if name in target.operation_names
        for qubits in target.qargs_for_operation_name(name) or ()
        if num_qubits in {None, len(qubits)}
    ]
    working = [error for error in known if error is not None and error < 1]
    return float(np.median(working)) if working else 0.0
