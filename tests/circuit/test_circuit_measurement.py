"""The plain records between planning and running."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum, random_theta
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp, Statevector

from sggd_qiskit.circuit.measurement import (
    Measurement,
    Outcome,
    Readout,
    Setting,
    bases_of,
    parity_sum,
    readouts,
    stack_values,
)


@pytest.mark.parametrize(
    ("labels", "bases"),
    [(["ZZ"], 1), (["ZI", "IZ", "ZZ", "II"], 1), (["XX", "YY", "ZZ"], 3), (["XI", "IZ", "XZ"], 1), (["II"], 1)],
)
def test_bases_are_the_qubit_wise_commuting_groups(labels, bases):
    assert Measurement(QuantumCircuit(2), SparsePauliOp(labels)).bases == bases


@pytest.mark.parametrize("shape", [(), (3,), (2, 5), (0, 4)])
def test_a_settings_shape_is_that_of_its_values_without_the_parameters(shape):
    parameters = tuple(random_ansatz(np.random.default_rng(0), 2, 12).parameters)
    setting = Setting(0, {parameters[:5]: np.zeros((*shape, 5)), parameters[5:]: np.zeros((*shape, 7))}, shape, 100)
    assert setting.shape == shape
    assert setting.parameter_sets == np.prod(shape, dtype=int)


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


def test_an_outcome_keeps_values_and_variances():
    outcome = Outcome(np.zeros(3), np.ones(3))
    assert outcome.values.shape == outcome.variances.shape


def test_the_letters_of_commuting_terms():
    assert bases_of(SparsePauliOp(["IXYZ", "ZXII", "IIII"])) == ["Z", "Y", "X", "Z"]
    assert bases_of(SparsePauliOp(["II"])) == ["Z", "Z"]


def test_a_parity_sum_is_the_eigenvalue_of_the_diagonalised_terms():
    terms = SparsePauliOp(["III", "IIX", "ZIX", "ZYI"], [0.3, -1.1, 0.7, 2.0])
    diagonal = SparsePauliOp(["III", "IIZ", "ZIZ", "ZZI"], terms.coeffs).to_matrix().diagonal().real
    bits = (np.arange(8)[:, None] >> np.arange(3) & 1).astype(bool)
    np.testing.assert_allclose(parity_sum(terms)(bits), diagonal, atol=1e-14)
    assert parity_sum(terms)(bits.reshape(2, 4, 3)).shape == (2, 4)


def exact_mean(readout: Readout, theta: np.ndarray) -> float:
    """The mean of the outcome over the circuit's exact distribution."""
    circuit = readout.circuit.assign_parameters(theta)
    assert [register.name for register in circuit.cregs] == ["meas"]
    probabilities = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities()
    bits = (np.arange(probabilities.size)[:, None] >> np.arange(circuit.num_qubits) & 1).astype(bool)
    return float(probabilities @ readout.outcome(bits))


@pytest.mark.parametrize("seed", range(4))
def test_the_means_of_the_readouts_add_up_to_the_expectation_value(seed):
    rng = np.random.default_rng(seed)
    circuit, observable = random_ansatz(rng, 3, 12), random_pauli_sum(rng, 3, 9)
    theta = random_theta(rng, circuit)
    measurement = Measurement(circuit, observable)
    parts = readouts(measurement)
    assert len(parts) == measurement.bases == sum(part.bases for part in parts)
    wanted = Statevector(circuit.assign_parameters(theta)).expectation_value(observable).real
    np.testing.assert_allclose(sum(exact_mean(part, theta) for part in parts), wanted, atol=1e-12)
    assert not circuit.num_clbits
