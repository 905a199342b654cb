"""Exact outputs of a sample."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.data.sample import Sample
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.exact.coordinates import to_dense
from sggd_qiskit.exact.pauli_twirl import PauliTwirl

MOST_MATRIX_QUBITS = 6
"""With more, outputs take less by statevectors than by O_θ as a matrix."""


def outputs(point: ExactPoint, sample: Sample, states: ComplexArray, twirl: PauliTwirl | None) -> FloatArray:
    """Outputs of the data points, shape (data,), in the way that takes least; ``states`` are those of the preparations."""
    if twirl is not None or len(states) <= 2**MOST_MATRIX_QUBITS:
        return np.asarray(sample.weights @ by_matrix(point, states, twirl))
    picture = point.circuit.states
    prepared = [
        picture.expectations(picture.evolved(point.state_factors, states[:, chunk]))
        for chunk in picture.chunks(states.shape[1])
    ]
    return np.asarray(sample.weights @ np.concatenate(prepared))


def by_matrix(point: ExactPoint, states: ComplexArray, twirl: PauliTwirl | None) -> FloatArray:
    """⟨ψ|O_θ|ψ⟩ or ⟨ψ|T[O_θ]|ψ⟩ of each column, shape (state,), by O_θ as a matrix."""
    (matrix,) = to_dense(point.evolved if twirl is None else twirl(point.evolved))
    return np.asarray(np.einsum("dp,dp->p", states.conj(), matrix @ states).real)
