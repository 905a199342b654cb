"""What the outcomes of a measurement are worth, tabulated for simulators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Basis, BitOutcome, Measurement, Readout
from sggd_qiskit.execute.job import ExecutionError

_TOGETHER = 2**16  # bit strings that are tabulated at once
_DIGITS = 12  # of values that count as different
_WORTH: WeakKeyDictionary[Readout, FloatArray] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Reading:
    """A basis in which some qubits are measured, and what each outcome is worth.

    Attributes:
        letters: X, Y or Z for each measured qubit.
        qubits: those that are measured, in ascending order; the k-th is bit k of an outcome's number.
        values: what the outcomes are worth, each value once, shape (value, output).
        value_of: the number of each outcome's value, shape (2ᵏ,).
        bound: the largest size of the values, shape (output,).
    """

    letters: tuple[str, ...]
    qubits: tuple[int, ...]
    values: FloatArray
    value_of: IndexArray
    bound: FloatArray


class ValueSums:
    """Adds up the probabilities of the outcomes that are worth the same.

    Only these sums matter to what is measured, and from few of them shots are drawn faster.

    Args:
        value_of: the number of each outcome's value, shape (outcome,); each value occurs.
    """

    def __init__(self, value_of: IndexArray):
        self._order = np.argsort(value_of, kind="stable")
        self._starts = np.searchsorted(value_of[self._order], np.arange(value_of.max() + 1))

    def __call__(self, probabilities: FloatArray) -> FloatArray:
        """The values' probabilities, shape (set, value) and each row of sum 1, from those of shape (outcome, set)."""
        sums = np.add.reduceat(probabilities[self._order], self._starts, axis=0)
        return np.ascontiguousarray((sums / sums.sum(axis=0)).T)


def unitary_and_readings(measurement: Measurement | Readout) -> tuple[QuantumCircuit, tuple[Reading, ...]]:
    """The circuit before anything is measured, and how it is read: in one basis after the other.

    Raises:
        ExecutionError: if a readout's circuit does not end in measurements of all bits of one register.
    """
    if isinstance(measurement, Measurement):
        circuit = measurement.circuit
        return circuit, tuple(_reading_of_basis(basis) for basis in measurement.bases)
    circuit, measured = without_measurements(measurement.circuit)
    qubits = sorted(set(measured))  # each is read once, however many classical bits it is read into
    place = [qubits.index(qubit) for qubit in measured]
    worth = tabulated(len(qubits), lambda strings: measurement.outcome(strings[:, place]))
    return circuit, (_reading("Z" * len(qubits), qubits, worth, measurement.bound),)


def without_measurements(circuit: QuantumCircuit) -> tuple[QuantumCircuit, tuple[int, ...]]:
    """The circuit before its measurements, and the qubit that each classical bit is read from.

    Raises:
        ExecutionError: if the circuit does not end in measurements of all bits of one register.
    """
    unitary = QuantumCircuit(circuit.num_qubits)
    measured: dict[int, int] = {}
    for instruction in circuit.data:
        qubits = [circuit.find_bit(q).index for q in instruction.qubits]
        if instruction.operation.name == "measure":
            measured[circuit.find_bit(instruction.clbits[0]).index] = qubits[0]
        elif instruction.operation.name != "barrier":
            if instruction.clbits or set(qubits) & set(measured.values()):
                raise ExecutionError("found an operation after a measurement; circuits end in their measurements")
            unitary.append(instruction.operation, qubits)
    if len(circuit.cregs) != 1 or sorted(measured) != list(range(circuit.num_clbits)):
        raise ExecutionError(
            "found classical bits that are not measured, or several registers; wanted one, all of it measured"
        )
    return unitary, tuple(measured[bit] for bit in range(circuit.num_clbits))


def _reading_of_basis(basis: Basis) -> Reading:
    letters = [basis.letters[qubit] for qubit in basis.qubits]
    return _reading(letters, basis.qubits, tabulated(len(basis.qubits), basis.read), basis.bound)


def tabulated(num_bits: int, outcome: BitOutcome) -> FloatArray:
    """What every bit string is worth, shape (2ᵏ, output)."""
    numbers = np.arange(2**num_bits)
    pieces = np.split(numbers, range(_TOGETHER, len(numbers), _TOGETHER))
    return np.concatenate([outcome((piece[:, None] >> np.arange(num_bits) & 1).astype(bool)) for piece in pieces])


def worth_of(readout: Readout) -> FloatArray:
    """What every bit string of a readout is worth, shape (2ᵏ, output); tabulated once for each that lives."""
    if readout not in _WORTH:
        _WORTH[readout] = tabulated(readout.circuit.num_clbits, readout.outcome)
    return _WORTH[readout]


def _reading(letters: Sequence[str], qubits: Sequence[int], worth: FloatArray, bound: FloatArray) -> Reading:
    rounded = np.round(worth / (np.abs(worth).max() or 1.0), _DIGITS)
    number = np.zeros(len(worth), dtype=np.intp)
    for column in rounded.T:
        _, by_column = np.unique(column, return_inverse=True)
        _, first, number = np.unique(number * len(worth) + by_column, return_index=True, return_inverse=True)
    return Reading(tuple(letters), tuple(qubits), worth[first], number, bound)
