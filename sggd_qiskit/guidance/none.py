"""No guidance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sggd_qiskit.guidance.guidance import Guidance

if TYPE_CHECKING:
    from sggd_qiskit.problem import Problem


class Unguided(Guidance):
    """The data term alone."""

    kind: Literal["none"] = "none"

    def guide(self, problem: Problem) -> Problem:
        """The problem as it is."""
        return problem
