"""The local-states norm from exact expectation values in drawn states, for more qubits than 4ⁿ numbers are held for.

With D = O_θ - T[O_θ] it is the mean of ⟨ψ|D|ψ⟩² over products of single-qubit stabiliser states, ⟨ψ|D|ψ⟩ = Σ_s w_s f(V_s ψ),
w_s = -χ(s)/|S| but for the identity, where it is 1 - 1/|S|.
The states that are drawn are products of four that span a tetrahedron: they have the same mean, as any 2-design has, and the
square of a single Pauli string is the same in all of them. The only noise is that of the draw, whose spread gives the
standard errors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm, rotation_form
from sggd_qiskit.circuit.simulate import TETRAHEDRON, evolve
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.gradient.estimate import Estimate, of_few
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

BATCHES = 16
"""Parts of a draw, from whose spread the gradient's standard error is read."""

# States with Bloch vectors at the corners of a tetrahedron, shape (2, 4).
_STATES = np.array([[np.cos(tilt / 2), np.sin(tilt / 2) * np.exp(1j * turn)] for tilt, turn in TETRAHEDRON]).T


class DrawnLocalNorm:
    """The local-states norm, a mean over the observables, from drawn states.

    Args:
        group: S, over which T averages.
        states: how many are drawn, at least 16.
    """

    def __init__(self, group: SymmetryGroup, states: int):
        self._num_qubits, self._states = group.num_qubits, states
        forms = [None if e.circuit is None else rotation_form(e.circuit) for e in group.elements]
        self._elements = list(zip(group.elements, forms, strict=True))
        self._weights = -np.array(group.signs) / group.order
        self._weights[0] += 1

    def estimate(self, point: ExactPoint, rng: np.random.Generator, *, gradient: bool) -> Estimate:
        """The penalty at θ, unbiased, with its variance over the draws and what each draw contributes.

        Args:
            point: the circuit at θ.
            rng: draws the states, the same at every θ from the same state of ``rng``.
            gradient: whether the gradient is wanted.
        """
        letters = rng.integers(4, size=(self._num_qubits, self._states))
        squares, gradients = [], []
        for part in np.array_split(letters, BATCHES, axis=1):
            found, slope = self._batch(point, _product_states(part), gradient=gradient)
            squares.append(found)
            gradients.append(slope)
        values = np.concatenate(squares)
        value, variance = float(values.mean()), float(values.var(ddof=1)) / len(values)
        draws = (values / len(values),)
        if not gradient:
            return Estimate(value, variance, draws=draws)
        # The batches are of nearly the same size; their sums, not their means, add up to the gradient.
        parts = BATCHES * np.array(gradients) / len(values)
        return Estimate(
            value, variance, parts.mean(axis=0), of_few(BATCHES) * parts.var(axis=0, ddof=1) / BATCHES, draws
        )

    def _batch(
        self, point: ExactPoint, states: ComplexArray, *, gradient: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """The mean of ⟨ψ|D|ψ⟩² over the observables, for each state, and the gradient of the sum of these."""
        evolved = [point.evolve(_image(element, form, states)) for element, form in self._elements]
        found = np.einsum("s,skp->kp", self._weights, [point.expectations(images) for images in evolved])
        squares = (found**2).mean(axis=0)
        if not gradient:
            return squares, None
        slope = 2 / len(found) * found
        gradients = [
            point.state_gradient(images, weight * slope) for weight, images in zip(self._weights, evolved, strict=True)
        ]
        return squares, np.sum(gradients, axis=0)


def _product_states(letters: NDArray[np.integer]) -> ComplexArray:
    """Products of eigenstates, shape (2ⁿ, state), from their numbers 0 to 3 on every qubit, shape (qubit, state)."""
    states = np.ones((1, letters.shape[1]), dtype=complex)
    for single in _STATES[:, letters].swapaxes(0, 1):
        states = (single[:, None] * states).reshape(-1, letters.shape[1])
    return states


def _image(element: Element, form: RotationForm | None, states: ComplexArray) -> ComplexArray:
    """Vψ of the columns.

    Args:
        element: V.
        form: its circuit, if it has one.
        states: ψ, shape (2ⁿ, state).
    """
    target, phase = element.monomial
    images = np.empty_like(states)
    images[target] = phase[:, None] * states
    return images if form is None else evolve(form, form.angles(np.empty(0)), images)
