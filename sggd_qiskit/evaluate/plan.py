"""Plan and reduce: from a request to the settings of one job, and from their outcomes to the evaluation. Both pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.cost.data_term import DataTerm
from sggd_qiskit.cost.penalty.families import build_penalty
from sggd_qiskit.cost.penalty.term import PenaltyPlan, PenaltyTerm
from sggd_qiskit.cost.squared_error import mixed_outputs, squared_error
from sggd_qiskit.evaluate.evaluation import Evaluation, Request, total_cost, with_spsa_gradient
from sggd_qiskit.evaluate.sharing import share_shots
from sggd_qiskit.execute.job import JobRecord
from sggd_qiskit.gradient.directions import shifted_angles
from sggd_qiskit.problem import Problem


@dataclass(frozen=True, eq=False)
class StepPlan:
    """The PUBs of one step: the data term's, the further samples', the penalty's, then those of the points beside θ.

    Attributes:
        data: settings of the batch.
        measured: settings of each further sample.
        penalty: the penalty's plan, if the cost has one.
        sides: plans of the cost at θ + δ and at θ - δ, for each pair that a gradient by SPSA takes.
    """

    data: tuple[Setting, ...]
    measured: tuple[tuple[Setting, ...], ...]
    penalty: PenaltyPlan | None
    sides: tuple[tuple[StepPlan, ...], tuple[StepPlan, ...]] = ((), ())

    @property
    def settings(self) -> tuple[Setting, ...]:
        """All settings, in the order in which they are run."""
        penalty = () if self.penalty is None else self.penalty.settings
        beside = (setting for plans in self.sides for plan in plans for setting in plan.settings)
        return (*self.data, *(setting for group in self.measured for setting in group), *penalty, *beside)


class StepPlanner:
    """Knows the terms of a problem's cost, and so how a step is planned and its results are reduced.

    Attributes:
        terms: circuits with observables that steps need, by what they measure; fixed for the run.
        measurements: all of them in one row; a setting's ``measurement`` counts along it.
    """

    def __init__(self, problem: Problem):
        config = problem.config
        guidance, group, self._shots = config.cost.guidance, problem.group, config.execution.shots
        self._shared = config.execution.shots_for == "cost"
        self._jacobian = problem.qnn.ansatz_form.angles.jacobian
        self._data = DataTerm(problem.qnn, self._shots, group if guidance == "twirled" else None)
        self._penalty: PenaltyTerm | None = None
        if guidance == "penalty" and group is not None:
            self._penalty = build_penalty(
                config.cost.estimator,
                problem.qnn.ansatz_form,
                problem.qnn.observable,
                group,
                config.cost.norm,
                shots=self._shots,
                states=config.cost.states,
                group_samples=config.cost.group_samples,
            )
        self.terms: dict[str, tuple[Measurement | Readout, ...]] = {"outputs": self._data.measurements}
        if self._penalty is not None:
            self.terms["penalty"] = self._penalty.measurements
        self.measurements: tuple[Measurement | Readout, ...] = tuple(m for term in self.terms.values() for m in term)

    def plan(self, request: Request, rng: np.random.Generator) -> StepPlan:
        """The settings of a step; ``rng`` draws eigenstates where there are too many to run all."""
        theta = request.theta
        chosen = None if request.factors is None else shifted_angles(self._jacobian(theta), request.factors)
        data = self._data.plan(theta, request.batch.preparations, 0, gradient=request.shifts, chosen=chosen)
        measured = tuple(self._data.plan(theta, s.preparations, 0, gradient=False) for s in request.measure)
        penalty = None
        if self._penalty is not None:
            # At λ = 0 the penalty is watched, but its gradient is not paid for.
            shifted = request.shifts and request.weight > 0
            penalty = self._penalty.plan(theta, len(self._data.measurements), rng, gradient=shifted, chosen=chosen)
        if self._shared:
            data, penalty = share_shots(data, penalty, request.weight, self.measurements, self._shots)
            measured = tuple(tuple(replace(s, shots=data[0].shots) for s in group) for group in measured)
        plan = StepPlan(data, measured, penalty)
        if not request.gradient:
            return plan
        plus, minus = (tuple(self.plan(side, rng) for side in sides) for sides in request.sides())
        return replace(plan, sides=(plus, minus))

    def reduce(
        self, request: Request, plan: StepPlan, outcomes: Sequence[Outcome], jobs: tuple[JobRecord, ...]
    ) -> Evaluation:
        """The evaluation, from an outcome for each of ``plan.settings`` in their order."""
        rest = iter(outcomes)
        evaluation = self._reduce(request, plan, rest, jobs)
        if not request.gradient or request.perturbations is None:
            return evaluation
        plus, minus = (
            [self._reduce(side, part, rest, ()) for side, part in zip(sides, plans, strict=True)]
            for sides, plans in zip(request.sides(), plan.sides, strict=True)
        )
        return with_spsa_gradient(evaluation, request.perturbations, plus, minus)

    def _reduce(
        self, request: Request, plan: StepPlan, rest: Iterator[Outcome], jobs: tuple[JobRecord, ...]
    ) -> Evaluation:
        """The evaluation at θ; what is left of the outcomes is that of the points beside it."""

        def take(count: int) -> tuple[Outcome, ...]:
            return tuple(next(rest) for _ in range(count))

        theta = request.theta
        chosen = None if request.factors is None else shifted_angles(self._jacobian(theta), request.factors)
        prepared, slopes = self._data.reduce(theta, take(len(plan.data)), chosen)
        measured = []
        for sample, settings in zip(request.measure, plan.measured, strict=True):
            outputs, _ = self._data.reduce(theta, take(len(settings)))
            measured.append(mixed_outputs(sample, outputs))
        data_term = squared_error(request.batch, prepared, slopes)
        penalty = None
        if self._penalty is not None and plan.penalty is not None:
            penalty = self._penalty.reduce(theta, plan.penalty, take(len(plan.penalty.settings)))
        return Evaluation(
            total_cost(data_term, penalty, request.weight).with_factors(request.factors),
            data_term,
            penalty,
            mixed_outputs(request.batch, prepared),
            tuple(measured),
            jobs,
        )
