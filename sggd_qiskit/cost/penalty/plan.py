"""What a penalty that is measured by circuits plans for a step."""

from __future__ import annotations

from dataclasses import dataclass

from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.term import TermPlan
from sggd_qiskit.gradient.shift import Shifts


@dataclass(frozen=True, eq=False)
class OverlapBlock:
    """Settings whose results are reduced together, those of one element and its inverse.

    Attributes:
        coefficient: its share in the sum, with the sign that χ gives it.
        copies: of the ansatz that are shifted, 0 without a gradient.
        ensembles: the input states of each of its circuits, one setting each.
    """

    coefficient: float
    copies: int
    ensembles: tuple[Ensemble, ...]


@dataclass(frozen=True, eq=False)
class PenaltyPlan(TermPlan):
    """The plan of a penalty.

    Attributes:
        shifts: angles, and which of them are shifted.
        blocks: in the order of their settings.
        drawn: whether the blocks are a random draw of the sum's terms.
        reference: the overlap of the identity element, of which each row is a repetition; None if it is not measured.
    """

    shifts: Shifts
    blocks: tuple[OverlapBlock, ...]
    drawn: bool = False
    reference: OverlapBlock | None = None
