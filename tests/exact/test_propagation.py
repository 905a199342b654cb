"""Propagation of operators and of states through a circuit in layers, against dense matrices and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum, random_states, unitary
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.model import HardwareEfficientAnsatz
from sggd_qiskit.exact import pauli_propagation
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.coordinates import from_dense
from sggd_qiskit.exact.layers import layered
from sggd_qiskit.model.ansatzes import hardware_efficient

EXACT, STEP = 1e-11, 1e-5


def case(seed, num_qubits, outputs=1):
    rng = np.random.default_rng([seed, num_qubits])
    form = rotation_form(random_ansatz(rng, num_qubits, 13))
    observables = [random_pauli_sum(rng, num_qubits, 5) for _ in range(outputs)]
    return rng, form, observables, rng.uniform(-4, 4, size=13)


def every_two_qubit_gate():
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


def evolved_matrices(form, observables, theta):
    matrix = unitary(form, form.angles(theta))
    return np.stack([matrix.conj().T @ observable.to_matrix() @ matrix for observable in observables])


def differences(function, theta):
    return [(function(theta + e) - function(theta - e)) / (2 * STEP) for e in STEP * np.eye(len(theta))]


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5])
def test_the_evolved_observables_are_those_of_the_matrices(num_qubits, outputs):
    _, form, observables, theta = case(outputs, num_qubits, outputs)
    circuit = ExactCircuit(form, observables)
    found = circuit.at(theta).evolved
    assert found.shape == (outputs, 4**num_qubits)
    np.testing.assert_allclose(found, from_dense(evolved_matrices(form, observables, theta)), atol=EXACT)
    before = found.copy()
    circuit.at(theta + 1).gradient(np.ones_like(found))
    np.testing.assert_array_equal(found, before)  # results are no views of the working memory


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4, 5, 7])
def test_gradients_by_operators_and_by_states_equal_finite_differences(num_qubits, outputs):
    rng, form, observables, theta = case(outputs, num_qubits, outputs)
    states, weights = random_states(rng, num_qubits, 3), rng.normal(size=(outputs, 3))
    circuit = ExactCircuit(form, observables)
    operators = from_dense(np.stack([(states * row) @ states.conj().T for row in weights])) * 2**num_qubits

    def cost(theta):
        return float((operators * circuit.at(theta).evolved).sum())

    point, wanted = circuit.at(theta), differences(cost, theta)
    np.testing.assert_allclose(point.gradient(operators), wanted, atol=1e-7)
    evolved = point.evolve(states)
    expectations = point.expectations(evolved)
    dense = evolved_matrices(form, observables, theta)
    np.testing.assert_allclose(expectations, np.einsum("ds,kde,es->ks", states.conj(), dense, states).real, atol=EXACT)
    np.testing.assert_allclose(cost(theta), (weights * expectations).sum(), atol=EXACT)
    np.testing.assert_allclose(point.state_gradient(evolved, weights), wanted, atol=1e-7)
    np.testing.assert_array_equal(point.evolve(np.asfortranarray(states)), evolved)


def test_observables_that_are_too_large_together_are_taken_one_after_the_other(monkeypatch):
    rng, form, observables, theta = case(0, 4, 3)
    slope = rng.normal(size=(3, 4**4))
    together = ExactCircuit(form, observables).at(theta)
    evolved, gradient = together.evolved, together.gradient(slope)
    monkeypatch.setattr(pauli_propagation, "MOST_ENTRIES", 4**4)
    apart = ExactCircuit(form, observables).at(theta)
    np.testing.assert_allclose(apart.evolved, evolved, atol=EXACT)
    np.testing.assert_allclose(apart.gradient(slope), gradient, atol=EXACT)


def test_rotations_about_two_qubits_whether_free_or_fixed():
    form = rotation_form(every_two_qubit_gate())
    theta = np.random.default_rng(0).uniform(-4, 4, size=8)
    observables = [random_pauli_sum(np.random.default_rng(1), 3, 5)]
    wanted = from_dense(evolved_matrices(form, observables, theta))
    np.testing.assert_allclose(ExactCircuit(form, observables).at(theta).evolved, wanted, atol=EXACT)


def test_a_circuit_without_parameters():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    form, observables = rotation_form(circuit), [random_pauli_sum(np.random.default_rng(0), 2, 3)]
    point = ExactCircuit(form, observables).at(np.empty(0))
    np.testing.assert_allclose(point.evolved, from_dense(evolved_matrices(form, observables, np.empty(0))), atol=EXACT)
    assert point.gradient(point.evolved).shape == (0,)


@pytest.mark.parametrize("num_qubits", [3, 4])
def test_a_layered_ansatz_has_as_many_layers(num_qubits):
    config = HardwareEfficientAnsatz(kind="hardware_efficient", layers=5)
    layers = layered(rotation_form(hardware_efficient(config, num_qubits)))
    assert layers.num_layers == 5
    assert layers.axes.shape == (3, 5 * num_qubits, 3)
    assert [len(gates) for gates in layers.two_qubit_gates] == [num_qubits] * 5


def test_fixed_gates_that_cancel_make_no_layer():
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.h(0)
    circuit.cx(0, 1)
    assert layered(rotation_form(circuit)).num_layers == 1
