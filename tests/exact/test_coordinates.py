"""Pauli coordinates, against Qiskit's matrices."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_operator, random_pauli_sum
from qiskit.quantum_info import Pauli, SparsePauliOp

from sggd_qiskit.exact.coordinates import from_dense, from_pauli_sum, letters_on, qubit_pairs, to_dense


def hermitian(rng, n, count):
    matrices = np.stack([random_operator(rng, 2**n) for _ in range(count)])
    return matrices + matrices.conj().swapaxes(1, 2)


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5])
def test_coordinates_are_overlaps_with_pauli_strings_and_lead_back(num_qubits):
    rng = np.random.default_rng(num_qubits)
    operators = hermitian(rng, num_qubits, 3)
    coordinates = from_dense(operators)
    assert coordinates.shape == (3, 4**num_qubits)
    for place in rng.integers(4**num_qubits, size=10):
        label = "".join("IXYZ"[letters_on(q, num_qubits)[place]] for q in reversed(range(num_qubits)))
        string = Pauli(label).to_matrix()
        wanted = [np.trace(string @ operator).real / 2**num_qubits for operator in operators]
        np.testing.assert_allclose(coordinates[:, place], wanted, atol=1e-12)
    np.testing.assert_allclose(to_dense(coordinates), operators, atol=1e-12)
    norms = np.linalg.norm(operators, axis=(1, 2)) ** 2 / 2**num_qubits
    np.testing.assert_allclose((coordinates**2).sum(axis=1), norms)


def test_a_pauli_sum_has_the_coordinates_of_its_matrix():
    operator = random_pauli_sum(np.random.default_rng(0), 3, 6)
    np.testing.assert_allclose(from_pauli_sum(operator), from_dense(operator.to_matrix()[None])[0], atol=1e-12)
    twice = SparsePauliOp(["IZ", "IZ", "YX"], [0.5, 0.25, 1])
    assert from_pauli_sum(twice)[3] == 0.75
    assert from_pauli_sum(twice)[1 + 4 * 2] == 1


@pytest.mark.parametrize("num_qubits", [1, 2, 5, 6])
def test_qubits_go_in_pairs_from_the_highest_qubit_down(num_qubits):
    pairs = qubit_pairs(num_qubits)
    assert [q for pair in pairs for q in pair] == list(reversed(range(num_qubits)))
    assert [len(pair) for pair in pairs[1:]] == [2] * (len(pairs) - 1)
