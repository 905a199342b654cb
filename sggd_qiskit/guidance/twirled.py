"""The twirled observable in place of the plain one (paper, (7))."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from sggd_qiskit.guidance.guidance import Guidance

if TYPE_CHECKING:
    from sggd_qiskit.problem import Problem


class Twirled(Guidance):
    """Outputs of T[O_θ], in the cost and in predictions."""

    kind: Literal["twirled"] = "twirled"
    needs_group: ClassVar[bool] = True

    def guide(self, problem: Problem) -> Problem:
        """The problem with outputs that are averaged over the group."""
        return replace(problem, twirl=problem.require_group())
