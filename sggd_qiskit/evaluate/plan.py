"""Plan and reduce: from a request to the settings of one job, and from their outcomes to the evaluation. Both pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.cost.request import Request
from sggd_qiskit.cost.sharing import share_shots
from sggd_qiskit.cost.term import TermPlan
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.evaluate.evaluation import Evaluation, total_cost, with_spsa_gradient
from sggd_qiskit.execute.job import JobRecord
from sggd_qiskit.problem import Problem

DATA_TERM = "data_term"
"""The name under which the data term knows what it has learned."""


@dataclass(frozen=True, eq=False)
class StepPlan:
    """The settings of one step: the data term's, the further samples', the guidance's, then those of the points beside θ.

    Attributes:
        data: plan of the data term.
        measured: settings of each further sample.
        terms: plans of the terms of the guidance.
        sides: plans of the cost at θ + δ and at θ - δ, for each pair that a gradient by SPSA takes.
    """

    data: TermPlan
    measured: tuple[tuple[Setting, ...], ...]
    terms: tuple[TermPlan, ...]
    sides: tuple[tuple[StepPlan, StepPlan], ...] = ()

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All settings, in the order in which they are run."""
        groups = [self.data.settings, *self.measured, *(term.settings for term in self.terms)]
        groups += [side.settings for pair in self.sides for side in pair]
        return tuple(setting for group in groups for setting in group)


class StepPlanner:
    """Knows how a step of a problem is planned and its results are reduced.

    Attributes:
        terms: circuits that steps need, by what of the cost they measure; fixed for the run.
    """

    def __init__(self, problem: Problem):
        self._problem, self._data = problem, problem.data_term
        self._shots = problem.config.execution.shots if problem.config.execution.shots_for == "cost" else None
        self.terms: dict[str, Sequence[Measurement | Readout]] = {"outputs": self._data.measurements}
        self.terms |= {guided.name: guided.term.measurements for guided in problem.terms}

    @property
    def measurements(self) -> tuple[Measurement | Readout, ...]:
        """All circuits in one row."""
        return tuple(measurement for term in self.terms.values() for measurement in term)

    def plan(self, request: Request, seed: np.random.SeedSequence) -> StepPlan:
        """The settings of a step.

        Args:
            request: what is evaluated.
            seed: of what is drawn, such as input states where there are too many to run all. The two points θ ± δ of a
                pair draw the same, so that their difference is free of the draw's spread.
        """
        rng = np.random.default_rng(seed)
        data = self._data.plan(request.seen_by(DATA_TERM), rng, gradient=request.shifts)
        measured = tuple(self.plan_outputs(request.theta, sample) for sample in request.measure)
        # At λ = 0 a term is watched, but its gradient is not paid for.
        terms = tuple(
            guided.term.plan(request.seen_by(guided.name), rng, gradient=request.shifts and weight > 0)
            for guided, weight in zip(self._problem.terms, request.weights, strict=True)
        )
        if self._shots is not None:
            data, *rest = share_shots([data, *terms], [1.0, *request.weights], self._shots)
            terms, shots = tuple(rest), data.settings[0].shots
            measured = tuple(tuple(replace(setting, shots=shots) for setting in group) for group in measured)
        sides = tuple(
            (self.plan(plus, _spawned(seed, pair)), self.plan(minus, _spawned(seed, pair)))
            for pair, (plus, minus) in enumerate(request.sides())
        )
        return StepPlan(data, measured, terms, sides)

    def plan_outputs(self, theta: FloatArray, sample: Sample) -> tuple[Setting, ...]:
        """Settings for the outputs of a sample alone, θ of shape (parameter,)."""
        return self._data.plan_outputs(theta, sample)

    def reduce_outputs(self, sample: Sample, outcomes: Sequence[Outcome]) -> Outcome:
        """Outputs of the sample, shape (data, output), from an outcome for each of its settings."""
        return self._data.reduce_outputs(sample, outcomes)

    def reduce(
        self, request: Request, plan: StepPlan, outcomes: Sequence[Outcome], jobs: tuple[JobRecord, ...]
    ) -> Evaluation:
        """The evaluation.

        Args:
            request: as it was planned.
            plan: what ``plan`` made of it.
            outcomes: one for each of ``plan.settings``, in their order.
            jobs: in which they ran.
        """
        rest = iter(outcomes)
        evaluation = self._reduce(request, plan, rest, jobs)
        if request.perturbations is None or not request.gradient:
            return evaluation
        informed = replace(request, known={**request.known, **evaluation.learned})
        sides = [
            (self._reduce(plus, plans[0], rest, ()), self._reduce(minus, plans[1], rest, ()))
            for (plus, minus), plans in zip(informed.sides(), plan.sides, strict=True)
        ]
        return with_spsa_gradient(evaluation, request.perturbations, sides)

    def _reduce(
        self, request: Request, plan: StepPlan, rest: Iterator[Outcome], jobs: tuple[JobRecord, ...]
    ) -> Evaluation:
        """The evaluation at θ; what is left of the outcomes is that of the points beside it."""

        def take(settings: Sequence[Setting]) -> tuple[Outcome, ...]:
            return tuple(next(rest) for _ in settings)

        of_data = take(plan.data.settings)
        data_term = self._data.reduce(request.seen_by(DATA_TERM), plan.data, of_data)
        measured = tuple(
            self.reduce_outputs(sample, take(settings))
            for sample, settings in zip(request.measure, plan.measured, strict=True)
        )
        terms = {
            guided.name: guided.term.reduce(request.seen_by(guided.name), part, take(part.settings))
            for guided, part in zip(self._problem.terms, plan.terms, strict=True)
        }
        cost = total_cost(data_term, tuple(terms.values()), request.weights).with_factors(request.factors)
        learned = {name: term.learned for name, term in {DATA_TERM: data_term, **terms}.items() if term.learned}
        return Evaluation(cost, data_term, terms, self.reduce_outputs(request.batch, of_data), measured, jobs, learned)


def _spawned(seed: np.random.SeedSequence, number: int) -> np.random.SeedSequence:
    """A child by its number, made without changing the parent."""
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, number))
