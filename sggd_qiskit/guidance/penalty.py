"""The symmetry penalty: λ‖O_θ - T[O_θ]‖² beside the data term (paper, (6))."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from sggd_qiskit.guidance.guidance import Guidance

if TYPE_CHECKING:
    from sggd_qiskit.problem import Problem


class Penalty(Guidance):
    """A term for the part of the observables that is not symmetric; ``cost`` has its weight, norm and circuits."""

    kind: Literal["penalty"] = "penalty"
    needs_group: ClassVar[bool] = True

    def guide(self, problem: Problem) -> Problem:
        """The problem with the penalty among its terms."""
        from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty
        from sggd_qiskit.cost.term import WeightedTerm
        from sggd_qiskit.cost.weight import penalty_weight

        cost, qnn, reference = problem.config.cost, problem.qnn, problem.config.reference
        term = SymmetryPenalty(
            qnn.ansatz_form,
            qnn.observables,
            problem.require_group(),
            cost.norm,
            estimator=cost.estimator,
            shots=problem.config.execution.shots,
            states=cost.states,
            group_samples=cost.group_samples,
            reference=None if reference is None else reference.every,
        )
        guided = WeightedTerm("penalty", term, partial(penalty_weight, cost.weight))
        return replace(problem, terms=(*problem.terms, guided))
