"""The squared norm of what the twirl takes away, against dense matrices and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_groups, random_pauli_sum, twirl

from sggd_qiskit.exact.coordinates import from_dense, from_pauli_sum, letters_on
from sggd_qiskit.exact.penalty import SquaredNorm, local_weights, norm_factor

GROUPS = random_groups()
STEP = 1e-5


def dense_norm(matrix, norm):
    """‖D‖² of an operator."""
    if norm == "local_states":
        (coordinates,) = from_dense(matrix[None])
        n = (len(coordinates).bit_length() - 1) // 2
        support = sum((letters_on(q, n) != 0).astype(int) for q in range(n))
        return (coordinates**2 / 3.0**support).sum()
    return np.linalg.norm(matrix) ** 2 / (1 if norm == "hilbert_schmidt" else len(matrix))


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("norm", ["hilbert_schmidt", "normalized_hilbert_schmidt", "local_states"])
@pytest.mark.parametrize(("name", "group"), GROUPS, ids=[name for name, _ in GROUPS])
def test_value_and_slope_are_means_over_the_observables(name, group, norm, outputs):
    rng = np.random.default_rng([len(name), outputs])
    observables = [random_pauli_sum(rng, group.num_qubits, 4) for _ in range(outputs)]
    matrices = [observable.to_matrix() for observable in observables]
    wanted = np.mean([dense_norm(matrix - twirl(group, matrix), norm) for matrix in matrices])
    squared, evolved = SquaredNorm(group, norm), np.stack([from_pauli_sum(observable) for observable in observables])
    value, slope = squared.value_and_slope(evolved)
    assert value == pytest.approx(wanted, abs=1e-12)
    assert slope.shape == evolved.shape
    for direction in rng.normal(size=(3, *evolved.shape)):
        sides = [squared.value_and_slope(evolved + sign * STEP * direction)[0] for sign in (1, -1)]
        assert (slope * direction).sum() == pytest.approx((sides[0] - sides[1]) / (2 * STEP), abs=1e-6)


def test_factors_and_weights_of_the_norms():
    assert norm_factor("hilbert_schmidt", 3) == 8
    assert norm_factor("normalized_hilbert_schmidt", 3) == norm_factor("local_states", 3) == 1
    np.testing.assert_allclose(local_weights(2)[[0, 1, 4, 5]], [1, 1 / 3, 1 / 3, 1 / 9])
