"""``model.postprocessing``: a classical function g of each output (paper, (12))."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from sggd_qiskit.config.block import Block, Positive

MOST_ORDER = 12


class NoPostprocessing(Block):
    """g(t) = t."""

    kind: Literal["identity"] = "identity"


class PolynomialPostprocessing(Block):
    """g(t) = c₀ + c₁ t + … + c_m t^m."""

    kind: Literal["polynomial"] = "polynomial"
    coefficients: Annotated[tuple[float, ...], Field(min_length=2, max_length=MOST_ORDER + 1)]
    """c₀, c₁, …, c_m."""

    @field_validator("coefficients")
    @classmethod
    def _not_constant(cls, coefficients: tuple[float, ...]) -> tuple[float, ...]:
        if not any(coefficients[1:]):
            raise ValueError("found a constant; wanted a coefficient other than 0 after the first")
        return coefficients


class FunctionPostprocessing(Block):
    """A function that runs from -1 to 1, expanded to order m on [-r, r].

    With x = steepness · t: ``sigmoid`` is 2/(1 + exp(-x)) - 1, ``tanh`` is tanh(x), and ``smooth_step`` is (3x - x³)/2, and ±1
    where |x| > 1.
    """

    kind: Literal["sigmoid", "tanh", "smooth_step"]
    order: Annotated[int, Field(ge=1, le=MOST_ORDER)] = 3
    """m, of the polynomial that takes the function's place."""
    steepness: Positive = 1.0
    """Per unit of the observable."""
    range: Positive | None = None
    """r, which is to be no less than the observable's norm; that norm if not set."""


PostprocessingConfig = Annotated[
    NoPostprocessing | PolynomialPostprocessing | FunctionPostprocessing, Field(discriminator="kind")
]
