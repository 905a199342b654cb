"""The exact evaluator: linear algebra, no shots. The truth that the other is tested against.

O_θ is formed once for each θ, as coordinates in the Pauli strings. The terms are functions of these, and one sweep over the
ansatz makes the gradient of their sum; what depends on the data and on the group alone is computed once.
"""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.evaluate.evaluation import Evaluation, total_cost, with_spsa_gradient
from sggd_qiskit.exact.circuit import ExactCircuit, ExactPoint
from sggd_qiskit.exact.value import ExactEstimate, ExactOutcome, ExactValue, weighted_sum
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.problem import Problem
from sggd_qiskit.seeds import Purpose, generator


class ExactEvaluator:
    """Evaluates the cost of a problem by linear algebra."""

    backend = "exact"
    layout = None

    def __init__(self, problem: Problem):
        self._data, self._terms = problem.data_term, problem.terms
        self._seed = problem.config.training.seed
        self._circuit = ExactCircuit(problem.qnn.ansatz_form, problem.qnn.observables)

    def evaluate(self, request: Request) -> Evaluation:
        """Evaluate the cost; all variances are 0, but those of a penalty in drawn states."""
        evaluation = self._evaluate(request)
        if request.perturbations is None or not request.gradient:
            return evaluation
        sides = [(self._evaluate(plus), self._evaluate(minus)) for plus, minus in request.sides()]
        return with_spsa_gradient(evaluation, request.perturbations, sides)

    def outputs(self, theta: FloatArray, sample: Sample) -> Outcome:
        """Outputs of a sample, shape (data, output), at θ of shape (parameter,)."""
        return self._outputs(self._circuit.at(theta), sample)

    def close(self, *, final: bool) -> None:
        """Nothing is held."""

    def _evaluate(self, request: Request) -> Evaluation:
        point = self._circuit.at(request.theta)

        def rng() -> np.random.Generator:
            return generator(self._seed, Purpose.EIGENSTATES, request.step)

        found = [self._data.exact(point, request, rng), *(g.term.exact(point, request, rng) for g in self._terms)]
        data_term, *terms = (_estimate(point, part, request) for part in found)
        parts = [part for part in found if isinstance(part, ExactValue)]
        if len(parts) == len(found):
            cost = _estimate(point, weighted_sum(parts, (1.0, *request.weights)), request)
        else:
            cost = total_cost(data_term, terms, request.weights)
        return Evaluation(
            cost.with_factors(request.factors),
            data_term,
            {guided.name: term for guided, term in zip(self._terms, terms, strict=True)},
            self._outputs(point, request.batch),
            tuple(self._outputs(point, sample) for sample in request.measure),
            jobs=(),
        )

    def _outputs(self, point: ExactPoint, sample: Sample) -> Outcome:
        found: Outcome = ExactOutcome(lambda: self._data.exact_outputs(point, sample))
        return found


def _estimate(point: ExactPoint, part: ExactValue | Estimate, request: Request) -> Estimate:
    """With its gradient, computed if it is read: a step that only trains reads that of the cost alone."""
    if isinstance(part, Estimate):
        return part
    return ExactEstimate(part.value, lambda: point.gradient_of(part)) if request.shifts else Estimate(part.value, 0.0)
