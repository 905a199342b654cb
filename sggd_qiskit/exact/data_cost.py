"""The data term (1/N) Σ_i ℓ(f_i, y_i) by linear algebra, in four ways that differ only in what they take.

All outputs are affine in O_θ, f_i = Σ_p W_ip F_p with F_p = ⟨ψ_p|O_θ|ψ_p⟩ of the prepared states.
"""

from __future__ import annotations

from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.simulate import state_slices
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.exact.coordinates import from_dense
from sggd_qiskit.exact.outputs import MOST_MATRIX_QUBITS, by_matrix, operators_of_slopes, outputs
from sggd_qiskit.exact.pauli_twirl import PauliTwirl
from sggd_qiskit.exact.value import ExactValue
from sggd_qiskit.losses.loss import PointLoss

MOST_ROW_ENTRIES = 2**22
"""Of the matrix that takes the coordinates of O_θ to the outputs: 32 MiB. With more, O_θ as a matrix is as fast."""
_CHUNK_ENTRIES = 2**21


class DataCost(Protocol):
    """The data term of a sample. It does not hold the sample, and so can be kept for as long as that lives."""

    def at(self, point: ExactPoint) -> ExactValue:
        """The mean loss at one θ."""
        ...

    def outputs(self, point: ExactPoint) -> FloatArray:
        """The outputs f at the same θ, shape (data, output)."""
        ...


def data_cost(
    sample: Sample, states: ComplexArray, twirl: PauliTwirl | None, loss: PointLoss, num_outputs: int
) -> DataCost:
    """The data term in the fastest way, by the loss and the size of the sample.

    Args:
        sample: the data points.
        states: of its preparations, shape (2ⁿ, preparation).
        twirl: T, if the outputs are those of T[O_θ].
        loss: ℓ.
        num_outputs: number of observables.
    """
    weights, targets = sample.weights, sample.targets(num_outputs)
    small, strings = len(states) <= 2**MOST_MATRIX_QUBITS, len(states) ** 2
    if small and loss.quadratic and min(len(targets), strings) * strings <= MOST_ROW_ENTRIES:
        return QuadraticCost(weights, targets, states, twirl)
    mean = MeanLoss(loss, weights, targets)
    if small and min(weights.shape) * strings <= MOST_ROW_ENTRIES:
        return ByCoordinates(mean, states, twirl)
    return ByMatrix(mean, states, twirl) if small or twirl is not None else ByStates(mean, states)


class QuadraticCost:
    """Of the squared error: with QR = (B, Y), f = B o, it is ‖R (o, -1)‖² divided by the numbers of data and outputs.

    So any number of points takes no longer than 4ⁿ of them, once R is made.

    Args:
        weights: W, shape (data, preparation), sparse.
        targets: Y, shape (data, output).
        states: of the preparations, shape (2ⁿ, preparation).
        twirl: T, if the outputs are those of T[O_θ].
    """

    def __init__(self, weights: sparse.csr_array, targets: FloatArray, states: ComplexArray, twirl: PauliTwirl | None):
        self._weights, self._states, self._twirl = weights, states, twirl
        self._size, strings = targets.size, len(states) ** 2
        self._compressed = len(targets) > strings
        size = max(strings, _CHUNK_ENTRIES // strings)
        rows = np.empty((0, strings + targets.shape[1]))
        for start in range(0, len(targets), size):
            chunk = slice(start, start + size)
            rows = np.concatenate([rows, np.hstack([_mixed_rows(weights[chunk], states), targets[chunk]])])
            if self._compressed:
                rows = np.asarray(np.linalg.qr(rows, mode="r"))
        self._targets = np.ascontiguousarray(rows[:, strings:].T)
        self._rows = np.ascontiguousarray(rows[:, :strings] if twirl is None else twirl(rows[:, :strings]))

    def at(self, point: ExactPoint) -> ExactValue:
        """See `DataCost`."""
        residuals = point.evolved @ self._rows.T - self._targets
        value = float(np.vdot(residuals, residuals)) / self._size
        return ExactValue(value, (2 / self._size * residuals) @ self._rows)

    def outputs(self, point: ExactPoint) -> FloatArray:
        """See `DataCost`."""
        if self._compressed:
            return outputs(point, self._weights, self._states, self._twirl)
        return np.asarray(self._rows @ point.evolved.T)


class MeanLoss:
    """(1/N) Σ_i ℓ(f_i, y_i) as a function of the outputs F of the preparations.

    Args:
        loss: ℓ.
        weights: W, shape (data, preparation), sparse; None if there is a preparation for each data point.
        targets: y, shape (data, output).
    """

    def __init__(self, loss: PointLoss, weights: sparse.csr_array | None, targets: FloatArray):
        self.loss, self.weights, self.targets = loss, weights, targets
        self._transposed = None if weights is None else weights.T.tocsr()

    def outputs(self, prepared: FloatArray) -> FloatArray:
        """Those of the data points, f = W F, shape (data, output), from F of shape (output, preparation)."""
        return prepared.T if self.weights is None else np.asarray(self.weights @ prepared.T)

    def value_and_slope(self, found: FloatArray) -> tuple[float, FloatArray]:
        """The mean loss and ∂C/∂F, shape (output, preparation), from f of shape (data, output)."""
        value = float(self.loss.value(found, self.targets).mean())
        slope = self.loss.slope(found, self.targets) / len(self.targets)
        return value, np.asarray(slope if self._transposed is None else self._transposed @ slope).T


class ByCoordinates:
    """Of any loss, the outputs as a matrix times the coordinates of O_θ, F = B o.

    The preparations are mixed beforehand where that makes the matrix no larger.

    Args:
        mean: the loss of the preparations' outputs.
        states: of the preparations, shape (2ⁿ, preparation).
        twirl: T, if the outputs are those of T[O_θ].
    """

    def __init__(self, mean: MeanLoss, states: ComplexArray, twirl: PauliTwirl | None):
        weights = mean.weights
        if weights is not None and weights.shape[0] <= weights.shape[1]:
            rows, self._mean = _mixed_rows(weights, states), MeanLoss(mean.loss, None, mean.targets)
        else:
            rows, self._mean = _rows(states), mean
        self._rows = np.ascontiguousarray(rows if twirl is None else twirl(rows))

    def at(self, point: ExactPoint) -> ExactValue:
        """See `DataCost`."""
        value, slope = self._mean.value_and_slope(self.outputs(point))
        return ExactValue(value, slope @ self._rows)

    def outputs(self, point: ExactPoint) -> FloatArray:
        """See `DataCost`."""
        return self._mean.outputs(point.evolved @ self._rows.T)


class ByMatrix:
    """Of any loss, the outputs by O_θ as a matrix: for many points, or a twirled observable, which no circuit has.

    Args:
        mean: the loss of the preparations' outputs.
        states: of the preparations, shape (2ⁿ, preparation).
        twirl: T, if the outputs are those of T[O_θ].
    """

    def __init__(self, mean: MeanLoss, states: ComplexArray, twirl: PauliTwirl | None):
        self._mean, self._states, self._twirl = mean, states, twirl

    def at(self, point: ExactPoint) -> ExactValue:
        """See `DataCost`."""
        value, slope = self._mean.value_and_slope(self.outputs(point))
        coordinates = len(self._states) * from_dense(operators_of_slopes(slope, self._states))
        return ExactValue(value, coordinates if self._twirl is None else self._twirl(coordinates))

    def outputs(self, point: ExactPoint) -> FloatArray:
        """See `DataCost`."""
        return self._mean.outputs(by_matrix(point, self._states, self._twirl))


class ByStates:
    """Of any loss, the outputs by carrying the states through the circuit, which takes no vectors of 4ⁿ numbers.

    Args:
        mean: the loss of the preparations' outputs.
        states: of the preparations, shape (2ⁿ, preparation).
    """

    def __init__(self, mean: MeanLoss, states: ComplexArray):
        self._mean, self._states = mean, states
        self._outputs: WeakKeyDictionary[ExactPoint, FloatArray] = WeakKeyDictionary()

    def at(self, point: ExactPoint) -> ExactValue:
        """See `DataCost`."""
        parts = state_slices(*self._states.shape)
        evolved = [point.evolve(self._states[:, part]) for part in parts]
        found = self._mean.outputs(np.concatenate([point.expectations(states) for states in evolved], axis=1))
        self._outputs[point] = found
        value, slope = self._mean.value_and_slope(found)

        def gradient() -> FloatArray:
            pairs = zip(parts, evolved, strict=True)
            return np.asarray(sum(point.state_gradient(states, slope[:, part]) for part, states in pairs))

        return ExactValue(value, gradient=gradient)

    def outputs(self, point: ExactPoint) -> FloatArray:
        """See `DataCost`."""
        if point not in self._outputs:
            self.at(point)
        return self._outputs[point]


def _mixed_rows(weights: sparse.csr_array, states: ComplexArray) -> FloatArray:
    """B of data points, from their rows of W: f = B o, shape (data, 4ⁿ)."""
    used = np.unique(weights.indices)
    return np.asarray(weights[:, used] @ _rows(states[:, used]))


def _rows(states: ComplexArray) -> FloatArray:
    """B of preparations: coordinates of |ψ⟩⟨ψ| times 2ⁿ, shape (preparation, 4ⁿ)."""
    size = len(states)
    rows = np.empty((states.shape[1], size**2))
    step = max(1, _CHUNK_ENTRIES // size**2)
    for start in range(0, len(rows), step):
        columns = states.T[start : start + step]
        rows[start : start + step] = size * from_dense(columns[:, :, None] * columns[:, None].conj())
    return rows
