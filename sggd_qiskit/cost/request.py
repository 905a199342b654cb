"""What is asked of the cost at a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.data.sample import Sample

Knowledge: TypeAlias = Mapping[str, Any]
"""What a term has learned at earlier steps: plain numbers, lists and mappings, as JSON holds them."""


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
        known: what was learned at earlier steps, by the term's name; a term itself is given its own part.
        beside: whether this is one of the points θ ± δ; what is learned at θ is known when its outcomes are reduced, and is
            not learned again.
    """

    step: int
    theta: FloatArray
    weights: tuple[float, ...]
    batch: Sample
    gradient: bool = True
    measure: tuple[Sample, ...] = ()
    factors: FloatArray | None = None
    perturbations: FloatArray | None = None
    known: Knowledge = field(default_factory=dict)
    beside: bool = False

    @property
    def shifts(self) -> bool:
        """Whether the gradient is wanted by shifts of the angles."""
        return self.gradient and self.perturbations is None

    @property
    def points(self) -> int:
        """Points at which the cost is measured: θ, and those beside it."""
        return 1 if self.perturbations is None or not self.gradient else 1 + 2 * len(self.perturbations)

    def sides(self) -> tuple[tuple[Request, Request], ...]:
        """The requests for the cost alone at θ + δ and at θ - δ, a pair for each δ."""
        deltas = () if self.perturbations is None else self.perturbations
        plain = replace(self, gradient=False, measure=(), factors=None, perturbations=None, beside=True)
        return tuple(
            (replace(plain, theta=self.theta + delta), replace(plain, theta=self.theta - delta)) for delta in deltas
        )

    def seen_by(self, term: str) -> Request:
        """The request with what the term of that name knows."""
        return replace(self, known=self.known.get(term, {}))
