"""The plain records between planning and running."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum, random_theta
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator, SparsePauliOp, Statevector

from sggd_qiskit.circuit.measurement import (
    Basis,
    Measurement,
    Outcome,
    Readout,
    Setting,
    basis_change,
    readouts,
    stack_values,
)


def measurement_of(*observables):
    return Measurement(QuantumCircuit(observables[0].num_qubits), observables)


@pytest.mark.parametrize(
    ("labels", "bases"),
    [(["ZZ"], 1), (["ZI", "IZ", "ZZ", "II"], 1), (["XX", "YY", "ZZ"], 3), (["XI", "IZ", "XZ"], 1), (["II"], 1)],
)
def test_bases_are_the_qubit_wise_commuting_groups(labels, bases):
    assert measurement_of(SparsePauliOp(labels)).num_bases == bases
    # Of several observables too, which share what they can.
    assert measurement_of(*(SparsePauliOp(label) for label in labels)).num_bases == bases


def test_bases_of_several_observables_hold_every_term_once():
    rng = np.random.default_rng(0)
    observables = tuple(random_pauli_sum(rng, 3, terms) for terms in (2, 5, 9))
    measurement = measurement_of(*observables)
    assert measurement.num_outputs == 3
    for number, observable in enumerate(observables):
        parts = [basis.parts[number] for basis in measurement.bases if basis.parts[number] is not None]
        assert sum(part.size for part in parts) == observable.size
        assert sum(parts[1:], parts[0]).equiv(observable)
    for basis in measurement.bases:
        for part in (part for part in basis.parts if part is not None):
            for label in part.paulis.to_labels():
                used = {q: letter for q, letter in enumerate(reversed(label)) if letter != "I"}
                assert all(basis.letters[q] == letter for q, letter in used.items())
                assert used.keys() <= set(basis.qubits)


def test_the_terms_of_one_observable_are_grouped_as_qiskit_groups_them():
    rng = np.random.default_rng(1)
    for terms in (3, 8, 14):
        observable = random_pauli_sum(rng, 3, terms)
        wanted = [group.to_list() for group in observable.group_commuting(qubit_wise=True)]
        assert [basis.parts[0].to_list() for basis in measurement_of(observable).bases] == wanted


@pytest.mark.parametrize("shape", [(), (3,), (2, 5), (0, 4)])
def test_a_setting_counts_its_parameter_sets_and_circuits(shape):
    parameters = tuple(random_ansatz(np.random.default_rng(0), 2, 12).parameters)
    measurement = measurement_of(SparsePauliOp(["XX", "ZZ"]))
    values = {parameters[:5]: np.zeros((*shape, 5)), parameters[5:]: np.zeros((*shape, 7))}
    setting = Setting(measurement, values, shape, 100)
    assert setting.parameter_sets == np.prod(shape, dtype=int)
    assert setting.circuits == 2 * setting.parameter_sets


def test_stacked_values_have_one_leading_shape():
    theta, features, none = tuple(ParameterVector("θ", 3)), tuple(ParameterVector("x", 2)), ()
    stacked = stack_values(
        {theta: np.arange(12.0).reshape(4, 1, 3), features: np.arange(10.0).reshape(5, 2), none: np.empty((4, 5, 0))},
        (4, 5),
    )
    assert set(stacked) == {theta, features}
    assert stacked[theta].shape == (4, 5, 3)
    assert stacked[features].shape == (4, 5, 2)
    np.testing.assert_array_equal(stacked[theta][2, 3], [6, 7, 8])
    np.testing.assert_array_equal(stacked[features][2, 3], [6, 7])


def test_an_outcome_without_a_covariance_has_independent_outputs():
    variances = np.arange(6.0).reshape(3, 2)
    outcome = Outcome(np.zeros((3, 2)), variances)
    np.testing.assert_array_equal(outcome.excess, outcome.cautious)
    np.testing.assert_array_equal(outcome.excess[2], np.diag([4, 5]))
    assert outcome[1:].excess.shape == (2, 2, 2)


def test_caution_is_on_the_diagonal_alone():
    covariance = np.array([[[1.0, 0.5], [0.5, 2.0]]])
    outcome = Outcome(np.zeros((1, 2)), np.array([[1.5, 2.5]]), covariance)
    np.testing.assert_array_equal(outcome.excess, covariance)
    np.testing.assert_array_equal(outcome.cautious, [[[1.5, 0.5], [0.5, 2.5]]])
    np.testing.assert_array_equal(outcome[0].cautious, [[1.5, 0.5], [0.5, 2.5]])
    np.testing.assert_array_equal(covariance[0].diagonal(), [1, 2])


def all_bits(num_qubits):
    return (np.arange(2**num_qubits)[:, None] >> np.arange(num_qubits) & 1).astype(bool)


def test_a_basis_outcome_is_the_eigenvalue_of_its_diagonalised_parts():
    terms = SparsePauliOp(["III", "IIX", "ZIX", "ZYI"], [0.3, -1.1, 0.7, 2.0])
    diagonal = SparsePauliOp(["III", "IIZ", "ZIZ", "ZZI"], terms.coeffs).to_matrix().diagonal().real
    basis = Basis(("X", "Y", "Z"), (terms, None))
    bits = all_bits(3)
    np.testing.assert_allclose(basis.outcome(bits), np.stack([diagonal, 0 * diagonal], axis=-1), atol=1e-14)
    assert basis.outcome(bits.reshape(2, 4, 3)).shape == (2, 4, 2)
    assert basis.bound.tolist() == [pytest.approx(4.1), 0]
    assert basis.qubits == (0, 1, 2)
    change = Operator(basis_change(basis.letters)).data
    np.testing.assert_allclose(change @ terms.to_matrix() @ change.conj().T, np.diag(diagonal), atol=1e-14)


def exact_means(readout: Readout, theta: np.ndarray) -> np.ndarray:
    """Of the outcome over the circuit's exact distribution, shape (output,)."""
    circuit = readout.circuit.assign_parameters(theta)
    assert [register.name for register in circuit.cregs] == ["meas"]
    measured = [circuit.find_bit(i.qubits[0]).index for i in circuit.data if i.operation.name == "measure"]
    probabilities = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities(measured)
    return probabilities @ readout.outcome(all_bits(circuit.num_clbits))


@pytest.mark.parametrize("seed", range(4))
def test_the_means_of_the_readouts_add_up_to_the_expectation_values(seed):
    rng = np.random.default_rng(seed)
    circuit, observables = random_ansatz(rng, 3, 12), (random_pauli_sum(rng, 3, 9), random_pauli_sum(rng, 3, 3))
    theta = random_theta(rng, circuit)
    measurement = Measurement(circuit, observables)
    parts = readouts(measurement)
    assert len(parts) == measurement.num_bases == sum(part.num_bases for part in parts)
    assert {part.num_outputs for part in parts} == {2}
    state = Statevector(circuit.assign_parameters(theta))
    wanted = [state.expectation_value(observable).real for observable in observables]
    np.testing.assert_allclose(np.sum([exact_means(part, theta) for part in parts], axis=0), wanted, atol=1e-12)
    assert [part.circuit.num_clbits for part in parts] == [len(basis.qubits) for basis in measurement.bases]
    assert not circuit.num_clbits
