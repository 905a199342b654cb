"""What a penalty term is to the evaluator, whichever way it is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.gradient.estimate import Estimate


@dataclass(frozen=True, eq=False)
class Block:
    """Settings whose results are reduced together.

    Attributes:
        number: which of the term's elements or pairs it measures.
        coefficient: its share in the sum.
        settings: one for each circuit.
        ensembles: the input states of each circuit.
    """

    number: int
    coefficient: float
    settings: tuple[Setting, ...]
    ensembles: tuple[Ensemble, ...]


@dataclass(frozen=True, eq=False)
class PenaltyPlan:
    """What a penalty term measures in a step.

    Attributes:
        blocks: in the order of their settings.
        gradient: whether there are shifts.
        drawn: whether the blocks are a random draw of the sum's terms.
        chosen: the angles that are shifted, if not all.
        scale: factor of the whole sum.
    """

    blocks: tuple[Block, ...]
    gradient: bool
    drawn: bool = False
    chosen: IndexArray | None = None
    scale: float = 1.0

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All settings, in their order."""
        return tuple(setting for block in self.blocks for setting in block.settings)


class PenaltyTerm(Protocol):
    """A way to obtain the penalty: plan and reduce, both pure.

    Attributes:
        measurements: circuits that any step needs, fixed for the run; none if it takes no circuits.
    """

    measurements: tuple[Measurement | Readout, ...]

    def plan(
        self,
        theta: FloatArray,
        first: int,
        rng: np.random.Generator,
        *,
        gradient: bool,
        chosen: IndexArray | None = None,
    ) -> PenaltyPlan:
        """What to measure at θ.

        Args:
            theta: shape (parameter,).
            first: the number of this term's first measurement.
            rng: draws what is drawn.
            gradient: whether to shift.
            chosen: the angles that are shifted, if not all.
        """
        ...

    def reduce(self, theta: FloatArray, plan: PenaltyPlan, outcomes: tuple[Outcome, ...]) -> Estimate:
        """The penalty, from an outcome for each of ``plan.settings``."""
        ...
