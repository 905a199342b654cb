"""Exact numbers: those of terms, and estimates without noise whose gradients and outputs are computed when they are read.

A step that only trains reads the gradient of the cost, and neither outputs nor gradients of the terms apart, each of which
would take another sweep over the circuit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.gradient.estimate import Estimate


@dataclass(frozen=True, eq=False)
class ExactValue:
    """A term C of the cost at one θ, or a sum of terms, with what ``ExactPoint.gradient_of`` makes its gradient of.

    Attributes:
        value: the number.
        slope: ∂C/∂o, its derivatives by the Pauli coordinates of O_θ, shape (output, 4ⁿ); None if they come from states.
        gradient: makes ∂C/∂θ, shape (parameter,), of what is not in ``slope``; None if that is all.
    """

    value: float
    slope: FloatArray | None = None
    gradient: Callable[[], FloatArray] | None = None

    def scaled(self, factor: float) -> ExactValue:
        """``factor`` times the value."""
        if factor == 1:
            return self
        slope, gradient = self.slope, self.gradient
        return ExactValue(
            factor * self.value,
            None if slope is None else factor * slope,
            None if gradient is None else lambda: factor * gradient(),
        )

    def plus(self, other: ExactValue) -> ExactValue:
        """The sum; slopes are added, so that one sweep makes the gradient of both."""
        first, second = self.gradient, other.gradient
        if self.slope is None or other.slope is None:
            slope = other.slope if self.slope is None else self.slope
        else:
            slope = self.slope + other.slope
        return ExactValue(
            self.value + other.value,
            slope,
            (first or second) if first is None or second is None else lambda: first() + second(),
        )


def weighted_sum(values: Sequence[ExactValue], weights: Sequence[float]) -> ExactValue:
    """Σ weight · value, of at least one; what has the weight 0 is left out of the gradient.

    Args:
        values: at the same θ.
        weights: of each.
    """
    terms = [value.scaled(weight) for value, weight in zip(values, weights, strict=True) if weight]
    if not terms:
        return values[0].scaled(0.0)
    return reduce(ExactValue.plus, terms)


class ExactEstimate(Estimate):
    """A number of variance 0, and its gradient, made by ``compute`` when it is first read.

    Args:
        value: the number.
        compute: makes the gradient, shape (parameter,).
    """

    compute: Callable[[], FloatArray]

    def __init__(self, value: float, compute: Callable[[], FloatArray]):
        # The other fields are the properties below, so that they are not to be set.
        vars(self).update(value=value, variance=0.0, compute=compute, learned={})

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
