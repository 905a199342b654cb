"""The penalty of post-processed outputs against matrices on m copies, and finite differences."""

from __future__ import annotations

from functools import reduce
from itertools import permutations
from math import comb, factorial

import numpy as np
import pytest
from builders import random_pauli_sum

from sggd_qiskit.exact.coordinates import from_pauli_sum
from sggd_qiskit.exact.modified_penalty import ModifiedNorm
from sggd_qiskit.exact.penalty import SquaredNorm
from sggd_qiskit.symmetry.group import SymmetryGroup

STEP = 1e-5
GROUPS = {
    "two qubits": SymmetryGroup.from_generators(["ZX", (1, 0)], 2),
    "one qubit": SymmetryGroup.from_generators(["Y"], 1),
    "labels that change sign": SymmetryGroup.from_generators(["ZX", (1, 0)], 2, character=[-1, 1]),
}


def symmetric_projector(size, order):
    copies = np.eye(size**order).reshape((size,) * (2 * order))
    rest = tuple(range(order, 2 * order))
    total = sum(copies.transpose((*p, *rest)) for p in permutations(range(order)))
    return total.reshape(size**order, size**order) / factorial(order)


def brute_force(group, operator, coefficients):
    size, order = len(operator), len(coefficients) - 1
    projector, one = symmetric_projector(size, order), np.eye(size)

    def copies(matrix):
        return sum(c * reduce(np.kron, [matrix] * k + [one] * (order - k)) for k, c in enumerate(coefficients))

    pairs = zip(group.elements, group.signs, strict=True)
    moved = [sign * copies(e.matrix.conj().T @ operator @ e.matrix) for e, sign in pairs]
    return np.linalg.norm(projector @ (copies(operator) - sum(moved) / len(moved)) @ projector) ** 2


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_value_and_slope_against_matrices_of_all_copies(group, order):
    rng = np.random.default_rng(order)
    observable = 3 * random_pauli_sum(rng, group.num_qubits, 3)
    coefficients = (0.0 if group.turns_labels else rng.normal(), *rng.normal(size=order))
    evolved = from_pauli_sum(observable)[None]
    norm = ModifiedNorm(group, "hilbert_schmidt", coefficients)
    value, slope = norm.value_and_slope(evolved)
    assert value == pytest.approx(brute_force(group, observable.to_matrix(), coefficients), rel=1e-9, abs=1e-9)
    for direction in rng.normal(size=(3, *evolved.shape)):
        sides = [norm.value_and_slope(evolved + sign * STEP * direction)[0] for sign in (1, -1)]
        assert (slope * direction).sum() == pytest.approx((sides[0] - sides[1]) / (2 * STEP), rel=1e-5, abs=1e-5)
    normalized = ModifiedNorm(group, "normalized_hilbert_schmidt", coefficients).value_and_slope(evolved)[0]
    assert normalized == pytest.approx(value / comb(2**group.num_qubits + order - 1, order))


def test_an_even_function_is_symmetric_where_the_output_only_changes_sign():
    group, evolved = SymmetryGroup.from_generators(["X"], 1), np.array([[0.0, 0.0, 0.0, 1.0]])
    assert SquaredNorm(group, "hilbert_schmidt").value_and_slope(evolved)[0] == pytest.approx(2)
    assert ModifiedNorm(group, "hilbert_schmidt", (-1, 0, 2)).value_and_slope(evolved)[0] == pytest.approx(0, abs=1e-12)
