"""A device's circuit cut down to the qubits it uses, and compiled with its noise.

Whatever does not depend on a parameter, gates and noise alike, is multiplied up into channels once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Instruction, ParameterExpression
from qiskit.quantum_info import SuperOp
from qiskit.transpiler import PassManager, generate_preset_pass_manager

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.angles import AngleMap
from sggd_qiskit.circuit.rotation_form import FIXED, ROTATIONS
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.execute.noisy.device_noise import NoisyPart, matrix_of
from sggd_qiskit.execute.noisy.pauli_vectors import TURNS, Channel, Turn, apply_channel


@dataclass(frozen=True, eq=False)
class NoisyCircuit:
    """A circuit with its noise.

    Attributes:
        num_qubits: n.
        operations: gates and noise, in the order in which they act.
        angles: parameters, in the circuit's own order, to the angles of the turns.
    """

    num_qubits: int
    operations: tuple[Channel | Turn, ...]
    angles: AngleMap


def active_qubits(circuit: QuantumCircuit, measured: Sequence[int]) -> tuple[int, ...]:
    """The physical qubits with gates and those that are measured, in ascending order; one at least."""
    gates = (i for i in circuit.data if i.operation.name not in {"barrier", "delay"})
    used = {circuit.find_bit(q).index for i in gates for q in i.qubits}
    return tuple(sorted(used | set(measured))) or (0,)


def cut_down(circuit: QuantumCircuit, qubits: Sequence[int]) -> QuantumCircuit:
    """The circuit on these qubits alone, the k-th of which becomes qubit k; delays of others are left out.

    Raises:
        ExecutionError: if the circuit measures.
    """
    new = {qubit: k for k, qubit in enumerate(qubits)}
    part = QuantumCircuit(len(qubits))
    for instruction in circuit.data:
        if instruction.clbits:
            raise ExecutionError(f"found {instruction.operation.name!r} amid a circuit; wanted gates and resets alone")
        old = [circuit.find_bit(q).index for q in instruction.qubits]
        if instruction.operation.name != "barrier" and set(old) <= new.keys():
            part.append(instruction.operation, [new[q] for q in old])
    return part


def with_noise(circuit: QuantumCircuit, noise: NoisyPart) -> NoisyCircuit:
    """The circuit with each gate followed by its noise, in as few channels as the parameters allow.

    Args:
        circuit: in the device's gates, on the qubits of ``noise``.
        noise: of the gates.

    Raises:
        ExecutionError: if the circuit has more than gates, resets and delays.
    """
    blocks = _Blocks()
    expressions: list[ParameterExpression] = []
    for operation, qubits in _instructions(circuit):
        if not _is_free(operation):
            blocks.add(noise.channel(operation, qubits), qubits)
            continue
        for part, wires in _turns_of(operation, qubits):
            if _is_free(part):
                blocks.turn(Turn(part.name, wires, len(expressions)))
                expressions.append(part.params[0])
            else:
                blocks.add(matrix_of(SuperOp(part)), wires)
        error = noise.error(operation.name, qubits)
        if error is not None:
            blocks.add(error, qubits)
    angles = AngleMap(tuple(circuit.parameters), tuple(expressions))
    return NoisyCircuit(circuit.num_qubits, blocks.operations(), angles)


def _instructions(circuit: QuantumCircuit) -> Iterator[tuple[Instruction, tuple[int, ...]]]:
    for instruction in circuit.data:
        yield instruction.operation, tuple(circuit.find_bit(q).index for q in instruction.qubits)


def _is_free(operation: Instruction) -> bool:
    return any(isinstance(value, ParameterExpression) and value.parameters for value in operation.params)


def _turns_of(operation: Instruction, qubits: tuple[int, ...]) -> Iterator[tuple[Instruction, tuple[int, ...]]]:
    """A gate with free parameters as gates of one angle and fixed ones."""
    if operation.name in TURNS:
        yield operation, qubits
        return
    alone = QuantumCircuit(len(qubits))
    alone.append(operation, range(len(qubits)))
    for part, wires in _instructions(_rewriter().run(alone)):
        yield part, tuple(qubits[k] for k in wires)


@cache
def _rewriter() -> PassManager:
    return generate_preset_pass_manager(optimization_level=0, basis_gates=[*ROTATIONS, *FIXED])


@dataclass(eq=False)
class _Block:
    """A channel that grows by what comes next on its qubits."""

    qubits: tuple[int, ...]
    matrix: FloatArray

    def apply(self, matrix: FloatArray, qubits: tuple[int, ...]) -> None:
        """Let a channel on some of its qubits follow."""
        self.matrix = apply_channel(Channel(matrix, tuple(self.qubits.index(q) for q in qubits)), self.matrix)


class _Blocks:
    """Operations in their order, the last ones in channels that still grow, at most one for each qubit."""

    def __init__(self) -> None:
        self._closed: list[Channel | Turn] = []
        self._open: dict[int, _Block] = {}

    def add(self, matrix: FloatArray, qubits: tuple[int, ...]) -> None:
        """A channel, merged with what is open: into a block of all its qubits, or taking in those of fewer."""
        present = self._open.get(qubits[0])
        if present is None or not set(qubits) <= set(present.qubits):
            present = _Block(qubits, np.eye(4 ** len(qubits)))
            for before in self._touched(qubits):
                if set(before.qubits) <= set(qubits):
                    present.apply(before.matrix, before.qubits)
                else:
                    self._close(before)
            self._open |= dict.fromkeys(qubits, present)
        present.apply(matrix, qubits)

    def turn(self, turn: Turn) -> None:
        """A gate whose angle is not known yet."""
        for block in self._touched(turn.qubits):
            self._close(block)
        self._closed.append(turn)

    def operations(self) -> tuple[Channel | Turn, ...]:
        """All that was added."""
        for block in self._touched(tuple(self._open)):
            self._close(block)
        return tuple(self._closed)

    def _touched(self, qubits: tuple[int, ...]) -> list[_Block]:
        return list(dict.fromkeys(self._open[q] for q in qubits if q in self._open))

    def _close(self, block: _Block) -> None:
        self._closed.append(Channel(block.matrix, block.qubits))
        for qubit in block.qubits:
            del self._open[qubit]
