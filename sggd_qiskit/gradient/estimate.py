"""A number and its gradient, with their variances: what every term of the cost comes down to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sggd_qiskit.aliases import FloatArray


@dataclass(frozen=True, eq=False)
class Estimate:
    """An estimated number, and its gradient where one was asked for.

    Attributes:
        value: the number.
        variance: of the value; 0 if it is exact.
        gradient: shape (parameter,), or None if only the value was asked for.
        gradient_variance: shape (parameter,), or None likewise.
        draws: what random draws, of input states or group elements, have added to the value: an array for each independent
            draw, shape (draw,). Their spread is part of the variance. Two estimates from the same draws differ by less
            than their variances say.
        shared: noise that value and gradient have in common: for each source its standard deviation times its slope in the
            value, then in the components of the gradient, shape (1 + parameter,), or (1,) of a value alone. Its squares are
            part of the variances.
        learned: what the term hands on to later steps; see `Request.known`.
    """

    value: float
    variance: float
    gradient: FloatArray | None = None
    gradient_variance: FloatArray | None = None
    draws: tuple[FloatArray, ...] = ()
    shared: tuple[FloatArray, ...] = ()
    learned: Mapping[str, Any] = field(default_factory=dict)

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
            factor
            * (factor * self.variance),  # a huge factor times a variance of 0 is 0, where its square would be inf
            None if self.gradient is None else factor * self.gradient,
            None if self.gradient_variance is None else factor * (factor * self.gradient_variance),
            tuple(factor * drawn for drawn in self.draws),
            tuple(factor * noise for noise in self.shared),
        )

    def with_factors(self, factors: FloatArray | None) -> Estimate:
        """The estimate with each component of its gradient times a factor; as it is without factors or a gradient."""
        if factors is None or self.gradient is None or self.gradient_variance is None:
            return self
        scale = np.concatenate([[1.0], factors])
        return replace(
            self,
            gradient=factors * self.gradient,
            gradient_variance=factors**2 * self.gradient_variance,
            shared=tuple(scale * noise for noise in self.shared),
        )

    def plus(self, other: Estimate) -> Estimate:
        """The sum with an independent estimate; it has a gradient if both have."""
        gradient = None if self.gradient is None or other.gradient is None else self.gradient + other.gradient
        variance = (
            None
            if self.gradient_variance is None or other.gradient_variance is None
            else self.gradient_variance + other.gradient_variance
        )
        return Estimate(
            self.value + other.value,
            self.variance + other.variance,
            gradient,
            variance,
            (*self.draws, *other.draws),
            (*self.shared, *other.shared),
        )

    def minus(self, other: Estimate) -> Estimate:
        """The difference from an estimate of the same at another θ with the same draws and shared noise; values alone."""
        drawn = tuple(a - b for a, b in zip(self.draws, other.draws, strict=True))
        shared = tuple(a[:1] - b[:1] for a, b in zip(self.shared, other.shared, strict=True))
        parts = [variance_of_shared(each.shared) + spread(each.draws) for each in (self, other)]
        variance = self.variance + other.variance - sum(parts) + variance_of_shared(shared) + spread(drawn)
        return Estimate(self.value - other.value, max(variance, 0.0), draws=drawn, shared=shared)


def of_few(count: int) -> float:
    """What makes the variance of a mean, read from the spread of ``count`` draws, that of Student's distribution."""
    return (count - 1) / (count - 3)


def spread(draws: tuple[FloatArray, ...]) -> float:
    """Variance of the sum of all drawn contributions, as each draw's own spread tells it."""
    return float(sum(len(drawn) * np.var(drawn, ddof=1) for drawn in draws))


def variance_of_shared(shared: tuple[FloatArray, ...]) -> float:
    """Variance that shared noise makes in a value."""
    return float(sum(noise[0] ** 2 for noise in shared))
