"""What a term of the cost is to the evaluators, whichever way it is measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.cost.request import Request
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.exact.value import ExactValue
from sggd_qiskit.gradient.estimate import Estimate


@dataclass(frozen=True, eq=False)
class TermPlan:
    """What a term measures in a step; a term whose ``reduce`` has to remember more makes a plan of its own kind.

    Attributes:
        settings: what is run, in this order.
        gradient: whether there are shifts.
    """

    settings: tuple[Setting, ...]
    gradient: bool


PlanT = TypeVar("PlanT", bound=TermPlan)


class Measured(Protocol[PlanT]):
    """What circuits measure, and what follows from their outcomes; both are pure functions."""

    @property
    def measurements(self) -> Sequence[Measurement | Readout]:
        """Circuits that any step needs, fixed for the run; none if it takes no circuits."""
        ...

    def plan(self, request: Request, rng: np.random.Generator, *, gradient: bool) -> PlanT:
        """What to measure at a θ.

        Args:
            request: θ, the data points, and which components of the gradient are wanted.
            rng: draws what is drawn.
            gradient: whether to shift.
        """
        ...

    def reduce(self, request: Request, plan: PlanT, outcomes: Sequence[Outcome]) -> Estimate:
        """The term, with its gradient if that was planned, from an outcome for each of ``plan.settings``.

        Args:
            request: as it was planned.
            plan: what ``plan`` made of it.
            outcomes: one for each of ``plan.settings``, in their order.
        """
        ...


class Term(Measured[PlanT], Protocol[PlanT]):
    """A term of the cost: by circuits, and by linear algebra."""

    def exact(
        self, point: ExactPoint, request: Request, rng: Callable[[], np.random.Generator]
    ) -> ExactValue | Estimate:
        """The term by linear algebra: a value with a way to its gradient, or, where states are drawn, an estimate.

        Args:
            point: the network's observables O_k, evolved to θ.
            request: θ and the data points.
            rng: makes what draws, where something is drawn.
        """
        ...


@dataclass(frozen=True, eq=False)
class WeightedTerm:
    """A term that the guidance adds to the cost.

    Attributes:
        name: in the tables; ``penalty`` has columns of its own, others ``term_<name>``.
        term: what it is.
        weight: λ by step, counted from 0.
    """

    name: str
    term: Term[Any]
    weight: Callable[[int], float]
