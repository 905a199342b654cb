"""A trained circuit with its observables: O_θ in Pauli coordinates, and exact gradients of functions of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.exact.coordinates import from_pauli_sum
from sggd_qiskit.exact.layers import layered
from sggd_qiskit.exact.pauli_propagation import PauliPropagation
from sggd_qiskit.exact.segments import SegmentRotations, Segments
from sggd_qiskit.exact.state_propagation import StatePropagation
from sggd_qiskit.exact.value import ExactValue


class ExactCircuit:
    """What does not depend on θ. What propagates operators or states is made when it is first needed.

    Args:
        form: U.
        observables: O_k, Hermitian, one for each output.
    """

    def __init__(self, form: RotationForm, observables: Sequence[SparsePauliOp]):
        self.form, self._observables, self._layers = form, tuple(observables), layered(form)
        self.segments = Segments(self._layers)

    @cached_property
    def operators(self) -> PauliPropagation:
        """The circuit on operators."""
        return PauliPropagation(self._layers)

    @cached_property
    def states(self) -> StatePropagation:
        """The circuit on states."""
        return StatePropagation(self._layers, self._observables)

    @cached_property
    def observables(self) -> FloatArray:
        """Pauli coordinates of O, shape (output, 4ⁿ)."""
        return np.stack([from_pauli_sum(observable) for observable in self._observables])

    def at(self, theta: FloatArray) -> ExactPoint:
        """The circuit at θ, shape (parameter,), radians."""
        return ExactPoint(self, theta)


class ExactPoint:
    """The circuit at one θ; what it has is computed when it is first needed."""

    def __init__(self, circuit: ExactCircuit, theta: FloatArray):
        self.circuit, self._theta = circuit, theta
        self._angles = circuit.form.angles(theta)

    @cached_property
    def evolved(self) -> FloatArray:
        """Pauli coordinates of O_θ, shape (output, 4ⁿ)."""
        return self.circuit.operators.evolved(self._operator_matrices, self.circuit.observables)

    def gradient(self, slope: FloatArray) -> FloatArray:
        """∂C/∂θ of a function C of O_θ, shape (parameter,), from its slope ∂C/∂o, shape (output, 4ⁿ)."""
        return self._chained(self.circuit.operators.local_gradients(self._operator_matrices, self.evolved, slope))

    def gradient_of(self, value: ExactValue) -> FloatArray:
        """∂C/∂θ of a value at this θ, shape (parameter,).

        Raises:
            ValueError: if it has neither a slope nor a gradient.
        """
        if value.gradient is None:
            if value.slope is None:
                raise ValueError("found an exact value without a slope and without a gradient; give one of them")
            return self.gradient(value.slope)
        return value.gradient() if value.slope is None else value.gradient() + self.gradient(value.slope)

    def evolve(self, states: ComplexArray) -> ComplexArray:
        """Uψ of the columns of ``states``, shape (2ⁿ, state)."""
        return self.circuit.states.evolved(self._state_matrices, states)

    def expectations(self, evolved: ComplexArray) -> FloatArray:
        """⟨ψ|O_k|ψ⟩ of the columns of what ``evolve`` made, shape (output, state)."""
        return self.circuit.states.expectations(evolved)

    def state_gradient(self, evolved: ComplexArray, slope: FloatArray) -> FloatArray:
        """∂C/∂θ of a function C of the expectation values F, shape (parameter,).

        Args:
            evolved: what ``evolve`` made, shape (2ⁿ, state).
            slope: ∂C/∂F, shape (output, state).
        """
        states = self.circuit.states
        return self._chained(states.local_gradients(self._state_matrices, evolved, states.costates(evolved, slope)))

    @cached_property
    def _rotations(self) -> SegmentRotations:
        return self.circuit.segments.rotations(self._angles)

    @cached_property
    def _operator_matrices(self) -> list[FloatArray]:
        return self.circuit.operators.pair_matrices(self._rotations.matrices)

    @cached_property
    def _state_matrices(self) -> list[ComplexArray]:
        return self.circuit.states.pair_matrices(self.circuit.segments.unitaries(self._angles))

    @cached_property
    def _jacobian(self) -> FloatArray:
        return self.circuit.form.angles.jacobian(self._theta)

    def _chained(self, local_gradients: FloatArray) -> FloatArray:
        """∂C/∂θ from the derivatives by small rotations before each segment, shape (segment, 3)."""
        return np.asarray(self.circuit.segments.angle_gradient(self._rotations, local_gradients) @ self._jacobian)
