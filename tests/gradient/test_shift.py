"""Shift rules against finite differences, and where the two-term rule on the original gate goes wrong."""

from __future__ import annotations

import numpy as np
import pytest
from builders import random_ansatz, random_pauli_sum
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp, Statevector

from sggd_qiskit.circuit.angles import AngleMap
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.coordinates import from_dense
from sggd_qiskit.gradient.estimate import Estimate
from sggd_qiskit.gradient.shift import Shifts

STEP = 1e-5


def expectation(circuit, observable, theta):
    return Statevector(circuit.assign_parameters(theta)).expectation_value(observable).real


@pytest.mark.parametrize("seed", range(5))
def test_shifts_and_adjoint_equal_finite_differences(seed):
    rng = np.random.default_rng(seed)
    n = 2 + seed % 2
    circuit, observable = random_ansatz(rng, n, 13), random_pauli_sum(rng, n, 4)
    form = rotation_form(circuit)
    theta = rng.uniform(-3, 3, size=circuit.num_parameters)
    differences = [
        (expectation(circuit, observable, theta + e) - expectation(circuit, observable, theta - e)) / (2 * STEP)
        for e in STEP * np.eye(len(theta))
    ]
    shifts = Shifts.at(form.angles, theta, gradient=True)
    values = np.array([expectation(form.template, observable, row) for row in shifts.rows()])
    np.testing.assert_allclose(shifts.gradient(values), differences, atol=1e-6)
    zero = np.zeros((2**n, 2**n), dtype=complex)
    zero[0, 0] = 1  # dC = ⟨0|dO_θ|0⟩
    swept = ExactCircuit(form, (observable,)).at(theta).gradient(len(zero) * from_dense(zero[None]))
    np.testing.assert_allclose(swept, differences, atol=1e-6)


def test_two_terms_on_a_controlled_rotation_would_be_wrong():
    theta = Parameter("t")
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.crx(theta, 0, 1)
    circuit.h(0)
    observable, at = SparsePauliOp("IZ"), np.array([0.9])
    true = (expectation(circuit, observable, at + STEP) - expectation(circuit, observable, at - STEP)) / (2 * STEP)
    naive = (expectation(circuit, observable, at + np.pi / 2) - expectation(circuit, observable, at - np.pi / 2)) / 2
    assert abs(naive - true) > 0.05
    form = rotation_form(circuit)
    assert form.num_angles == 2
    shifts = Shifts.at(form.angles, at, gradient=True)
    values = np.array([expectation(form.template, observable, row) for row in shifts.rows()])
    assert shifts.gradient(values)[0] == pytest.approx(true, abs=1e-8)


def test_variances_are_those_of_the_linear_combinations():
    rng = np.random.default_rng(0)
    variances, jacobian = rng.uniform(size=(6, 4)), rng.normal(size=(3, 2))
    noise = rng.normal(size=(200_000, 6, 4)) * np.sqrt(variances)
    derivatives = (noise[:, :3] - noise[:, 3:]) / 2
    gradients = np.einsum("jk,sjp->skp", jacobian, derivatives)
    predicted = Shifts(np.zeros(3), jacobian, np.arange(3)).gradient_variance(variances)
    np.testing.assert_allclose(gradients.var(axis=0), predicted, rtol=0.02)


def test_estimates_add_and_scale():
    a = Estimate(1.0, 4.0, np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    b = Estimate(2.0, 1.0, np.array([3.0, 5.0]), np.array([0.0, 1.0]))
    total = a.plus(b.scaled(-2.0))
    assert (total.value, total.variance) == (-3.0, 8.0)
    np.testing.assert_array_equal(total.gradient, [-5.0, -8.0])
    np.testing.assert_array_equal(total.gradient_stderr, np.sqrt([1.0, 8.0]))
    assert a.stderr == 2.0
    assert a.plus(Estimate(0.0, 0.0)).gradient is None


@pytest.mark.parametrize(("factors", "angles"), [([0, 2, 0], [1, 2]), ([3, 0, 0], [0, 2]), ([1, 1, 1], [0, 1, 2, 3])])
def test_angles_that_depend_on_a_wanted_component_are_shifted(factors, angles):
    a, b, c = (Parameter(name) for name in "abc")
    angle_map = AngleMap((a, b, c), (1 * a, -b, (a + b) / 2, 2 * c))
    shifts = Shifts.at(angle_map, np.zeros(3), gradient=True, factors=np.array(factors))
    assert shifts.shifted.tolist() == angles
    assert len(shifts.rows()) == 2 * len(angles)
    assert not len(Shifts.at(angle_map, np.zeros(3), gradient=False).rows())
