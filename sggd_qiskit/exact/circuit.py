"""A trained circuit with its observable: O_θ in Pauli coordinates, and exact gradients of functions of it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from qiskit.quantum_info import SparsePauliOp

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.exact.coordinates import from_pauli_sum
from sggd_qiskit.exact.heisenberg import HeisenbergPicture
from sggd_qiskit.exact.layers import layered
from sggd_qiskit.exact.statevectors import StatePicture
from sggd_qiskit.exact.turns import Turned, Turns


class ExactCircuit:
    """What does not depend on θ; each picture is made when it is first needed."""

    def __init__(self, form: RotationForm, observable: SparsePauliOp):
        self.form, self._operator, self._layers = form, observable, layered(form)
        self.turns = Turns(self._layers)

    @cached_property
    def heisenberg(self) -> HeisenbergPicture:
        """The circuit on operators."""
        return HeisenbergPicture(self._layers)

    @cached_property
    def states(self) -> StatePicture:
        """The circuit on states."""
        return StatePicture(self._layers, self._operator)

    @cached_property
    def observable(self) -> FloatArray:
        """Coordinates of O, shape (1, 4ⁿ)."""
        return from_pauli_sum(self._operator)[None]

    def at(self, theta: FloatArray) -> ExactPoint:
        """The circuit at θ, shape (parameter,)."""
        return ExactPoint(self, theta)


class ExactPoint:
    """The circuit at one θ; what it has is computed when it is first needed."""

    def __init__(self, circuit: ExactCircuit, theta: FloatArray):
        self.circuit, self._theta = circuit, theta
        self._angles = circuit.form.angles(theta)

    @cached_property
    def _turned(self) -> Turned:
        return self.circuit.turns.at(self._angles)

    @cached_property
    def _factors(self) -> list[FloatArray]:
        return self.circuit.heisenberg.factors(self._turned.rotations)

    @cached_property
    def state_factors(self) -> list[ComplexArray]:
        """What ``StatePicture`` takes."""
        return self.circuit.states.factors(self.circuit.turns.unitaries(self._angles))

    @cached_property
    def evolved(self) -> FloatArray:
        """Coordinates of O_θ, shape (1, 4ⁿ)."""
        return self.circuit.heisenberg.evolved(self._factors, self.circuit.observable)

    def torques(self, slope: FloatArray) -> FloatArray:
        """Torques, shape (run, 3), of a function C with the slope ∂C/∂o_P, shape (1, 4ⁿ)."""
        return self.circuit.heisenberg.torques(self._factors, self.evolved, slope)

    def gradient(self, torques: FloatArray) -> FloatArray:
        """∂C/∂θ, shape (parameter,), from torques of shape (run, 3)."""
        derivatives = self.circuit.turns.gradient(self._turned, torques)
        return np.asarray(derivatives @ self.circuit.form.angles.jacobian(self._theta))
