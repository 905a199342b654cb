"""The twirl is a self-adjoint projection on what commutes with the group."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_groups, random_operator, random_pauli_sum, twirl
from qiskit import QuantumCircuit
from qiskit.quantum_info import Pauli, SparsePauliOp

from sggd_qiskit.circuit.paulis import PauliError
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.twirl import conjugated, twirl_pauli_sum

EXACT = 1e-10
GROUPS = pytest.mark.parametrize("group", [pytest.param(group, id=name) for name, group in random_groups()])


def dense_twirl(group: SymmetryGroup, operator: np.ndarray) -> np.ndarray:
    """The mean of V†XV, matrix by matrix."""
    return np.mean([e.matrix.conj().T @ operator @ e.matrix for e in group.elements], axis=0)


@GROUPS
def test_conjugation_is_v_dagger_x_v(group):
    operator = random_operator(np.random.default_rng(0), 2**group.num_qubits)
    for element in group.elements[:20]:
        wanted = element.matrix.conj().T @ operator @ element.matrix
        np.testing.assert_allclose(conjugated(element, operator), wanted, atol=EXACT)


@GROUPS
def test_the_twirl_is_the_mean(group):
    operator = random_operator(np.random.default_rng(1), 2**group.num_qubits)
    np.testing.assert_allclose(twirl(group, operator), dense_twirl(group, operator), atol=EXACT)


@GROUPS
def test_the_twirl_is_a_self_adjoint_projection(group):
    rng = np.random.default_rng(2)
    a, b = (random_operator(rng, 2**group.num_qubits) for _ in range(2))
    once = twirl(group, a)
    np.testing.assert_allclose(twirl(group, once), once, atol=EXACT)
    assert abs(np.vdot(b, once) - np.vdot(twirl(group, b), a)) < EXACT * len(a) ** 2
    np.testing.assert_allclose(twirl(group, a.conj().T), once.conj().T, atol=EXACT)
    assert abs(np.trace(once) - np.trace(a)) < EXACT * len(a)


@GROUPS
def test_the_twirled_operator_commutes_with_the_group(group):
    operator = twirl(group, random_operator(np.random.default_rng(3), 2**group.num_qubits))
    for element in group.elements:
        np.testing.assert_allclose(element.matrix @ operator, operator @ element.matrix, atol=EXACT)


@GROUPS
def test_what_commutes_is_left_as_it_is(group):
    # The commutant, as the null space of X ↦ (VX - XV) over the group.
    d = 2**group.num_qubits
    one = np.eye(d)
    rows = [np.kron(e.matrix, one) - np.kron(one, e.matrix.T) for e in group.elements[1:20]]
    _, sizes, right = np.linalg.svd(np.concatenate(rows), full_matrices=False)
    if group.order <= 20:
        for row in right[sizes < EXACT]:
            np.testing.assert_allclose(twirl(group, row.conj().reshape(d, d)), row.conj().reshape(d, d), atol=EXACT)
    np.testing.assert_allclose(twirl(group, one.astype(complex)), one, atol=EXACT)


@GROUPS
def test_the_squared_distance_is_a_difference_of_overlaps(group):
    operator = random_pauli_sum(np.random.default_rng(4), group.num_qubits, 6).to_matrix()
    distance = np.linalg.norm(operator - twirl(group, operator)) ** 2
    overlaps = [np.vdot(operator, conjugated(element, operator)).real for element in group.elements]
    assert abs(distance - (np.vdot(operator, operator).real - np.mean(overlaps))) < EXACT
    by_pairs = overlaps[0]
    for element, count in group.inverse_pairs:
        by_pairs += count * np.vdot(operator, conjugated(element, operator)).real
    assert abs(by_pairs / group.order - np.mean(overlaps)) < EXACT


@GROUPS
@pytest.mark.parametrize("seed", range(2))
def test_the_twirl_of_a_pauli_sum_is_the_dense_twirl(group, seed):
    operator = random_pauli_sum(np.random.default_rng(seed), group.num_qubits, 7)
    twirled = twirl_pauli_sum(operator, group)
    assert isinstance(twirled, SparsePauliOp)
    np.testing.assert_allclose(twirled.to_matrix(), dense_twirl(group, operator.to_matrix()), atol=EXACT)
    assert np.abs(twirled.coeffs.imag).max() < EXACT


def test_a_pauli_sum_on_many_qubits():
    n = 30
    shift = SymmetryGroup.from_generators([[*range(1, n), 0], "Z" * n])
    operator = SparsePauliOp.from_sparse_list([("Z", [0], 1.0), ("X", [1], 2.0), ("XX", [0, 1], 3.0)], num_qubits=n)
    twirled = twirl_pauli_sum(operator, shift).to_sparse_list()
    assert len(twirled) == 2 * n
    assert {letters for letters, _, _ in twirled} == {"Z", "XX"}
    np.testing.assert_allclose(sorted(c.real for *_, c in twirled), [1 / n] * n + [3 / n] * n)


def test_the_adjoint_stands_on_the_left():
    # Over a group V and V† do the same; over two elements that are none they do not.
    circuit = QuantumCircuit(2)
    circuit.s(0)
    circuit.h(0)
    circuit.cx(0, 1)
    pair = SymmetryGroup(SymmetryGroup.from_generators([circuit]).elements[:2], "pair")
    operator = random_pauli_sum(np.random.default_rng(5), 2, 9)
    wanted = dense_twirl(pair, operator.to_matrix())
    np.testing.assert_allclose(twirl_pauli_sum(operator, pair).to_matrix(), wanted, atol=EXACT)
    np.testing.assert_allclose(twirl(pair, operator.to_matrix()), wanted, atol=EXACT)


def test_an_observable_as_a_user_writes_it():
    group = SymmetryGroup.named("swap", 2)
    wanted = SparsePauliOp.from_list([("IZ", 0.25), ("ZI", 0.25)])
    for written in ("0.5 Z0", {"Z0": 0.5}, SparsePauliOp("IZ", 0.5)):
        assert twirl_pauli_sum(written, group).equiv(wanted)
    assert twirl_pauli_sum(Pauli("XX"), group).equiv(SparsePauliOp("XX"))


@pytest.mark.parametrize(
    ("observable", "found"), [("ZZZ", "'ZZZ'"), (Pauli("ZZZ"), "3 qubits"), ("nothing", "'nothing'")]
)
def test_an_observable_that_can_not_be_twirled(observable, found):
    with pytest.raises(PauliError, match=found):
        twirl_pauli_sum(observable, SymmetryGroup.named("swap", 2))


def test_the_observable_comes_first():
    group = SymmetryGroup.named("swap", 2)
    with pytest.raises(TypeError, match=r"group of type Pauli; .*observable, group"):
        twirl_pauli_sum(group, Pauli("XX"))
