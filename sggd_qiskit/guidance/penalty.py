"""The symmetry penalty: λ‖O_θ - T[O_θ]‖² beside the data term (paper, (6))."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from sggd_qiskit.config.cost import ReferenceConfig
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.guidance.guidance import Guidance

if TYPE_CHECKING:
    from sggd_qiskit.config.cost import CostConfig
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
        by_circuits = cost.estimator != "exact" and problem.config.execution.kind != "exact"
        if processed:
            require_modified(problem, by_circuits=by_circuits)
        term = SymmetryPenalty(
            qnn.ansatz_form,
            qnn.observables,
            problem.require_group(),
            cost.norm,
            estimator="exact" if processed and not by_circuits else cost.estimator,
            shots=problem.config.execution.shots,
            states=cost.states,
            group_samples=None if processed else cost.group_samples,
            reference=None if processed or reference is None else reference.every,
            g=qnn.postprocessing,
        )
        guided = WeightedTerm("penalty", term, partial(penalty_weight, cost.weight))
        return replace(problem, terms=(*problem.terms, guided))


def require_modified(problem: Problem, *, by_circuits: bool) -> None:
    """Refuse what the penalty of post-processed outputs can't do, by linear algebra or by circuits.

    Raises:
        ConfigError: naming the key at fault.
    """
    from sggd_qiskit.cost.penalty.symmetry_penalty import MODIFIED_FAMILY
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
    if by_circuits:
        _require_circuits(problem.config.cost, about, 1 if g is None else g.order)
    elif problem.config.model.qubits > MOST_MODIFIED_QUBITS:
        raise ConfigError.at(
            "model.qubits",
            f"found {problem.config.model.qubits} {about} and a penalty by linear algebra, which takes up to "
            f"{MOST_MODIFIED_QUBITS}; choose another cost.guidance, the order 1, or the order 2 on circuits with "
            f"cost.estimator {MODIFIED_FAMILY}",
        )


def _require_circuits(cost: CostConfig, about: str, order: int) -> None:
    from sggd_qiskit.cost.penalty.symmetry_penalty import MODIFIED_FAMILY, measures_modified

    if not measures_modified(cost.estimator, order):
        remedy = f"{MODIFIED_FAMILY} or exact" if order == 2 else "exact, or an order of 1 or 2"
        raise ConfigError.at(
            "cost.estimator",
            f"found {cost.estimator!r} {about}; circuits know the order 1, and with {MODIFIED_FAMILY} the order 2, so use "
            f"{remedy}",
        )
    if cost.group_samples is not None:
        raise ConfigError.at("cost.group_samples", f"is set {about}, whose circuits run the whole group; leave it out")
    if isinstance(cost.reference, ReferenceConfig):
        raise ConfigError.at(
            "cost.reference",
            f"found {cost.reference.kind} {about}, whose words of two and of four letters lose different shares to noise; "
            "leave it out",
        )
