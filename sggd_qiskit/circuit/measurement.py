"""What is to be measured, without a word on where: circuits and their outcomes, values to bind, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import PauliList, SparsePauliOp

from sggd_qiskit.aliases import BoolArray, FloatArray

LEAST_SHOTS = 2
"""Of a parameter set: the noise is read from the shots, and one shot tells nothing of it."""
BitOutcome = Callable[[BoolArray], FloatArray]
"""From measured bits, shape (..., bit), to numbers for each string, shape (..., output)."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Terms that commute qubit by qubit, and so are read from the same shots.

    Attributes:
        letters: X, Y or Z for each qubit, the basis in which it is measured.
        parts: what of each observable is read here; None where there is nothing of it.
    """

    letters: tuple[str, ...]
    parts: tuple[SparsePauliOp | None, ...]

    def outcome(self, bits: BoolArray) -> FloatArray:
        """The parts' values, shape (..., output), from the bits of all qubits, shape (..., qubit)."""
        return self.read(bits[..., self.qubits])

    def read(self, bits: BoolArray) -> FloatArray:
        """The parts' values, shape (..., output), from the bits of ``qubits``, shape (..., qubit)."""
        values = np.zeros((*bits.shape[:-1], len(self.parts)))
        for number, part in enumerate(self.parts):
            if part is not None:
                support = (part.paulis.x | part.paulis.z)[:, self.qubits].astype(np.uint8)
                signs = 1 - 2 * ((bits.astype(np.uint8) @ support.T) & 1).astype(float)
                values[..., number] = signs @ part.coeffs.real
        return values

    @cached_property
    def qubits(self) -> tuple[int, ...]:
        """Those on which a part acts, in ascending order; only these need to be measured."""
        acts = [(part.paulis.x | part.paulis.z).any(axis=0) for part in self.parts if part is not None]
        return tuple(np.flatnonzero(np.any(acts, axis=0)).tolist())

    @property
    def bound(self) -> FloatArray:
        """The largest size of each part's values, shape (output,)."""
        return np.array([0.0 if part is None else np.abs(part.coeffs).sum() for part in self.parts])


@dataclass(frozen=True, eq=False)
class Measurement:
    """Expectation values ⟨O_k⟩ of observables after a parametric circuit, for an Estimator.

    Fixed for a whole run, so it is transpiled once.

    Attributes:
        circuit: without measurements.
        observables: O_k, Hermitian, one for each output.
    """

    circuit: QuantumCircuit
    observables: tuple[SparsePauliOp, ...]

    @property
    def num_outputs(self) -> int:
        """Number of observables."""
        return len(self.observables)

    @cached_property
    def bases(self) -> tuple[Basis, ...]:
        """The terms of all observables in as few sets as are found that commute qubit by qubit: a circuit each."""
        return joint_bases(self.observables)

    @property
    def num_bases(self) -> int:
        """Circuits that are run for each parameter set."""
        return len(self.bases)


@dataclass(frozen=True, eq=False)
class Readout:
    """The mean of a function of the measured bits after a parametric circuit, for a Sampler.

    Attributes:
        circuit: ends in measurements into one classical register, ``meas``.
        outcome: the function; bit 0 is that of classical bit 0.
        bound: the largest size of each of its values, shape (output,).
    """

    circuit: QuantumCircuit
    outcome: BitOutcome
    bound: FloatArray

    @property
    def num_outputs(self) -> int:
        """How many numbers the function gives."""
        return len(self.bound)

    @property
    def num_bases(self) -> int:
        """One."""
        return 1


@dataclass(frozen=True, eq=False)
class Setting:
    """Parameter values at which a measurement is made in a step: one PUB.

    Attributes:
        measurement: what is measured.
        values: parameters to arrays of shape (*shape, parameter).
        shape: that of the results, but for the axis of the outputs.
        shots: for each parameter set and basis.
        share: the size with which one circuit's mean enters the term that it is measured for; shots are shared by it.
        beside: a number that settings share whose circuits can run side by side in one, as copies on disjoint qubits with as
            many parameter sets each; None if it runs alone.
    """

    measurement: Measurement | Readout
    values: Mapping[tuple[Parameter, ...], FloatArray]
    shape: tuple[int, ...]
    shots: int
    share: float = 1.0
    beside: int | None = None

    @property
    def parameter_sets(self) -> int:
        """Number of parameter sets."""
        return int(np.prod(self.shape))

    @property
    def circuits(self) -> int:
        """Circuits that are run: parameter sets times measurement bases."""
        return self.parameter_sets * self.measurement.num_bases


@dataclass(frozen=True, eq=False)
class Outcome:
    """Estimated expectation values of a setting.

    Attributes:
        values: shape (*shape, output).
        variances: squares of their standard errors, of the same shape; never 0 where there are shots.
        covariance: of the outputs, which may come from the same shots, shape (*shape, output, output), without the caution
            that keeps ``variances`` above 0: what noise adds to products of the values, on average. None if the outputs are
            independent and ``variances`` are without caution.
        common: errors that all outcomes of a step have in common, as of one calibration: what each of some independent
            numbers of variance 1 adds to the values, shape (*shape, output, number). Not part of the above. None without any.
    """

    values: FloatArray
    variances: FloatArray
    covariance: FloatArray | None = None
    common: FloatArray | None = None

    @property
    def excess(self) -> FloatArray:
        """The unbiased covariance of the outputs, shape (*shape, output, output)."""
        return diagonal_matrices(self.variances) if self.covariance is None else self.covariance

    @property
    def cautious(self) -> FloatArray:
        """The covariance with the cautious variances on its diagonal, shape (*shape, output, output)."""
        if self.covariance is None:
            return diagonal_matrices(self.variances)
        joint = self.covariance.copy()
        np.einsum("...kk->...k", joint)[...] = self.variances
        return joint

    def __getitem__(self, rows: Any) -> Outcome:
        """Those of some of the parameter sets."""
        covariance, common = (None if array is None else array[rows] for array in (self.covariance, self.common))
        return Outcome(self.values[rows], self.variances[rows], covariance, common)

    def reshaped(self, shape: tuple[int, ...]) -> Outcome:
        """The same parameter sets in another shape."""
        rows = self.values.ndim - 1
        arrays = (self.values, self.variances, self.covariance, self.common)
        return Outcome(*(None if a is None else a.reshape(*shape, *a.shape[rows:]) for a in arrays))  # type: ignore[arg-type]

    def shifted(self, number: int, size: float) -> Outcome:
        """The outcome if one of the numbers in common is off by so much; the others are left out."""
        if self.common is None:
            return self
        return replace(self, values=self.values + size * self.common[..., number], common=None)


def diagonal_matrices(entries: FloatArray) -> FloatArray:
    """Matrices of shape (..., k, k) with those entries, shape (..., k), on their diagonals."""
    return np.asarray(entries[..., None] * np.eye(entries.shape[-1]))


def joint_bases(observables: Sequence[SparsePauliOp]) -> tuple[Basis, ...]:
    """The terms of all observables in sets that commute qubit by qubit."""
    labels = list(dict.fromkeys(label for observable in observables for label in observable.paulis.to_labels()))
    sets = PauliList(labels).group_commuting(qubit_wise=True)
    return tuple(_basis(paulis, observables) for paulis in sets)


def _basis(paulis: PauliList, observables: Sequence[SparsePauliOp]) -> Basis:
    place = {label: k for k, label in enumerate(paulis.to_labels())}
    x, z = paulis.x.any(axis=0), paulis.z.any(axis=0)
    letters = tuple("Y" if a and b else "X" if a else "Z" for a, b in zip(x, z, strict=True))
    parts: list[SparsePauliOp | None] = []
    for observable in observables:
        read = [(place[label], k) for k, label in enumerate(observable.paulis.to_labels()) if label in place]
        parts.append(observable[[k for _, k in sorted(read)]] if read else None)
    return Basis(letters, tuple(parts))


def stack_values(
    values: Mapping[tuple[Parameter, ...], FloatArray], shape: tuple[int, ...]
) -> dict[tuple[Parameter, ...], FloatArray]:
    """The arrays, each broadcast to ``shape`` and its own last axis; parameters without elements are left out."""
    return {
        parameters: np.broadcast_to(array, (*shape, len(parameters)))
        for parameters, array in values.items()
        if parameters
    }


def basis_change(letters: Sequence[str]) -> QuantumCircuit:
    """The gates that turn a measurement in that basis into one of Z."""
    circuit = QuantumCircuit(len(letters))
    for qubit, letter in enumerate(letters):
        if letter == "Y":
            circuit.sdg(qubit)
        if letter in "XY":
            circuit.h(qubit)
    return circuit


def readouts(
    measurement: Measurement, translated: Callable[[QuantumCircuit], QuantumCircuit] = lambda turn: turn
) -> tuple[Readout, ...]:
    """The measurement as one readout for each basis; the sum of their means are the expectation values.

    Only qubits are measured on which the observables act.

    Args:
        measurement: what is read.
        translated: makes gates of a device of those that turn a basis.
    """
    parts = []
    for basis in measurement.bases:
        turn = translated(basis_change([basis.letters[qubit] for qubit in basis.qubits]))
        circuit = measurement.circuit.compose(turn, basis.qubits)
        register = ClassicalRegister(len(basis.qubits), "meas")
        circuit.add_register(register)
        circuit.measure(basis.qubits, register)
        parts.append(Readout(circuit, basis.read, basis.bound))
    return tuple(parts)
