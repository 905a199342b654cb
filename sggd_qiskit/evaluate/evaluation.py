"""What an evaluator is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.execute.job import JobRecord
from sggd_qiskit.gradient.directions import spsa_gradient
from sggd_qiskit.gradient.estimate import Estimate


@dataclass(frozen=True, eq=False)
class Request:
    """One evaluation of the cost.

    Attributes:
        step: its number, which the random numbers and the tag depend on.
        theta: θ, shape (parameter,), radians.
        weight: λ.
        batch: the data points of the cost.
        gradient: whether the gradient is wanted.
        measure: further samples whose outputs are wanted at the same θ.
        factors: of the gradient's components, 0 for those that are left out; shape (parameter,), or None for all as they are.
        perturbations: δ, shape (pair, parameter), if the gradient is to come from the costs at θ ± δ (SPSA).
    """

    step: int
    theta: FloatArray
    weight: float
    batch: Sample
    gradient: bool = True
    measure: tuple[Sample, ...] = ()
    factors: FloatArray | None = None
    perturbations: FloatArray | None = None

    def sides(self) -> tuple[tuple[Request, ...], tuple[Request, ...]]:
        """The requests for the cost alone at θ + δ and at θ - δ, for each pair."""
        deltas = () if self.perturbations is None else self.perturbations
        plain = replace(self, gradient=False, measure=(), factors=None, perturbations=None)
        plus = tuple(replace(plain, theta=self.theta + delta) for delta in deltas)
        minus = tuple(replace(plain, theta=self.theta - delta) for delta in deltas)
        return plus, minus

    @property
    def shifts(self) -> bool:
        """Whether the gradient is wanted by shifts of the angles."""
        return self.gradient and self.perturbations is None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The cost at one θ, its terms apart, and what it took; every number with its standard error.

    Attributes:
        cost: data term + λ · penalty, with its gradient if that was asked for.
        data_term: the squared error.
        penalty: ‖O_θ - T[O_θ]‖² in the norm of the configuration; None if the cost has no penalty.
        outputs: of the batch, shape (data,).
        measured: outputs of each further sample.
        jobs: the jobs that ran, none on the exact evaluator.
    """

    cost: Estimate
    data_term: Estimate
    penalty: Estimate | None
    outputs: Outcome
    measured: tuple[Outcome, ...]
    jobs: tuple[JobRecord, ...]


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

    def close(self, *, final: bool) -> None:
        """Let go of what is held at a service, if anything is; ``final`` if nothing more will be evaluated."""
        ...


def total_cost(data_term: Estimate, penalty: Estimate | None, weight: float) -> Estimate:
    """Data term + λ · penalty (paper, (6)); at λ = 0 a penalty without a gradient adds none."""
    if penalty is None or weight == 0:
        return data_term
    return data_term.plus(penalty.scaled(weight))


def with_spsa_gradient(
    evaluation: Evaluation, perturbations: FloatArray, plus: Sequence[Evaluation], minus: Sequence[Evaluation]
) -> Evaluation:
    """The evaluation at θ with the gradient from the costs beside it, and what those took."""
    gradient, variance = spsa_gradient(perturbations, [side.cost for side in plus], [side.cost for side in minus])
    cost = replace(evaluation.cost, gradient=gradient, gradient_variance=variance)
    return replace(evaluation, cost=cost)


def accuracy(outputs: Outcome, labels: FloatArray) -> float:
    """Share of the data points whose label is the sign of the output."""
    return float(np.mean(predicted_labels(outputs.values) == labels))


def predicted_labels(values: FloatArray) -> FloatArray:
    """-1 for a negative output and +1 otherwise, shape (data,)."""
    return np.where(values < 0, -1.0, 1.0)
