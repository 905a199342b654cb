"""The symmetry penalty: λ‖O_θ - T[O_θ]‖² beside the data term (paper, (6))."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.guidance.guidance import Guidance

if TYPE_CHECKING:
    from sggd_qiskit.problem import Problem


class Penalty(Guidance):
    """A term for the part of the observables that is not symmetric; ``cost`` has its weight, norm and circuits."""

    kind: Literal["penalty"] = "penalty"
    needs_group: ClassVar[bool] = True

    def guide(self, problem: Problem) -> Problem:
        """The problem with the penalty among its terms.

        Raises:
            ConfigError: if post-processing of order 2 or more goes with a norm, estimator or size for which there is no way.
        """
        from sggd_qiskit.cost.penalty.symmetry_penalty import SymmetryPenalty
        from sggd_qiskit.cost.term import WeightedTerm
        from sggd_qiskit.cost.weight import penalty_weight

        cost, qnn, reference = problem.config.cost, problem.qnn, problem.config.reference
        processed = qnn.postprocessing is not None
        if processed:
            require_modified(problem)
        term = SymmetryPenalty(
            qnn.ansatz_form,
            qnn.observables,
            problem.require_group(),
            cost.norm,
            estimator="exact" if processed else cost.estimator,
            shots=problem.config.execution.shots,
            states=cost.states,
            group_samples=None if processed else cost.group_samples,
            reference=None if processed or reference is None else reference.every,
            g=qnn.postprocessing,
        )
        guided = WeightedTerm("penalty", term, partial(penalty_weight, cost.weight))
        return replace(problem, terms=(*problem.terms, guided))


def require_modified(problem: Problem) -> None:
    """Refuse what the penalty of post-processed outputs, which is computed by linear algebra, can't do.

    Raises:
        ConfigError: naming the key at fault.
    """
    from sggd_qiskit.exact.modified_penalty import MOST_MODIFIED_QUBITS

    cost, g = problem.config.cost, problem.qnn.postprocessing
    about = f"with model.postprocessing of order {g.order if g else 1}"
    if cost.norm == "local_states":
        raise ConfigError.at("cost.norm", f"found local_states {about}; choose a Hilbert-Schmidt norm")
    if g is not None and g.coefficients[0] and problem.require_group().turns_labels:
        raise ConfigError.at(
            "model.postprocessing",
            f"found the constant {g.coefficients[0]:g} with symmetry.character, by which outputs change sign, as a constant "
            "can't; choose coefficients that begin with 0",
        )
    if problem.config.model.qubits > MOST_MODIFIED_QUBITS:
        raise ConfigError.at(
            "model.qubits",
            f"found {problem.config.model.qubits} {about} and a penalty, which takes up to {MOST_MODIFIED_QUBITS}; choose "
            "another cost.guidance or the order 1",
        )
    if problem.config.execution.kind != "exact" and cost.estimator != "exact":
        raise ConfigError.at(
            "cost.estimator",
            f"found {cost.estimator!r} {about}; circuits know the order 1, so use exact, or an order of 1",
        )
