"""Both pictures of a circuit in layers, against dense matrices and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum, random_states, unitary
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from sggd_qiskit.circuit import statevectors
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.model import HardwareEfficientAnsatz
from sggd_qiskit.exact.coordinates import from_dense, from_pauli_sum
from sggd_qiskit.exact.heisenberg import HeisenbergPicture
from sggd_qiskit.exact.layers import layered
from sggd_qiskit.exact.statevectors import StatePicture
from sggd_qiskit.exact.turns import Turns
from sggd_qiskit.model.ansatzes import hardware_efficient

EXACT, STEP = 1e-11, 1e-5


def case(seed, num_qubits):
    rng = np.random.default_rng([seed, num_qubits])
    form = rotation_form(random_ansatz(rng, num_qubits, 13))
    return rng, form, random_pauli_sum(rng, num_qubits, 5), rng.uniform(-4, 4, size=form.num_angles)


def every_pair_gate():
    """Rotations about every pair of letters, free and fixed, next to one another and not."""
    theta = ParameterVector("t", 8)
    circuit = QuantumCircuit(3)
    circuit.h([0, 1, 2])
    for k, gate in enumerate(("rxx", "ryy", "rzz", "rzx")):
        getattr(circuit, gate)(theta[2 * k], 0, 1)
        getattr(circuit, gate)(theta[2 * k + 1], 2, 0)
        getattr(circuit, gate)(0.3 + k, 1, 2)
        circuit.t(k % 3)
        circuit.swap(k % 3, (k + 1) % 3)
    return circuit


def dense_outputs(form, observable, angles, states):
    evolved = unitary(form, angles) @ states
    return np.einsum("ds,ds->s", evolved.conj(), observable.to_matrix() @ evolved).real


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seed", range(3))
def test_the_evolved_observable_is_that_of_the_matrices(seed, num_qubits):
    rng, form, observable, angles = case(seed, num_qubits)
    layers = layered(form)
    picture, matrix = HeisenbergPicture(layers), unitary(form, angles)
    factors = picture.factors(Turns(layers).at(angles).rotations)
    operators = np.stack([observable.to_matrix(), random_pauli_sum(rng, num_qubits, 3).to_matrix()])
    found = picture.evolved(factors, from_dense(operators))
    np.testing.assert_allclose(found, from_dense(matrix.conj().T @ operators @ matrix), atol=EXACT)
    before = found.copy()
    picture.evolved(factors, np.zeros_like(found))
    np.testing.assert_array_equal(found, before)  # results are no views of the working memory


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(2))
def test_both_gradients_of_an_output_equal_finite_differences(seed, num_qubits):
    rng, form, observable, angles = case(seed, num_qubits)
    layers, states = layered(form), random_states(rng, num_qubits, 3)
    turns = Turns(layers)
    weights = rng.normal(size=3)

    def cost(angles):
        return weights @ dense_outputs(form, observable, angles, states)

    differences = [(cost(angles + e) - cost(angles - e)) / (2 * STEP) for e in STEP * np.eye(len(angles))]
    turned = turns.at(angles)
    operators = HeisenbergPicture(layers)
    factors = operators.factors(turned.rotations)
    evolved = operators.evolved(factors, from_pauli_sum(observable)[None])
    slope = 2**num_qubits * from_dense(((states * weights) @ states.conj().T)[None])
    np.testing.assert_allclose(
        turns.gradient(turned, operators.torques(factors, evolved, slope)), differences, atol=1e-7
    )
    picture = StatePicture(layers, observable)
    state_factors = picture.factors(turns.unitaries(angles))
    final = picture.evolved(state_factors, states)
    np.testing.assert_allclose(picture.expectations(final), dense_outputs(form, observable, angles, states), atol=EXACT)
    np.testing.assert_array_equal(picture.evolved(state_factors, np.asfortranarray(states)), final)
    torques = picture.torques(state_factors, final, picture.observed(final) * weights)
    np.testing.assert_allclose(turns.gradient(turned, torques), differences, atol=1e-7)


def test_rotations_about_two_qubits_whether_free_or_fixed():
    form = rotation_form(every_pair_gate())
    angles = np.random.default_rng(0).uniform(-4, 4, size=form.num_angles)
    observable = random_pauli_sum(np.random.default_rng(1), 3, 5)
    layers, matrix = layered(form), unitary(form, angles)
    picture = HeisenbergPicture(layers)
    found = picture.evolved(picture.factors(Turns(layers).at(angles).rotations), from_pauli_sum(observable)[None])
    wanted = from_dense((matrix.conj().T @ observable.to_matrix() @ matrix)[None])
    np.testing.assert_allclose(found, wanted, atol=EXACT)


@pytest.mark.parametrize("num_qubits", [3, 4])
def test_a_layered_ansatz_has_as_many_layers(num_qubits):
    config = HardwareEfficientAnsatz(kind="hardware_efficient", layers=5)
    layers = layered(rotation_form(hardware_efficient(config, num_qubits)))
    assert layers.num_layers == 5
    assert layers.axes.shape == (3, 5 * num_qubits, 3)
    assert [len(gates) for gates in layers.pairs] == [num_qubits] * 5


def test_fixed_gates_that_cancel_make_no_layer():
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.h(0)
    circuit.cx(0, 1)
    assert layered(rotation_form(circuit)).num_layers == 1


def test_states_are_taken_in_slices_that_fit_a_cache(monkeypatch):
    _, form, observable, _ = case(0, 3)
    picture = StatePicture(layered(form), observable)
    assert picture.chunks(5) == [slice(0, 5)]
    monkeypatch.setattr(statevectors, "MOST_AMPLITUDES", 2 * 8)
    assert picture.chunks(5) == [slice(0, 2), slice(2, 4), slice(4, 5)]
