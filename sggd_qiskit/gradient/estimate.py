"""A number and its gradient, with their variances: what every term of the cost comes down to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import FloatArray


@dataclass(frozen=True)
class Estimate:
    """An estimated number, and its gradient where one was asked for.

    Attributes:
        value: the number.
        variance: of the value; 0 if it is exact.
        gradient: shape (parameter,), or None if only the value was asked for.
        gradient_variance: shape (parameter,), or None likewise.
    """

    value: float
    variance: float
    gradient: FloatArray | None = None
    gradient_variance: FloatArray | None = None

    @property
    def stderr(self) -> float:
        """Standard error of the value."""
        return float(np.sqrt(self.variance))

    @property
    def gradient_stderr(self) -> FloatArray | None:
        """Standard errors of the gradient, shape (parameter,)."""
        return None if self.gradient_variance is None else np.sqrt(self.gradient_variance)

    def scaled(self, factor: float) -> Estimate:
        """``factor`` times the estimate."""
        return Estimate(
            factor * self.value,
            factor * (factor * self.variance),
            None if self.gradient is None else factor * self.gradient,
            None if self.gradient_variance is None else factor * (factor * self.gradient_variance),
        )

    def with_factors(self, factors: FloatArray | None) -> Estimate:
        """The estimate with each component of its gradient times a factor; as it is without factors or a gradient."""
        if factors is None or self.gradient is None or self.gradient_variance is None:
            return self
        return Estimate(self.value, self.variance, factors * self.gradient, factors**2 * self.gradient_variance)

    def plus(self, other: Estimate) -> Estimate:
        """The sum with an independent estimate; it has a gradient if both have."""
        gradient = None if self.gradient is None or other.gradient is None else self.gradient + other.gradient
        variance = (
            None
            if self.gradient_variance is None or other.gradient_variance is None
            else self.gradient_variance + other.gradient_variance
        )
        return Estimate(self.value + other.value, self.variance + other.variance, gradient, variance)
