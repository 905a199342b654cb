"""The data term (1/N) Σ_i ℓ(f_i, y_i), and the outputs f of the network: plain (paper, (1)) or twirled (paper, (7))."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from math import ceil
from weakref import WeakKeyDictionary

import numpy as np
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.measurement import LEAST_SHOTS, Measurement, Outcome, Setting, stack_values
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.cost.loss_estimate import loss_estimate, mixed_outputs, processed_outputs
from sggd_qiskit.cost.request import Request
from sggd_qiskit.cost.term import TermPlan
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.exact.data_cost import DataCost, data_cost
from sggd_qiskit.exact.outputs import outputs
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.exact.value import ExactValue
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import Shifts
from sggd_qiskit.losses.loss import Loss, PointLoss, WeightedLoss
from sggd_qiskit.losses.postprocessed import PostprocessedLoss
from sggd_qiskit.model.qnn import QNN
from sggd_qiskit.symmetry.element import Element, identity
from sggd_qiskit.symmetry.group import SymmetryGroup


class DataTerm:
    """The loss of the outputs Tr[ρ O_θ], or of their mean over V_s ρ V_s†, weighted with χ(s), if the observables are twirled.

    Args:
        qnn: encoding, ansatz and observables.
        loss: ℓ.
        shots: for each expectation value, shared among the elements of the twirl.
        twirl: the group over which the observables are averaged, with its character; None for the plain ones.
        states: circuits that prepare data points, where the data are given so; transpiled with the others.
    """

    def __init__(
        self,
        qnn: QNN,
        loss: Loss,
        shots: int,
        twirl: SymmetryGroup | None = None,
        states: Sequence[QuantumCircuit] = (),
    ):
        self._qnn, self._states, self._postprocessing = qnn, tuple(states), qnn.postprocessing
        self.loss = (
            loss if qnn.postprocessing is None else PostprocessedLoss(loss=loss, postprocessing=qnn.postprocessing)
        )
        self._elements = (identity(qnn.num_qubits),) if twirl is None else twirl.elements
        self._signs = (1,) if twirl is None else twirl.signs
        self._twirl = None if twirl is None else pauli_twirl(twirl)
        self._shots = max(LEAST_SHOTS, ceil(shots / len(self._elements)))
        self._ansatz, self._angles = qnn.ansatz_form.circuit("φ", qnn.features)
        self._by_state: dict[int, tuple[QuantumCircuit, tuple[Measurement, ...]]] = {}
        self._prepared: WeakKeyDictionary[Sample, ComplexArray] = WeakKeyDictionary()
        self._costs: WeakKeyDictionary[Sample, DataCost] = WeakKeyDictionary()

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """State, V_s, ansatz, O: one for each element (one in all without a twirl), of the encoding or of each given state."""
        if self._states:
            return tuple(m for state in self._states for m in self._of_state(state))
        return self._of_encoding

    def plan(self, request: Request, rng: np.random.Generator, *, gradient: bool) -> TermPlan:
        """A setting for each measurement; results have the shape (row, preparation).

        Row 0 is θ itself; with the gradient the shifts of every angle follow.

        Args:
            request: θ, the data points, and which components of the gradient are wanted.
            rng: not used.
            gradient: whether to shift.
        """
        del rng
        shifts = self._shifts(request, gradient=gradient)
        return TermPlan(self._settings(request.batch, shifts.with_value()), gradient)

    def reduce(self, request: Request, plan: TermPlan, outcomes: Sequence[Outcome]) -> Estimate:
        """The mean loss, unbiased to first order in the variances, with its gradient if there are shifts.

        Args:
            request: as it was planned.
            plan: what ``plan`` made of it.
            outcomes: one for each setting.
        """
        rows = self._mean(request.batch, outcomes)
        slopes = None
        if plan.gradient:
            shifts = self._shifts(request, gradient=True)
            shifted = rows[1:]
            slopes = Outcome(
                shifts.gradient(shifted.values),
                shifts.gradient_variance(shifted.variances),
                shifts.gradient_variance(shifted.excess),
            )
        return loss_estimate(self._loss_of(request.batch), request.batch, rows[0], slopes)

    def plan_outputs(self, theta: FloatArray, sample: Sample) -> tuple[Setting, ...]:
        """Settings for the outputs of a sample alone, θ of shape (parameter,)."""
        return self._settings(sample, self._qnn.ansatz_form.angles(theta)[None])

    def reduce_outputs(self, sample: Sample, outcomes: Sequence[Outcome]) -> Outcome:
        """Outputs of the data points, shape (data, output), from outcomes whose first row is θ itself."""
        found = mixed_outputs(sample, self._mean(sample, [outcome[:1] for outcome in outcomes])[0])
        return found if self._postprocessing is None else processed_outputs(self._postprocessing, found)

    def exact(self, point: ExactPoint, request: Request, rng: Callable[[], np.random.Generator]) -> ExactValue:
        """The mean loss by linear algebra; what depends on the data alone is computed once.

        Args:
            point: the observables, evolved to θ.
            request: the data points.
            rng: not used.
        """
        del rng
        sample = request.batch
        if sample not in self._costs:
            count = len(self._qnn.observables)
            self._costs[sample] = data_cost(sample, self._states_of(sample), self._twirl, self._loss_of(sample), count)
        return self._costs[sample].at(point)

    def exact_outputs(self, point: ExactPoint, sample: Sample) -> FloatArray:
        """Outputs of the data points, shape (data, output), by linear algebra."""
        if sample in self._costs:
            found = self._costs[sample].outputs(point)
        else:
            found = outputs(point, sample.weights, self._states_of(sample), self._twirl)
        return found if self._postprocessing is None else self._postprocessing(found)

    def _loss_of(self, sample: Sample) -> PointLoss:
        return self.loss if sample.importance is None else WeightedLoss(self.loss, sample.importance)

    @cached_property
    def _of_encoding(self) -> tuple[Measurement, ...]:
        return tuple(self._measurement(self._qnn.encoding, element) for element in self._elements)

    def _of_state(self, state: QuantumCircuit) -> tuple[Measurement, ...]:
        # By identity, as circuits have no hash; the circuit is kept, so that its identity stays its own.
        if id(state) not in self._by_state:
            found = tuple(self._measurement(state, element) for element in self._elements)
            self._by_state[id(state)] = (state, found)
        return self._by_state[id(state)][1]

    def _measurement(self, state: QuantumCircuit, element: Element) -> Measurement:
        circuit = QuantumCircuit(self._qnn.num_qubits)
        circuit.compose(state, inplace=True)
        wires = element.apply_to(circuit)
        circuit.compose(self._ansatz, qubits=wires, inplace=True)
        return Measurement(circuit, tuple(o.apply_layout(list(wires)) for o in self._qnn.observables))

    def _shifts(self, request: Request, *, gradient: bool) -> Shifts:
        return Shifts.at(self._qnn.ansatz_form.angles, request.theta, gradient=gradient, factors=request.factors)

    def _settings(self, sample: Sample, rows: FloatArray) -> tuple[Setting, ...]:
        """At every row of angles: for the encoding one setting for each element, for given states as many for each state."""
        targets = sample.targets(len(self._qnn.observables))
        # At 0 alone the slope of an even g would be 0, and no share of the shots would be left for the outputs.
        g, loss = self._postprocessing, self._loss_of(sample)
        levels = np.zeros(1) if g is None else np.linspace(-g.norm, g.norm, 9)
        slopes = [loss.slope(np.full_like(targets, level), targets) for level in levels]
        steepness = np.mean([np.abs(slope).sum(axis=1).mean() for slope in slopes])
        share = float(steepness) / len(sample.preparations) / len(self._elements)
        if not sample.circuits:
            shape = (len(rows), len(sample.preparations))
            values = stack_values({self._qnn.features: sample.preparations[None], self._angles: rows[:, None]}, shape)
            return tuple(Setting(m, values, shape, self._shots, share) for m in self._of_encoding)
        values = stack_values({self._angles: rows[:, None]}, (len(rows), 1))
        return tuple(
            Setting(m, values, (len(rows), 1), self._shots, share)
            for state in sample.circuits
            for m in self._of_state(state)
        )

    def _mean(self, sample: Sample, outcomes: Sequence[Outcome]) -> Outcome:
        """The mean over the elements, each times its χ, shape (row, preparation, output)."""
        order = len(self._elements)
        by_element = [_side_by_side(outcomes[s::order]) for s in range(order)] if sample.circuits else outcomes
        return Outcome(
            np.mean(
                [o.values if sign > 0 else -o.values for o, sign in zip(by_element, self._signs, strict=True)], axis=0
            ),
            np.sum([outcome.variances for outcome in by_element], axis=0) / order**2,
            np.sum([outcome.excess for outcome in by_element], axis=0) / order**2,
        )

    def _states_of(self, sample: Sample) -> ComplexArray:
        """The states of the preparations, shape (2ⁿ, preparation)."""
        if sample not in self._prepared:
            if sample.circuits:
                columns = [prepared_states(rotation_form(c), np.empty((1, 0))) for c in sample.circuits]
                self._prepared[sample] = np.concatenate(columns, axis=1)
            else:
                self._prepared[sample] = prepared_states(self._qnn.encoding_form, sample.preparations)
        return self._prepared[sample]


def _side_by_side(outcomes: Sequence[Outcome]) -> Outcome:
    """Outcomes of one preparation each, shape (row, 1, output), as one of all."""
    return Outcome(
        np.concatenate([outcome.values for outcome in outcomes], axis=1),
        np.concatenate([outcome.variances for outcome in outcomes], axis=1),
        np.concatenate([outcome.excess for outcome in outcomes], axis=1),
    )
