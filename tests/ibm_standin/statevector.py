"""Shots of many settings of a circuit at once: vectors over the batch, one for each group of entangled qubits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .gates import Gate, UnsupportedCircuitError

AMPLITUDES_AT_ONCE = 2**21
SURE = 1e-12


def sample(gates: Sequence[Gate], batch: int, shots: int, clbits: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Bits of shape (batch, shot, classical bit) of a circuit that ends in its measurements."""
    bits = np.zeros((batch, shots, clbits), dtype=bool)
    for qubits in components(gates):
        own = [gate for gate in gates if gate.qubits[0] in qubits]
        measured = [(gate.qubits[0], gate.clbits[0]) for gate in own if gate.name == "measure"]
        unitary = [gate for gate in own if gate.name != "measure"]
        if not measured or not unitary:
            continue
        rows = max(1, AMPLITUDES_AT_ONCE >> len(qubits))
        for start in range(0, batch, rows):
            part = slice(start, min(start + rows, batch))
            chances = _chances([gate.rows(part) for gate in unitary], qubits, part.stop - part.start)
            outcomes = _drawn(chances, shots, rng)
            for qubit, clbit in measured:
                bits[part, :, clbit] = (outcomes >> (len(qubits) - 1 - qubits.index(qubit))) & 1
    return bits


def ends_in_measurements(gates: Sequence[Gate]) -> bool:
    """Whether nothing follows a measurement and nothing is reset."""
    measured: set[int] = set()
    for gate in gates:
        if gate.name == "reset" or measured & set(gate.qubits):
            return False
        if gate.name == "measure":
            measured |= set(gate.qubits)
    return True


def components(gates: Sequence[Gate]) -> list[list[int]]:
    """Qubits in groups that no gate connects, each in ascending order."""
    group: dict[int, set[int]] = {}
    for gate in gates:
        joined = set(gate.qubits).union(*(group.get(qubit, set()) for qubit in gate.qubits))
        for qubit in joined:
            group[qubit] = joined
    return [list(qubits) for qubits in sorted({tuple(sorted(qubits)) for qubits in group.values()})]


def _chances(gates: Sequence[Gate], qubits: Sequence[int], batch: int) -> NDArray[np.float64]:
    """Probabilities of shape (2ⁿ, batch); the first qubit is the most significant bit."""
    state = np.zeros((2,) * len(qubits) + (batch,), dtype=complex)
    state[(0,) * len(qubits)] = 1
    waiting: dict[int, NDArray[np.complex128]] = {}  # products of one-qubit gates, cheaper than their application
    for gate in gates:
        matrix = _matrix(gate)
        if len(gate.qubits) == 1:
            before = waiting.get(gate.qubits[0])
            waiting[gate.qubits[0]] = matrix if before is None else _product(matrix, before)
            continue
        for qubit in gate.qubits:
            if qubit in waiting:
                state = _applied(waiting.pop(qubit), state, [qubits.index(qubit)])
        state = _applied(matrix, state, [qubits.index(qubit) for qubit in gate.qubits])
    for qubit, matrix in waiting.items():
        state = _applied(matrix, state, [qubits.index(qubit)])
    return np.asarray(state.real**2 + state.imag**2).reshape(-1, batch)


def _product(left: NDArray[np.complex128], right: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Matrix products along a last axis over the batch."""
    return np.asarray((left[:, :, None] * right[None]).sum(axis=1))


def _applied(matrix: NDArray[np.complex128], state: NDArray[np.complex128], axes: list[int]) -> NDArray[np.complex128]:
    """A matrix of shape (d, d, batch or 1) on axes of the state, the first axis being the least significant bit."""
    size = len(axes)
    moved = np.moveaxis(state, axes[::-1], range(size))
    vectors = moved.reshape(2**size, *moved.shape[size:])
    result = np.zeros_like(vectors)
    for row, column in zip(*np.nonzero(np.any(matrix != 0, axis=2)), strict=True):
        result[row] += matrix[row, column] * vectors[column]
    return np.moveaxis(result.reshape(moved.shape), range(size), axes[::-1])


def _matrix(gate: Gate) -> NDArray[np.complex128]:
    """The gate's matrix in Qiskit's order of bits, shape (d, d, batch or 1)."""
    if not gate.angles:
        return np.asarray(gate.operation.to_matrix(), dtype=complex)[..., None]
    angle = gate.angles[0]
    cosine, sine = np.cos(angle / 2).astype(complex), np.sin(angle / 2)
    zero = np.zeros_like(cosine)
    if gate.name == "rz":
        return np.array([[cosine - 1j * sine, zero], [zero, cosine + 1j * sine]])
    if gate.name == "rx":
        return np.array([[cosine, -1j * sine], [-1j * sine, cosine]])
    if gate.name == "rzz":
        diagonal = np.stack([cosine - 1j * sine, cosine + 1j * sine, cosine + 1j * sine, cosine - 1j * sine])
        return np.asarray(np.eye(4)[..., None] * diagonal[:, None])
    raise UnsupportedCircuitError(f"The stand-in has no matrix for {gate.name} with {len(gate.angles)} angles.")


def _drawn(chances: NDArray[np.float64], shots: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Numbers of outcomes drawn from every column, shape (batch, shot)."""
    if np.all((chances < SURE) | (chances > 1 - SURE)):
        return np.repeat(chances.argmax(axis=0)[:, None], shots, axis=1)
    if len(chances) == 2:
        return (rng.random((chances.shape[1], shots)) < chances[1][:, None]).astype(np.intp)
    cumulative = np.cumsum(chances.T, axis=1)
    cumulative /= cumulative[:, -1:]
    # One search for the whole batch: the k-th distribution is moved up by k.
    offset = np.arange(len(cumulative))[:, None]
    drawn = rng.random((len(cumulative), shots)) + offset
    found = np.searchsorted((cumulative + offset).ravel(), drawn.ravel(), "right").reshape(drawn.shape)
    return np.asarray(found - offset * len(chances)).clip(0, len(chances) - 1)
