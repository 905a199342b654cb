"""A circuit as plain gates with numbers for angles: what is simulated, and what a content hash is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp, Instruction, Parameter, ParameterExpression

FloatArray = NDArray[np.float64]


class UnsupportedCircuitError(ValueError):
    """A circuit that the stand-in can't run."""


@dataclass(frozen=True)
class Gate:
    """An operation on numbered qubits; every angle is an array over the batch, or of length 1 if it is fixed."""

    operation: Instruction
    qubits: tuple[int, ...]
    clbits: tuple[int, ...]
    angles: tuple[FloatArray, ...]

    @property
    def name(self) -> str:
        return str(self.operation.name)

    def rows(self, part: slice) -> Gate:
        """The gate for a part of the batch."""
        angles = tuple(angle if len(angle) == 1 else angle[part] for angle in self.angles)
        return Gate(self.operation, self.qubits, self.clbits, angles)


def bound_gates(circuit: QuantumCircuit, values: FloatArray) -> list[Gate]:
    """All operations but barriers, with their angles at values of shape (batch, parameter).

    Raises:
        UnsupportedCircuitError: for control flow.
    """
    columns = {parameter: values[:, k] for k, parameter in enumerate(circuit.parameters)}
    return _gates(circuit, lambda expression: _evaluated(expression, columns, len(values)))


def structure(circuit: QuantumCircuit) -> bytes:
    """A digest of a circuit but for the names of its parameters and their values."""
    numbers = {parameter: k for k, parameter in enumerate(circuit.parameters)}
    gates = _gates(circuit, lambda expression: np.array(sorted(numbers[p] for p in expression.parameters), dtype=float))
    return digest(gates, registers(circuit))


def digest(gates: list[Gate], *others: object) -> bytes:
    """A digest of gates, the numbers of their angles, and anything else with a faithful ``repr``."""
    found = sha256(repr(others).encode())
    for gate in gates:
        found.update(repr((gate.name, gate.qubits, gate.clbits)).encode())
        for angle in gate.angles:
            found.update(np.ascontiguousarray(angle, dtype="<f8").tobytes())
    return found.digest()


def registers(circuit: QuantumCircuit) -> dict[str, list[int]]:
    """The classical bits of each register."""
    return {register.name: [circuit.find_bit(bit).index for bit in register] for register in circuit.cregs}


def _gates(circuit: QuantumCircuit, angle_of: Callable[[ParameterExpression], FloatArray]) -> list[Gate]:
    gates = []
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name in {"barrier", "delay"}:
            continue
        if isinstance(operation, ControlFlowOp):
            raise UnsupportedCircuitError(f"The stand-in runs no control flow, and found {operation.name}.")
        angles = tuple(
            angle_of(value) if isinstance(value, ParameterExpression) else np.atleast_1d(np.asarray(value, dtype=float))
            for value in operation.params
        )
        qubits = tuple(circuit.find_bit(bit).index for bit in instruction.qubits)
        clbits = tuple(circuit.find_bit(bit).index for bit in instruction.clbits)
        gates.append(Gate(operation, qubits, clbits, angles))
    return gates


def _evaluated(expression: ParameterExpression, columns: dict[Parameter, FloatArray], batch: int) -> FloatArray:
    if isinstance(expression, Parameter):
        return columns[expression]
    used = list(expression.parameters)
    return np.array([float(expression.bind_all({p: columns[p][row] for p in used})) for row in range(batch)])
