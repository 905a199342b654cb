"""The local-states norm from exact expectation values in drawn states, for more qubits than 4ⁿ numbers are held for.

With D = O_θ - T[O_θ] it is the mean of ⟨ψ|D|ψ⟩² over products of single-qubit stabiliser states, ⟨ψ|D|ψ⟩ = Σ_s w_s f(V_s ψ).
The only noise is that of the draw, whose spread gives the standard errors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm, rotation_form
from sggd_qiskit.circuit.simulate import evolve
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

BATCHES = 8
"""Parts of a draw, from whose spread the gradient's standard error is read."""

# The ±1 eigenstates of X, Y and Z, shape (2, 6).
_STATES = np.array([[1, 1, 1, 1, np.sqrt(2), 0], [1, -1, 1j, -1j, 0, np.sqrt(2)]]) / np.sqrt(2)


class DrawnLocalNorm:
    """The local-states norm from ``states`` drawn states, at least 8."""

    def __init__(self, group: SymmetryGroup, states: int):
        self._num_qubits, self._states = group.num_qubits, states
        forms = [None if e.circuit is None else rotation_form(e.circuit) for e in group.elements]
        self._elements = list(zip(group.elements, forms, strict=True))
        self._weights = np.full(group.order, -1 / group.order)
        self._weights[0] += 1

    def estimate(self, point: ExactPoint, rng: np.random.Generator, *, gradient: bool) -> Estimate:
        """The penalty at θ, unbiased, with its variance over the draws."""
        chosen = rng.integers(6, size=(self._num_qubits, self._states))
        squares, gradients = [], []
        for letters in np.array_split(chosen, BATCHES, axis=1):
            found, slope = self._batch(point, _product_states(letters), gradient=gradient)
            squares.append(found**2)
            gradients.append(slope)
        values = np.concatenate(squares)
        value, variance = float(values.mean()), float(values.var(ddof=1)) / len(values)
        if not gradient:
            return Estimate(value, variance)
        # The batches are of nearly the same size; their sums, not their means, add up to the gradient.
        parts = BATCHES * np.array(gradients) / len(values)
        return Estimate(value, variance, parts.mean(axis=0), parts.var(axis=0, ddof=1) / BATCHES)

    def _batch(
        self, point: ExactPoint, states: ComplexArray, *, gradient: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """⟨ψ|D|ψ⟩ of each state, and the gradient of the sum of their squares."""
        picture, factors = point.circuit.states, point.state_factors
        images = [_moved(element, form, states) for element, form in self._elements]
        evolved = [picture.evolved(factors, image) for image in images]
        found = self._weights @ [picture.expectations(each) for each in evolved]
        if not gradient:
            return found, None
        torques = [
            picture.torques(factors, each, picture.observed(each) * (2 * weight * found))
            for weight, each in zip(self._weights, evolved, strict=True)
        ]
        return found, point.gradient(np.sum(torques, axis=0))


def _product_states(letters: NDArray[np.integer]) -> ComplexArray:
    """Products of eigenstates, shape (2ⁿ, state), from their numbers 0 to 5 on every qubit, shape (qubit, state)."""
    states = np.ones((1, letters.shape[1]), dtype=complex)
    for single in _STATES[:, letters].swapaxes(0, 1):
        states = (single[:, None] * states).reshape(-1, letters.shape[1])
    return states


def _moved(element: Element, form: RotationForm | None, states: ComplexArray) -> ComplexArray:
    """Vψ of the columns, the circuit of V being given in rotation form."""
    target, phase = element.monomial
    moved = np.empty_like(states)
    moved[target] = phase[:, None] * states
    return moved if form is None else evolve(form, form.angles(np.empty(0)), moved)
