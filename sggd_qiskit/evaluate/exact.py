"""The exact evaluator: linear algebra, no shots. The truth that the other is tested against.

O_θ is formed once for each θ, as coordinates in the Pauli strings. Data term and penalty are functions of these, and one
sweep over the ansatz makes the gradients of both; what depends on the data and on the group alone is computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.cost.penalty.exact import SquaredNorm
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.evaluate.evaluation import Evaluation, Request, total_cost, with_spsa_gradient
from sggd_qiskit.exact.circuit import ExactCircuit, ExactPoint
from sggd_qiskit.exact.data_cost import ExactError, exact_error
from sggd_qiskit.exact.later import LaterEstimate, LaterOutcome
from sggd_qiskit.exact.local_states import DrawnLocalNorm
from sggd_qiskit.exact.outputs import outputs
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.problem import MOST_OPERATOR_QUBITS, Problem
from sggd_qiskit.seeds import Purpose, generator


class ExactEvaluator:
    """Evaluates the cost of a problem by linear algebra."""

    backend = "exact"

    def __init__(self, problem: Problem):
        config, qnn, group = problem.config.cost, problem.qnn, problem.group
        self._encoding, self._seed = qnn.encoding_form, problem.config.training.seed
        self._circuit = ExactCircuit(qnn.ansatz_form, qnn.observable)
        self._twirl = None if group is None or config.guidance != "twirled" else pauli_twirl(group)
        self._norm: SquaredNorm | DrawnLocalNorm | None = None
        if group is not None and config.guidance == "penalty":
            small = qnn.num_qubits <= MOST_OPERATOR_QUBITS
            self._norm = SquaredNorm(group, config.norm) if small else DrawnLocalNorm(group, config.states)
        self._states: WeakKeyDictionary[Sample, ComplexArray] = WeakKeyDictionary()
        self._errors: WeakKeyDictionary[Sample, ExactError] = WeakKeyDictionary()

    def evaluate(self, request: Request) -> Evaluation:
        """Evaluate the cost; all variances are 0, but those of a penalty in drawn states."""
        evaluation = self._evaluate(request)
        if not request.gradient or request.perturbations is None:
            return evaluation
        plus, minus = ([self._evaluate(side) for side in sides] for sides in request.sides())
        return with_spsa_gradient(evaluation, request.perturbations, plus, minus)

    def _evaluate(self, request: Request) -> Evaluation:
        point = self._circuit.at(request.theta)
        fit = self._error(request.batch).at(point, request.batch)
        data_term = _estimate(fit.value, lambda: point.gradient(fit.torques(None)), request)
        penalty: Estimate | None = None
        if isinstance(self._norm, DrawnLocalNorm):
            rng = generator(self._seed, Purpose.EIGENSTATES, request.step)
            penalty = self._norm.estimate(point, rng, gradient=request.shifts)
            cost = total_cost(data_term, penalty, request.weight)
        elif self._norm is not None:
            value, slope = self._norm.value_and_slope(point.evolved)
            penalty = _estimate(value, lambda: point.gradient(point.torques(slope)), request)
            # The gradients apart are seldom read, and that of the cost takes one sweep.
            weighted = request.weight * slope if request.weight else None
            total = fit.value + request.weight * value
            cost = _estimate(total, lambda: point.gradient(fit.torques(weighted)), request)
        else:
            cost = data_term
        return Evaluation(
            cost.with_factors(request.factors),
            data_term,
            penalty,
            LaterOutcome(fit.outputs),
            tuple(self._outputs(sample, point) for sample in request.measure),
            jobs=(),
        )

    layout = None

    def close(self, *, final: bool) -> None:
        """Nothing is held."""

    def _outputs(self, sample: Sample, point: ExactPoint) -> Outcome:
        return LaterOutcome(lambda: outputs(point, sample, self._prepared(sample), self._twirl))

    def _error(self, sample: Sample) -> ExactError:
        if sample not in self._errors:
            self._errors[sample] = exact_error(sample, self._prepared(sample), self._twirl)
        return self._errors[sample]

    def _prepared(self, sample: Sample) -> ComplexArray:
        if sample not in self._states:
            self._states[sample] = prepared_states(self._encoding, sample.preparations)
        return self._states[sample]


def _estimate(value: float, gradient: Callable[[], FloatArray], request: Request) -> Estimate:
    """An exact number, with its gradient if the request asks for gradients."""
    return LaterEstimate(value, gradient) if request.shifts else Estimate(value, 0.0)
