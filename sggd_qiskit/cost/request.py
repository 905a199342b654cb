"""What is asked of the cost at a step."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.data.sample import Sample


@dataclass(frozen=True, eq=False)
class Request:
    """One evaluation of the cost.

    Attributes:
        step: its number, which the random numbers and the tag depend on.
        theta: θ, shape (parameter,), radians.
        weights: of the terms that the guidance adds to the data term, in their order.
        batch: the data points of the cost.
        gradient: whether the gradient is wanted.
        measure: further samples whose outputs are wanted at the same θ.
        factors: of the gradient's components, 0 for those that are left out; shape (parameter,), or None for all as they are.
        perturbations: δ, shape (pair, parameter), if the gradient is to come from the costs at θ ± δ (SPSA).
    """

    step: int
    theta: FloatArray
    weights: tuple[float, ...]
    batch: Sample
    gradient: bool = True
    measure: tuple[Sample, ...] = ()
    factors: FloatArray | None = None
    perturbations: FloatArray | None = None

    @property
    def shifts(self) -> bool:
        """Whether the gradient is wanted by shifts of the angles."""
        return self.gradient and self.perturbations is None

    def sides(self) -> tuple[tuple[Request, Request], ...]:
        """The requests for the cost alone at θ + δ and at θ - δ, a pair for each δ."""
        deltas = () if self.perturbations is None else self.perturbations
        plain = replace(self, gradient=False, measure=(), factors=None, perturbations=None)
        return tuple(
            (replace(plain, theta=self.theta + delta), replace(plain, theta=self.theta - delta)) for delta in deltas
        )
