"""What is to be measured, without a word on where: circuits and their outcomes, values to bind, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

FloatArray = NDArray[np.float64]
LEAST_SHOTS = 2
"""Of a parameter set: the noise is read from the shots, and one shot tells nothing of it."""
BitOutcome = Callable[[NDArray[np.bool_]], FloatArray]
"""From measured bits, shape (..., bit), to a number for each string, shape (...)."""


@dataclass(frozen=True, eq=False)
class Measurement:
    """An expectation value ⟨observable⟩ after a parametric circuit, for an Estimator.

    Fixed for a whole run, so it is transpiled once.
    """

    circuit: QuantumCircuit
    observable: SparsePauliOp

    @cached_property
    def commuting_sets(self) -> tuple[SparsePauliOp, ...]:
        """The observable's terms in sets that commute qubit by qubit, each of which is measured in a basis of its own."""
        return tuple(self.observable.group_commuting(qubit_wise=True))

    @property
    def bases(self) -> int:
        """Number of measurement bases: circuits that are run for each parameter set."""
        return len(self.commuting_sets)


@dataclass(frozen=True, eq=False)
class Readout:
    """The mean of a function of the measured bits after a parametric circuit, for a Sampler.

    Attributes:
        circuit: ends in measurements into one classical register, ``meas``.
        outcome: the function; bit 0 is that of classical bit 0.
        bound: the largest size of its values.
    """

    circuit: QuantumCircuit
    outcome: BitOutcome
    bound: float = 1.0

    @property
    def bases(self) -> int:
        """Number of measurement bases: one."""
        return 1


@dataclass(frozen=True, eq=False)
class Setting:
    """Parameter values at which a measurement is made in a step: one PUB.

    Attributes:
        measurement: its number among those of the run.
        values: parameters to arrays of shape (*shape, parameter).
        shape: that of the results.
        shots: for each parameter set and basis.
    """

    measurement: int
    values: Mapping[tuple[Parameter, ...], FloatArray]
    shape: tuple[int, ...]
    shots: int

    @property
    def parameter_sets(self) -> int:
        """Number of parameter sets."""
        return int(np.prod(self.shape))


@dataclass(frozen=True, eq=False)
class Outcome:
    """Estimated expectation values of a setting.

    Attributes:
        values: of the setting's shape.
        variances: squares of their standard errors, of the same shape; never 0 where there are shots.
        unbiased: the variances without the caution that keeps an error bar above 0, to be taken from a square of the
            values; None if they are the same.
    """

    values: FloatArray
    variances: FloatArray
    unbiased: FloatArray | None = None

    @property
    def excess(self) -> FloatArray:
        """What noise adds to the square of the values, on average."""
        return self.variances if self.unbiased is None else self.unbiased


def stack_values(
    values: Mapping[tuple[Parameter, ...], FloatArray], shape: tuple[int, ...]
) -> dict[tuple[Parameter, ...], FloatArray]:
    """The arrays, each broadcast to ``shape`` and its own last axis; parameters without elements are left out."""
    return {
        parameters: np.broadcast_to(array, (*shape, len(parameters)))
        for parameters, array in values.items()
        if parameters
    }


def bases_of(terms: SparsePauliOp) -> list[str]:
    """The letter, X, Y or Z, in which each qubit is measured for terms that commute qubit by qubit."""
    x, z = terms.paulis.x.any(axis=0), terms.paulis.z.any(axis=0)
    return ["Y" if a and b else "X" if a else "Z" for a, b in zip(x, z, strict=True)]


def parity_sum(terms: SparsePauliOp) -> BitOutcome:
    """The value of diagonalised commuting terms, Σ c (-1)^(bits on its support), as a function of the bits."""
    support = (terms.paulis.x | terms.paulis.z).astype(np.uint8)
    coefficients = terms.coeffs.real

    def outcome(bits: NDArray[np.bool_]) -> FloatArray:
        signs = 1 - 2 * ((bits.astype(np.uint8) @ support.T) & 1).astype(float)
        return np.asarray(signs @ coefficients)

    return outcome


def readouts(measurement: Measurement) -> tuple[Readout, ...]:
    """The measurement as one readout for each basis; the sum of their means is the expectation value."""
    parts = []
    for terms in measurement.commuting_sets:
        circuit = measurement.circuit.copy()
        for qubit, letter in enumerate(bases_of(terms)):
            if letter == "Y":
                circuit.sdg(qubit)
            if letter in "XY":
                circuit.h(qubit)
        circuit.measure_all()
        parts.append(Readout(circuit, parity_sum(terms), float(np.abs(terms.coeffs).sum())))
    return tuple(parts)
