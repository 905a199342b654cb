"""The batched simulator, against Qiskit's statevectors."""

from __future__ import annotations

import numpy as np
import pytest
from builders import phase_distance, random_ansatz, random_states, random_theta, random_unitary, unitary
from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator, Pauli, Statevector

from sggd_qiskit.circuit import simulate
from sggd_qiskit.circuit.paulis import PauliMap
from sggd_qiskit.circuit.rotation_form import FixedGate, Rotation, rotation_form
from sggd_qiskit.circuit.simulate import (
    all_bit_strings,
    apply_gate,
    apply_operation,
    apply_rotation,
    basis_change,
    evolve,
    prepared_states,
    state_slices,
)

EXACT = 1e-12


@pytest.mark.parametrize("qubits", [(0,), (2,), (3, 1), (0, 2), (2, 0, 3), (3, 2, 1, 0)])
def test_a_gate_on_any_qubits_in_any_order(qubits):
    rng = np.random.default_rng(0)
    matrix, states = random_unitary(rng, 2 ** len(qubits)), random_states(rng, 4, 5)
    circuit = QuantumCircuit(4)
    circuit.append(UnitaryGate(matrix), qubits)
    result = apply_gate(FixedGate(matrix, qubits), states)
    np.testing.assert_allclose(result, Operator(circuit).data @ states, atol=EXACT)
    np.testing.assert_array_equal(result, apply_operation(FixedGate(matrix, qubits), np.empty(0), states))


@pytest.mark.parametrize(
    "letters", [{0: "X"}, {2: "Y"}, {1: "Z"}, {0: "Z", 2: "Z"}, {0: "Z", 1: "Y"}, {0: "Y", 1: "Y", 2: "X"}]
)
def test_a_rotation_by_one_angle_or_by_an_angle_a_column(letters):
    rng = np.random.default_rng(1)
    states, angles = random_states(rng, 3, 4), rng.uniform(-7, 7, size=4)
    rotation = Rotation(PauliMap.on(letters, 3), 1)
    pauli = Pauli(rotation.pauli.label).to_matrix()
    exact = [
        (np.cos(angle / 2) * np.eye(8) - 1j * np.sin(angle / 2) * pauli) @ state
        for angle, state in zip(angles, states.T, strict=True)
    ]
    np.testing.assert_allclose(apply_rotation(rotation, angles, states), np.transpose(exact), atol=EXACT)
    np.testing.assert_allclose(apply_rotation(rotation, float(angles[2]), states)[:, 2], exact[2], atol=EXACT)
    both = np.stack([np.zeros(4), angles])
    np.testing.assert_allclose(apply_operation(rotation, both, states), np.transpose(exact), atol=EXACT)


@pytest.mark.parametrize("num_qubits", [1, 2, 4])
@pytest.mark.parametrize("seed", range(2))
def test_prepared_states_are_those_of_qiskit(num_qubits, seed):
    rng = np.random.default_rng([seed, num_qubits])
    circuit = random_ansatz(rng, num_qubits, 12)
    theta = random_theta(rng, circuit, 5)
    states = prepared_states(rotation_form(circuit), theta)
    assert states.shape == (2**num_qubits, 5)
    for row, state in zip(theta, states.T, strict=True):
        assert phase_distance(state, Statevector(circuit.assign_parameters(row)).data) < 1e-10


def test_a_batch_of_angles_evolves_each_column_by_its_own():
    rng = np.random.default_rng(2)
    circuit = random_ansatz(rng, 3, 12)
    form = rotation_form(circuit)
    angles, states = form.angles(random_theta(rng, circuit, 4)).T, random_states(rng, 3, 4)
    together = evolve(form, angles, states)
    for k in range(4):
        np.testing.assert_allclose(together[:, k], unitary(form, angles[:, k]) @ states[:, k], atol=EXACT)


def test_the_unitary_is_unitary_and_of_period_4_pi():
    form = rotation_form(random_ansatz(np.random.default_rng(3), 3, 12))
    angles = np.random.default_rng(4).normal(size=form.num_angles)
    matrix = unitary(form, angles)
    np.testing.assert_allclose(matrix.conj().T @ matrix, np.eye(8), atol=EXACT)
    np.testing.assert_allclose(unitary(form, angles + 4 * np.pi), matrix, atol=1e-11)


def test_states_are_taken_in_slices_that_fit_a_cache(monkeypatch):
    assert state_slices(8, 5) == [slice(0, 5)]
    monkeypatch.setattr(simulate, "MOST_AMPLITUDES", 2 * 8)
    assert state_slices(8, 5) == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert state_slices(32, 2) == [slice(0, 1), slice(1, 2)]


def test_a_basis_change_turns_x_and_y_into_z():
    bases = "XYZIY"
    gates = basis_change(bases)
    assert [gate.qubits for gate in gates] == [(0,), (1,), (4,)]
    for gate in gates:
        (qubit,) = gate.qubits
        turned = gate.matrix.conj().T @ Pauli("Z").to_matrix() @ gate.matrix
        np.testing.assert_allclose(turned, Pauli(bases[qubit]).to_matrix(), atol=EXACT)
        np.testing.assert_allclose(gate.matrix.conj().T @ gate.matrix, np.eye(2), atol=EXACT)


def test_expectation_values_can_be_read_in_the_measurement_basis():
    states = random_states(np.random.default_rng(5), 3, 6)
    turned = states
    for gate in basis_change("YXZ"):
        turned = apply_gate(gate, turned)
    signs = 1 - 2.0 * (np.array([bin(b).count("1") for b in range(8)]) % 2)
    wanted = [np.vdot(state, Pauli("ZXY").to_matrix() @ state).real for state in states.T]
    np.testing.assert_allclose(signs @ np.abs(turned) ** 2, wanted, atol=EXACT)


@pytest.mark.parametrize("num_qubits", [1, 2, 4])
def test_bit_strings_are_the_numbers_of_the_basis_states(num_qubits):
    bits = all_bit_strings(num_qubits)
    assert bits.dtype == bool
    np.testing.assert_array_equal(bits @ 2 ** np.arange(num_qubits), np.arange(2**num_qubits))
