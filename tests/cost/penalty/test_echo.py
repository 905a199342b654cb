"""What echoes cost, and the ensembles of eigenstates that they and the swap tests run on."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit.quantum_info import SparsePauliOp, Statevector

from sggd_qiskit.circuit.paulis import traceless
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.cost.penalty.echo import Echo
from sggd_qiskit.cost.penalty.eigenstates import eigenstate_pairs, eigenstates, state_preparation
from sggd_qiskit.cost.penalty.ensemble import Ensemble
from sggd_qiskit.cost.penalty.overlap import OverlapPenalty
from sggd_qiskit.cost.request import Request
from sggd_qiskit.data.sample import classical
from sggd_qiskit.symmetry.group import SymmetryGroup


def projectors(angles, n):
    circuit, parameters = state_preparation(n)
    for row in angles:
        state = Statevector(circuit.assign_parameters(dict(zip(parameters, row, strict=True)))).data
        yield np.outer(state, state.conj())


def density(ensemble, n):
    return sum(w * p for w, p in zip(ensemble.weights[:, 0], projectors(ensemble.angles, n), strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_eigenstates_make_up_the_observable(seed):
    rng = np.random.default_rng(seed)
    n = 1 + seed % 3
    observable = traceless(random_pauli_sum(rng, n, 5))
    np.testing.assert_allclose(2**n * density(all_of(observable), n), observable.to_matrix(), atol=1e-12)


def test_eigenstates_of_weight_zero_are_left_out():
    # Z0 + Z1 vanishes on half of the basis states.
    assert len(all_of(SparsePauliOp(["IZ", "ZI"]))) == 2


def test_drawn_eigenstates_make_up_the_observable_on_average():
    observable = SparsePauliOp(["XX", "ZI", "YZ"], [0.5, -1.0, 0.3])
    rng = np.random.default_rng(5)
    drawn = [eigenstates((observable,), 11, rng) for _ in range(1800)]  # of 12
    angles = np.concatenate([ensemble.angles for ensemble in drawn])
    states, number = np.unique(angles, axis=0, return_inverse=True)
    weights = np.bincount(number.ravel(), np.concatenate([ensemble.weights[:, 0] for ensemble in drawn])) / len(drawn)
    mean = 4 * density(Ensemble(states, weights[:, None], drawn=False), 2)
    np.testing.assert_allclose(mean, observable.to_matrix(), atol=0.08)
    assert all(ensemble.drawn and len(ensemble) == 11 for ensemble in drawn)


def test_pairs_make_up_the_product():
    observable = SparsePauliOp(["XX", "ZI", "YZ"], [0.5, -1.0, 0.3])
    pairs = eigenstate_pairs((observable,), 144, np.random.default_rng(1))
    assert not pairs.drawn
    left, right = (list(projectors(part, 2)) for part in np.split(pairs.angles, 2, axis=1))
    product = sum(w * np.kron(a, b) for w, a, b in zip(pairs.weights[:, 0], left, right, strict=True))
    matrix = observable.to_matrix()
    np.testing.assert_allclose(4 * product, np.kron(matrix, matrix), atol=1e-12)


def test_pairs_are_drawn_if_there_are_too_many():
    pairs = eigenstate_pairs((SparsePauliOp(["XX", "ZI", "YZ"]),), 143, np.random.default_rng(1))
    assert pairs.drawn
    assert len(pairs) == 143


def all_of(observable):
    return eigenstates((observable,), 10**6, np.random.default_rng(0))


def planned(penalty, theta, *, gradient):
    request = Request(0, theta, (), classical((), np.empty((0, 0)), np.empty(0)))
    return penalty.plan(request, np.random.default_rng(0), gradient=gradient)


def echoes(group, observable, seed=0, qubits=3):
    form = rotation_form(random_ansatz(np.random.default_rng(seed), qubits, 4))
    return form, OverlapPenalty(Echo, form, (observable,), group, shots=100)


def test_a_permutation_costs_no_gates():
    form, penalty = echoes(SymmetryGroup.from_generators([(1, 0, 2)]), SparsePauliOp(["IIZ", "XXI"]))
    preparation, _ = state_preparation(3)
    (measurement,) = penalty.measurements
    assert measurement.circuit.size() == preparation.size() + 2 * form.template.size()
    assert measurement.circuit.num_qubits == 3


def test_one_circuit_for_each_pair_of_inverses():
    form, penalty = echoes(SymmetryGroup.named("cyclic", 3), SparsePauliOp(["IIZ"]))
    theta = np.zeros(len(form.angles.parameters))
    assert len(penalty.measurements) == 1
    # Both copies are shifted, as this element stands for its inverse too: 1 + 2·2K rows.
    (setting,) = planned(penalty, theta, gradient=True).settings
    assert setting.shape == (1 + 4 * form.num_angles, 8)
    (setting,) = planned(penalty, theta, gradient=False).settings
    assert setting.shape == (1, 8)


def test_an_element_that_is_its_own_inverse_shifts_one_copy_only():
    form, penalty = echoes(SymmetryGroup.named("parity", 3), SparsePauliOp(["IIX"]))
    (setting,) = planned(penalty, np.zeros(len(form.angles.parameters)), gradient=True).settings
    assert setting.shape == (1 + 2 * form.num_angles, 8)
    # 100 shots are shared among the 8 eigenstates.
    assert setting.shots == 13
