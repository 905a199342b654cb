"""θ → φ and its Jacobian, against Qiskit's own binding and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from builders import plain_ansatz, random_ansatz, random_theta
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector

from sggd_qiskit.circuit.angles import AngleMap
from sggd_qiskit.circuit.rotation_form import rotation_form

STEP = 1e-5
# Of central differences with that step: |third derivative|·STEP²/6 and rounding, with room.
DIFFERENCE_ERROR = 1e-7


def angle_map(circuit: QuantumCircuit) -> AngleMap:
    return rotation_form(circuit).angles


def bound(angles: AngleMap, theta: np.ndarray) -> np.ndarray:
    """The expressions by Qiskit's substitution, parameter by parameter."""
    values = dict(zip(angles.parameters, theta, strict=True))
    return np.array([float(e.bind({p: values[p] for p in e.parameters})) for e in angles.expressions])


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_values_are_those_of_qiskits_substitution(seed, affine):
    rng = np.random.default_rng(seed)
    circuit = random_ansatz(rng, 3, 13, affine=affine)
    angles = angle_map(circuit)
    theta = random_theta(rng, circuit)
    assert len(angles.expressions) > 13
    np.testing.assert_allclose(angles(theta), bound(angles, theta), atol=1e-12)


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_jacobian_is_that_of_finite_differences(seed, affine):
    rng = np.random.default_rng(seed)
    circuit = random_ansatz(rng, 3, 13, affine=affine)
    angles = angle_map(circuit)
    theta = random_theta(rng, circuit)
    shifts = STEP * np.eye(theta.size)
    differences = (angles(theta + shifts) - angles(theta - shifts)).T / (2 * STEP)
    np.testing.assert_allclose(angles.jacobian(theta), differences, atol=DIFFERENCE_ERROR)


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (0,)])
def test_leading_axes_are_kept(affine, shape):
    rng = np.random.default_rng(0)
    circuit = random_ansatz(rng, 2, 12, affine=affine)
    angles = angle_map(circuit)
    theta = random_theta(rng, circuit, *shape)
    phi = angles(theta)
    assert phi.shape == (*shape, len(angles.expressions))
    for index in np.ndindex(*shape):
        np.testing.assert_allclose(phi[index], angles(theta[index]), atol=1e-13)


@pytest.mark.parametrize(
    ("expression", "value", "slope"),
    [
        (lambda a: -a / 2, lambda a: -a / 2, lambda a: -0.5),
        (lambda a: 2 * a + 0.3, lambda a: 2 * a + 0.3, lambda a: 2.0),
        (lambda a: a - a + 1.5, lambda a: 1.5, lambda a: 0.0),
        (lambda a: a.sin(), np.sin, np.cos),
        (lambda a: a.cos(), np.cos, lambda a: -np.sin(a)),
        (lambda a: a.exp(), np.exp, np.exp),
        (lambda a: a.arctan(), np.arctan, lambda a: 1 / (1 + a**2)),
        (lambda a: a**3, lambda a: a**3, lambda a: 3 * a**2),
        (lambda a: 1 / (a + 2), lambda a: 1 / (a + 2), lambda a: -1 / (a + 2) ** 2),
    ],
)
def test_expressions_of_one_parameter(expression, value, slope):
    parameter = Parameter("θ")
    angles = AngleMap((parameter,), (expression(parameter),))
    for theta in (-1.3, 0.4, 2.0):
        np.testing.assert_allclose(angles(np.array([theta])), [value(theta)], atol=1e-12)
        np.testing.assert_allclose(angles.jacobian(np.array([theta])), [[slope(theta)]], atol=1e-12)


def test_a_product_has_both_slopes():
    a, b = Parameter("a"), Parameter("b")
    angles = AngleMap((a, b), (a * b, a + 0.0 * b))
    np.testing.assert_allclose(angles(np.array([2.0, 3.0])), [6, 2])
    np.testing.assert_allclose(angles.jacobian(np.array([2.0, 3.0])), [[3, 2], [1, 0]])


@pytest.mark.parametrize("make", [random_ansatz, plain_ansatz])
def test_parameters_are_in_the_circuits_own_order_beyond_ten(make):
    circuit = make(np.random.default_rng(5), 3, 14)
    assert angle_map(circuit).parameters == tuple(circuit.parameters)


def test_vector_elements_sort_by_number_and_plain_parameters_by_name():
    theta = ParameterVector("θ", 12)
    vector, plain = QuantumCircuit(1), QuantumCircuit(1)
    for k in reversed(range(12)):
        vector.rx(theta[k], 0)
        plain.rx(Parameter(f"t{k}"), 0)
    values = np.arange(12.0)
    np.testing.assert_array_equal(angle_map(vector)(values), values[::-1])
    by_name = sorted(range(12), key=str)
    np.testing.assert_array_equal(angle_map(plain)(values), [by_name.index(k) for k in reversed(range(12))])


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_circuit_without_parameters_has_no_angles(shape):
    circuit = QuantumCircuit(1)
    circuit.rx(0.3, 0)
    angles = angle_map(circuit)
    assert angles(np.empty((*shape, 0))).shape == (*shape, 0)
    assert angles.jacobian(np.empty(0)).shape == (0, 0)


def test_a_parameter_of_the_global_phase_alone_has_a_column_of_zeros():
    phase, angle = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1, global_phase=phase)
    circuit.ry(angle, 0)
    np.testing.assert_array_equal(angle_map(circuit).jacobian(np.array([0.2, 0.5])), [[0, 1]])


def test_a_wrong_number_of_values_is_refused():
    circuit = random_ansatz(np.random.default_rng(0), 2, 12)
    with pytest.raises(ValueError, match=r"size|reshape|argument"):
        angle_map(circuit)(np.zeros(11))
