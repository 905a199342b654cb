"""What an evaluator answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.cost.request import Knowledge, Request
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.execute.job import JobRecord
from sggd_qiskit.gradient.directions import spsa_gradient
from sggd_qiskit.gradient.estimate import Estimate


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The cost at one θ, its terms apart, and what it took; every number with its standard error.

    Attributes:
        cost: data term + Σ λ · term, with its gradient if that was asked for.
        data_term: the mean loss.
        terms: of the guidance, by name, without their weights.
        outputs: of the batch, shape (data, output).
        measured: outputs of each further sample.
        jobs: the jobs that ran, none on the exact evaluator.
        learned: what terms hand on to later steps, by name; for the next `Request.known`.
    """

    cost: Estimate
    data_term: Estimate
    terms: Mapping[str, Estimate]
    outputs: Outcome
    measured: tuple[Outcome, ...]
    jobs: tuple[JobRecord, ...]
    learned: Knowledge = field(default_factory=dict)

    @property
    def penalty(self) -> Estimate | None:
        """‖O_θ - T[O_θ]‖² in the norm of the configuration; None if the cost has no penalty."""
        return self.terms.get("penalty")


class Evaluator(Protocol):
    """Turns θ into a cost and its gradient; the training loop can't tell one from another."""

    @property
    def backend(self) -> str:
        """Name of what evaluates."""
        ...

    @property
    def layout(self) -> tuple[int, ...] | None:
        """Physical qubits on which the outputs are measured, in the order of the network's; None off a device."""
        ...

    def evaluate(self, request: Request) -> Evaluation:
        """Evaluate the cost.

        Raises:
            ExecutionError: if a job fails.
            JobsPending: if its jobs are left at a service, to be collected when the same is asked again.
        """
        ...

    def outputs(self, theta: FloatArray, sample: Sample) -> Outcome:
        """Outputs of a sample, shape (data, output), at θ of shape (parameter,): a prediction without a cost.

        Raises:
            ExecutionError: if a job fails.
            JobsPending: if its jobs are left at a service, to be collected when the same is asked again.
        """
        ...

    def close(self, *, final: bool) -> None:
        """Let go of what is held at a service, if anything is; ``final`` if nothing more will be evaluated."""
        ...


def total_cost(data_term: Estimate, terms: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """Data term + Σ λ · term (paper, (6)); at λ = 0 a term without a gradient adds none.

    Args:
        data_term: the mean loss.
        terms: of the guidance.
        weights: λ of each.
    """
    total = data_term
    for term, weight in zip(terms, weights, strict=True):
        if weight:
            total = total.plus(term.scaled(weight))
    return total


def with_spsa_gradient(
    evaluation: Evaluation, perturbations: FloatArray, sides: Sequence[tuple[Evaluation, Evaluation]]
) -> Evaluation:
    """The evaluation at θ with the gradient from the costs beside it.

    Args:
        evaluation: at θ.
        perturbations: δ, shape (pair, parameter).
        sides: at θ + δ and at θ - δ, for each pair.
    """
    differences = [plus.cost.minus(minus.cost) for plus, minus in sides]
    gradient, variance = spsa_gradient(perturbations, differences)
    cost = replace(evaluation.cost, gradient=gradient, gradient_variance=variance)
    return replace(evaluation, cost=cost)
