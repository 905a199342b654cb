"""The squared error by linear algebra, in three ways that differ only in what they cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.cost.squared_error import squared_error_slope
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.exact.coordinates import from_dense
from sggd_qiskit.exact.outputs import by_matrix, outputs
from sggd_qiskit.exact.pauli_twirl import PauliTwirl

MOST_COORDINATE_QUBITS = 6
MOST_ROW_ENTRIES = 2**22
"""Of the matrix that takes O_θ to the outputs. With more, or on more qubits, carrying the states is faster."""
_CHUNK_ENTRIES = 2**21


@dataclass(frozen=True, eq=False)
class Fit:
    """The squared error at one θ.

    Attributes:
        value: (1/N) Σ_i (f_i - y_i)².
        outputs: makes f, shape (data,).
        torques: makes those that ``ExactPoint.gradient`` takes, shape (run, 3), of the error or of its sum with a function
            of O_θ whose slope is given, shape (1, 4ⁿ).
    """

    value: float
    outputs: Callable[[], FloatArray]
    torques: Callable[[FloatArray | None], FloatArray]


class ExactError(Protocol):
    """The squared error of a sample. It does not hold the sample, and so can be kept as long as that lives."""

    def at(self, point: ExactPoint, sample: Sample) -> Fit:
        """The error at one θ, of the sample that this was made for."""
        ...


def exact_error(sample: Sample, states: ComplexArray, twirl: PauliTwirl | None) -> ExactError:
    """The squared error in the fastest way, by the size of the sample and of its preparations' states."""
    strings = len(states) ** 2
    small = strings <= 4**MOST_COORDINATE_QUBITS and min(len(sample), strings) * strings <= MOST_ROW_ENTRIES
    if small:
        return ByCoordinates(sample, states, twirl)
    return ByStates(states) if twirl is None else ByMatrix(states, twirl)


class ByCoordinates:
    """The outputs as a matrix times the coordinates of O_θ, f = B o.

    With QR = (B, y) the error is ‖R (o, -1)‖²/N, so that any number of points costs no more than 4ⁿ of them, once R is made.
    """

    def __init__(self, sample: Sample, states: ComplexArray, twirl: PauliTwirl | None):
        self._states, self._twirl = states, twirl
        strings = len(states) ** 2
        self._compressed = len(sample) > strings
        size = max(strings, _CHUNK_ENTRIES // strings)
        rows = np.empty((0, strings + 1))
        for start in range(0, len(sample), size):
            rows = np.concatenate([rows, _rows(sample, states, slice(start, start + size))])
            if self._compressed:
                rows = np.asarray(np.linalg.qr(rows, mode="r"))
        self._targets = np.ascontiguousarray(rows[:, -1])
        self._rows = np.ascontiguousarray(rows[:, :-1] if twirl is None else twirl(rows[:, :-1]))

    def at(self, point: ExactPoint, sample: Sample) -> Fit:
        """The error at one θ."""
        found = self._rows @ point.evolved[0]
        residuals = found - self._targets
        count = len(sample)
        slope = ((2 / count * residuals) @ self._rows)[None]
        return Fit(
            float(residuals @ residuals) / count,
            (lambda: outputs(point, sample, self._states, self._twirl)) if self._compressed else (lambda: found),
            lambda other: point.torques(slope if other is None else slope + other),
        )


class ByMatrix:
    """The outputs by O_θ as a matrix, for a twirled observable, which no circuit has."""

    def __init__(self, states: ComplexArray, twirl: PauliTwirl):
        self._states, self._twirl = states, twirl

    def at(self, point: ExactPoint, sample: Sample) -> Fit:
        """The error at one θ."""
        value, found, slope = _error(sample, by_matrix(point, self._states, self._twirl))
        operator = (self._states * slope) @ self._states.conj().T
        coordinates = len(operator) * self._twirl(from_dense(operator[None]))
        return Fit(
            value, lambda: found, lambda other: point.torques(coordinates if other is None else coordinates + other)
        )


class ByStates:
    """The outputs by carrying the states through the circuit, which takes no vectors of 4ⁿ numbers."""

    def __init__(self, states: ComplexArray):
        self._states = states

    def at(self, point: ExactPoint, sample: Sample) -> Fit:
        """The error at one θ."""
        picture, factors = point.circuit.states, point.state_factors
        chunks = picture.chunks(self._states.shape[1])
        evolved = [picture.evolved(factors, self._states[:, chunk]) for chunk in chunks]
        value, found, slope = _error(sample, np.concatenate([picture.expectations(part) for part in evolved]))

        def torques(other: FloatArray | None) -> FloatArray:
            parts = [
                picture.torques(factors, part, picture.observed(part) * slope[chunk])
                for chunk, part in zip(chunks, evolved, strict=True)
            ]
            return np.asarray(np.sum(parts if other is None else [*parts, point.torques(other)], axis=0))

        return Fit(value, lambda: found, torques)


def _error(sample: Sample, prepared: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """The squared error, the outputs, and the error's derivatives by the outputs of the preparations."""
    found = np.asarray(sample.weights @ prepared)
    residuals = found - sample.labels
    return float(residuals @ residuals) / len(sample), found, squared_error_slope(sample, prepared)


def _rows(sample: Sample, states: ComplexArray, points: slice) -> FloatArray:
    """(B, y) of some of the data points, shape (point, 4ⁿ + 1)."""
    weights = sample.weights[points]
    used = np.unique(weights.indices)
    columns = states.T[used]
    prepared = len(states) * from_dense(columns[:, :, None] * columns[:, None].conj())
    return np.concatenate([weights[:, used] @ prepared, sample.labels[points, None]], axis=1)
