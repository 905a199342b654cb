"""What is to be measured, without a word on where: circuits with observables, the values to bind, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measurement:
    """An expectation value ⟨observable⟩ after a parametric circuit; fixed for a whole run, so it is transpiled once."""

    circuit: QuantumCircuit
    observable: SparsePauliOp

    @property
    def bases(self) -> int:
        """Number of measurement bases: circuits that are run for each parameter set."""
        return len(self.observable.paulis.group_commuting(qubit_wise=True))


@dataclass(frozen=True, eq=False)
class Setting:
    """Parameter values at which a measurement is made in a step: one PUB.

    Attributes:
        measurement: its number among those of the run.
        values: parameters to arrays of shape (..., parameter) with the same leading shape, the shape of the results.
        shots: for each parameter set and basis.
    """

    measurement: int
    values: Mapping[tuple[Parameter, ...], FloatArray]
    shots: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the results."""
        return next(iter(self.values.values())).shape[:-1]

    @property
    def parameter_sets(self) -> int:
        """Number of parameter sets."""
        return int(np.prod(self.shape))


@dataclass(frozen=True, eq=False)
class Outcome:
    """Estimated expectation values of a setting.

    Attributes:
        values: of the setting's shape.
        variances: squares of their standard errors, of the same shape.
    """

    values: FloatArray
    variances: FloatArray


def stack_values(
    values: Mapping[tuple[Parameter, ...], FloatArray], shape: tuple[int, ...]
) -> dict[tuple[Parameter, ...], FloatArray]:
    """The arrays, each broadcast to ``shape`` and its own last axis; parameters without elements are left out."""
    return {
        parameters: np.broadcast_to(array, (*shape, len(parameters)))
        for parameters, array in values.items()
        if parameters
    }
