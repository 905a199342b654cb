"""Rewriting into fixed gates and Pauli rotations, against the unitary of the circuit as it was."""

from __future__ import annotations

import numpy as np
import pytest
from builders import phase_distance, plain_ansatz, random_ansatz, random_theta, random_unitary, unitary
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, Gate, Parameter, ParameterVector, Qubit
from qiskit.circuit.library import PauliEvolutionGate, PermutationGate, UnitaryGate
from qiskit.quantum_info import Operator, SparsePauliOp
from scipy.linalg import expm

from sggd_qiskit.circuit.rotation_form import FIXED, ROTATIONS, CircuitError, Rotation, require_unitary, rotation_form

EXACT = 1e-10


def assert_same(circuit: QuantumCircuit, theta: np.ndarray) -> None:
    """The rotation form, and its template, are the circuit at θ up to a phase."""
    form = rotation_form(circuit)
    wanted = Operator(circuit.assign_parameters(theta)).data
    phi = form.angles(theta)
    assert phase_distance(unitary(form, phi), wanted) < EXACT
    rewritten, fresh = form.circuit("shift")
    values = dict(zip(fresh, phi, strict=True))
    assert phase_distance(Operator(rewritten.assign_parameters(values)).data, wanted) < EXACT


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_the_rewritten_circuit_is_the_same_unitary(num_qubits, seed):
    rng = np.random.default_rng([seed, num_qubits])
    circuit = random_ansatz(rng, num_qubits, 12)
    assert_same(circuit, random_theta(rng, circuit))


def test_plain_parameters_beyond_ten_keep_their_places():
    rng = np.random.default_rng(1)
    circuit = plain_ansatz(rng, 3, 14)
    assert_same(circuit, random_theta(rng, circuit))


@pytest.mark.parametrize(
    "name", ["crx", "cry", "crz", "cp", "rxx", "ryy", "rzz", "rzx", "p", "rx", "ry", "rz", "cu", "u"]
)
def test_every_parametric_gate(name):
    rng = np.random.default_rng(3)
    circuit = QuantumCircuit(3)
    gate = getattr(circuit, name)
    count = {"u": 3, "cu": 4}.get(name, 1)
    qubits = [2, 0] if name in {"cu", *(n for n in ROTATIONS if len(n) == 3)} or name[0] == "c" else [1]
    gate(*ParameterVector("t", count), *qubits)
    assert_same(circuit, random_theta(rng, circuit))


@pytest.mark.filterwarnings(
    "ignore::scipy.sparse.SparseEfficiencyWarning"
)  # Qiskit's own exponential of a sparse matrix
def test_composite_gates():
    rng = np.random.default_rng(4)
    theta = ParameterVector("θ", 3)
    inner = QuantumCircuit(2, name="inner")
    inner.crx(theta[0] / 3, 1, 0)
    inner.barrier()
    circuit = QuantumCircuit(3)
    circuit.append(inner.to_instruction(), [2, 0])
    circuit.append(PauliEvolutionGate(SparsePauliOp(["XY", "YX"], [0.5, 0.25]), time=theta[1]), [1, 2])
    circuit.append(UnitaryGate(random_unitary(rng, 4)), [1, 0])
    circuit.append(PermutationGate([2, 0, 1]), [0, 1, 2])
    circuit.mcp(theta[2], [0, 1], 2)
    assert_same(circuit, random_theta(rng, circuit))


def test_own_gates_may_have_the_name_of_a_rotation():
    theta = ParameterVector("θ", 2)
    inner, circuit = QuantumCircuit(2, name="rxx"), QuantumCircuit(3)
    inner.h(0)
    inner.ryy(theta[0], 0, 1)
    outer = QuantumCircuit(2, name="sx")
    outer.append(inner.to_gate(), [1, 0])
    circuit.append(outer.to_gate(), [2, 0])
    circuit.rxx(theta[1], 0, 1)
    assert_same(circuit, random_theta(np.random.default_rng(8), circuit))


def test_registers_loose_qubits_and_idle_bits():
    rng = np.random.default_rng(5)
    circuit = QuantumCircuit([Qubit(), Qubit()], [Clbit()])
    circuit.crz(Parameter("t"), 1, 0)
    circuit.barrier()
    circuit.h(1)
    assert_same(circuit, random_theta(rng, circuit))


@pytest.mark.parametrize(("name", "letters"), ROTATIONS.items())
def test_the_rotations_are_exponentials_of_their_generators(name, letters):
    circuit = QuantumCircuit(2)
    getattr(circuit, name)(Parameter("t"), *range(len(letters)))
    form = rotation_form(circuit)
    (rotation,) = form.operations
    assert isinstance(rotation, Rotation)
    generator = SparsePauliOp(letters[::-1].rjust(2, "I")).to_matrix()
    assert rotation.pauli.label == letters[::-1].rjust(2, "I")
    np.testing.assert_allclose(unitary(form, np.array([0.7])), expm(-0.35j * generator), atol=1e-14)


def test_the_form_holds_rotations_and_fixed_gates_only():
    form = rotation_form(random_ansatz(np.random.default_rng(6), 3, 12))
    names = {i.operation.name for i in form.template.data}
    assert names <= {*ROTATIONS, *FIXED}
    assert form.num_angles == sum(isinstance(o, Rotation) for o in form.operations)
    assert [o.index for o in form.operations if isinstance(o, Rotation)] == list(range(form.num_angles))
    assert len(form.operations) == len(form.template.data)


def test_each_occurrence_has_its_own_angle():
    theta = Parameter("θ")
    circuit = QuantumCircuit(2)
    circuit.rx(theta, 0)
    circuit.rx(theta, 1)
    circuit.crx(theta, 0, 1)
    form = rotation_form(circuit)
    assert form.num_angles == 4
    np.testing.assert_allclose(np.sort(form.angles(np.array([0.8]))), [-0.4, 0.4, 0.8, 0.8])


def test_fresh_parameters_are_in_the_order_of_the_angles():
    form = rotation_form(random_ansatz(np.random.default_rng(7), 2, 12))
    circuit, fresh = form.circuit("a")
    assert [p.name for p in fresh] == [f"a[{k}]" for k in range(form.num_angles)]
    assert set(circuit.parameters) == set(fresh)
    other, _ = form.circuit("b")
    assert not set(circuit.parameters) & set(other.parameters)


def test_a_circuit_without_parameters():
    circuit = QuantumCircuit(2)
    circuit.u(0.1, 0.2, 0.3, 0)
    circuit.cx(0, 1)
    assert rotation_form(circuit).num_angles == 0
    assert_same(circuit, np.empty(0))


def _measured() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    return circuit


def _conditional() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    return circuit


def _looping() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    with circuit.for_loop(range(2)):
        circuit.x(0)
    return circuit


def _with(name: str, *arguments) -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    getattr(circuit, name)(*arguments)
    return circuit


def _nested_reset() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.append(_with("reset", 0).to_instruction(), [1])
    return circuit


NOT_UNITARY = {
    "measure": _measured(),
    "if_else": _conditional(),
    "for_loop": _looping(),
    "reset": _with("reset", 0),
    "delay": _with("delay", 10, 0),
    "initialize": _with("initialize", [0, 1], 0),
}


@pytest.mark.parametrize("name", NOT_UNITARY)
def test_what_is_not_unitary_is_refused_by_name(name):
    for check in (require_unitary, rotation_form):
        with pytest.raises(CircuitError, match=f"found the operation '{name}'; wanted a unitary circuit"):
            check(NOT_UNITARY[name])


def test_a_reset_inside_an_instruction_is_found():
    for check in (require_unitary, rotation_form):
        with pytest.raises(CircuitError, match="found the operation 'reset'"):
            check(_nested_reset())


def test_a_gate_without_a_definition_is_refused():
    circuit = QuantumCircuit(1)
    circuit.append(Gate("mystery", 1, [Parameter("t")]), [0])
    with pytest.raises(CircuitError, match=r"can't rewrite the circuit .*mystery"):
        rotation_form(circuit)


def test_complex_and_infinite_angles_are_refused():
    a = Parameter("a")
    for angle in (1j * a, float("nan"), float("inf")):
        circuit = QuantumCircuit(1)
        circuit.rx(a, 0)
        circuit.ry(angle, 0)
        with pytest.raises(CircuitError, match="angle"):
            rotation_form(circuit)
    circuit = QuantumCircuit(1)
    circuit.ry((a - 0.5).log(), 0)  # real for some values
    assert rotation_form(circuit).num_angles == 1
