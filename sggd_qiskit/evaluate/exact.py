"""The exact evaluator: linear algebra, no shots. The truth that the other is tested against.

O_θ is formed once for each θ. Data term and penalty are functions of it, dC = Tr[G dO_θ], and one sweep over the ansatz
turns G into the gradient, so a step's gradient does not depend on the number of points.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from sggd_qiskit.circuit.measurement import FloatArray, Outcome
from sggd_qiskit.circuit.simulate import ComplexArray, prepared_states, unitary
from sggd_qiskit.cost.squared_error import mixed_outputs, squared_error, squared_error_slope
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.evaluate.evaluation import Evaluation, Request, total_cost
from sggd_qiskit.evaluate.problem import Problem
from sggd_qiskit.gradient.adjoint import adjoint_gradient
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import chain
from sggd_qiskit.penalty.exact import exact_penalty
from sggd_qiskit.symmetry.twirl import twirl


class ExactEvaluator:
    """Evaluates the cost of a problem by linear algebra."""

    backend = "exact"

    def __init__(self, problem: Problem):
        config = problem.config.cost
        self._qnn = problem.qnn
        self._observable = problem.qnn.observable.to_matrix()
        self._penalized = problem.group if config.guidance == "penalty" else None
        self._twirled = problem.group if config.guidance == "twirled" else None
        self._norm = config.norm
        self._states: WeakKeyDictionary[Sample, ComplexArray] = WeakKeyDictionary()

    def evaluate(self, request: Request) -> Evaluation:
        """Evaluate the cost; all variances are 0."""
        form = self._qnn.ansatz_form
        angles = form.angles(request.theta)
        matrix = unitary(form, angles)
        evolved = matrix.conj().T @ self._observable @ matrix
        visible = evolved if self._twirled is None else twirl(self._twirled, evolved)
        jacobian = form.angles.jacobian(request.theta) if request.gradient else None

        def with_gradient(value: float, slope: ComplexArray) -> Estimate:
            if jacobian is None:
                return Estimate(value, 0.0)
            gradient = chain(jacobian, adjoint_gradient(form, angles, evolved, slope))
            return Estimate(value, 0.0, gradient, np.zeros_like(gradient))

        prepared = self._prepared_outputs(request.batch, visible)
        data_term = with_gradient(
            squared_error(request.batch, prepared).value, self._data_slope(request.batch, prepared)
        )
        penalty = None
        if self._penalized is not None:
            penalty = with_gradient(*exact_penalty(evolved, self._penalized, self._norm))
        return Evaluation(
            total_cost(data_term, penalty, request.weight),
            data_term,
            penalty,
            mixed_outputs(request.batch, prepared),
            tuple(mixed_outputs(sample, self._prepared_outputs(sample, visible)) for sample in request.measure),
            jobs=(),
        )

    layout = None

    def close(self, *, final: bool) -> None:
        """Nothing is held."""

    def _prepared_outputs(self, sample: Sample, observable: ComplexArray) -> Outcome:
        """⟨ψ_p|O|ψ_p⟩, shape (preparation,)."""
        states = self._prepared(sample)
        values = np.einsum("dp,dp->p", states.conj(), observable @ states).real
        return Outcome(values, np.zeros_like(values))

    def _data_slope(self, sample: Sample, prepared: Outcome) -> ComplexArray:
        """G of the squared error: Σ_p (∂C/∂F_p) |ψ_p⟩⟨ψ_p|, twirled if the observable is, T being self-adjoint."""
        states = self._prepared(sample)
        slope: FloatArray = squared_error_slope(sample, prepared.values)
        operator = (states * slope) @ states.conj().T
        return operator if self._twirled is None else twirl(self._twirled, operator)

    def _prepared(self, sample: Sample) -> ComplexArray:
        if sample not in self._states:
            self._states[sample] = prepared_states(self._qnn.encoding_form, sample.preparations)
        return self._states[sample]
