"""Exact numbers: those of terms, and estimates without noise whose gradients and outputs are computed when they are read.

A step that only trains reads the gradient of the cost, and neither outputs nor gradients of the terms apart, each of which
would take another sweep over the circuit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.gradient.estimate import Estimate


@dataclass(frozen=True, eq=False)
class ExactValue:
    """A term of the cost at one θ, with one of two ways to its gradient.

    Attributes:
        value: the number.
        slope: ∂C/∂o, its derivatives by the Pauli coordinates of O_θ, shape (output, 4ⁿ); slopes of several terms are added
            before one sweep makes a gradient of them. None if it comes from states.
        gradient: makes ∂C/∂θ, shape (parameter,), where there is no slope.
    """

    value: float
    slope: FloatArray | None = None
    gradient: Callable[[], FloatArray] | None = None


class ExactEstimate(Estimate):
    """A number of variance 0, and its gradient, made by ``compute`` when it is first read.

    Args:
        value: the number.
        compute: makes the gradient, shape (parameter,).
    """

    compute: Callable[[], FloatArray]

    def __init__(self, value: float, compute: Callable[[], FloatArray]):
        # The other fields are the properties below, so that they are not to be set.
        vars(self).update(value=value, variance=0.0, compute=compute)

    @cached_property
    def gradient(self) -> FloatArray:
        """Shape (parameter,)."""
        return self.compute()

    @cached_property
    def gradient_variance(self) -> FloatArray:
        """Zeros, shape (parameter,)."""
        return np.zeros_like(self.gradient)

    def with_factors(self, factors: FloatArray | None) -> Estimate:
        """The estimate with each component of its gradient times a factor; as it is without factors."""
        return self if factors is None else ExactEstimate(self.value, lambda: factors * self.gradient)


class ExactOutcome(Outcome):
    """Outputs of variance 0, made by ``compute`` when they are first read.

    Args:
        compute: makes the outputs, shape (data, output).
    """

    compute: Callable[[], FloatArray]

    def __init__(self, compute: Callable[[], FloatArray]):
        vars(self).update(compute=compute)

    @cached_property
    def values(self) -> FloatArray:
        """Shape (data, output)."""
        return self.compute()

    @cached_property
    def variances(self) -> FloatArray:
        """Zeros, shape (data, output)."""
        return np.zeros_like(self.values)
