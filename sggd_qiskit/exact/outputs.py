"""Exact outputs of data points."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.simulate import state_slices
from sggd_qiskit.exact.circuit import ExactPoint
from sggd_qiskit.exact.coordinates import to_dense
from sggd_qiskit.exact.pauli_twirl import PauliTwirl

MOST_MATRIX_QUBITS = 6
"""With more, outputs take less time by statevectors than by O_θ as a matrix."""


def outputs(point: ExactPoint, weights: sparse.csr_array, states: ComplexArray, twirl: PauliTwirl | None) -> FloatArray:
    """Outputs f = W F of the data points, shape (data, output), in the way that takes least.

    Args:
        point: the circuit at θ.
        weights: W, shape (data, preparation), sparse.
        states: of the preparations, shape (2ⁿ, preparation).
        twirl: T, if the observables are averaged over a group.
    """
    if twirl is not None or len(states) <= 2**MOST_MATRIX_QUBITS:
        return np.asarray(weights @ by_matrix(point, states, twirl).T)
    prepared = [point.expectations(point.evolve(states[:, part])) for part in state_slices(*states.shape)]
    return np.asarray(weights @ np.concatenate(prepared, axis=1).T)


def by_matrix(point: ExactPoint, states: ComplexArray, twirl: PauliTwirl | None) -> FloatArray:
    """F: ⟨ψ|O_θ|ψ⟩ or ⟨ψ|T[O_θ]|ψ⟩ of each column, shape (output, preparation), by O_θ as a matrix.

    Args:
        point: the circuit at θ.
        states: ψ, shape (2ⁿ, preparation).
        twirl: T, if the observables are averaged over a group.
    """
    matrices = to_dense(point.evolved if twirl is None else twirl(point.evolved))
    found = np.empty((len(matrices), states.shape[1]))
    for part in state_slices(*states.shape):
        columns = states[:, part]
        conjugate = columns.conj()
        for row, matrix in zip(found, matrices, strict=True):
            row[part] = np.einsum("dp,dp->p", conjugate, matrix @ columns).real
    return found


def operators_of_slopes(slope: FloatArray, states: ComplexArray) -> ComplexArray:
    """∂C/∂O = Σ_p (∂C/∂F_p) |ψ_p⟩⟨ψ_p| of a function C of F, shape (output, 2ⁿ, 2ⁿ).

    Args:
        slope: ∂C/∂F, shape (output, preparation).
        states: ψ, shape (2ⁿ, preparation).
    """
    operators = np.zeros((len(slope), len(states), len(states)), dtype=complex)
    for part in state_slices(*states.shape):
        columns = states[:, part]
        adjoint = columns.conj().T
        for output, row in enumerate(slope):
            operators[output] += (columns * row[part]) @ adjoint
    return operators
