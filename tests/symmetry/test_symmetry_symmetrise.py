"""Symmetrised circuits commute with the group, whatever it is; what can't be made so is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from builders import phase_distance, random_groups, random_theta, twirl
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.library import (
    CPhaseGate,
    CRXGate,
    PauliEvolutionGate,
    RXGate,
    RXXGate,
    RYGate,
    RYYGate,
    RZGate,
    RZXGate,
    RZZGate,
)
from qiskit.quantum_info import Operator, Pauli, SparsePauliOp
from scipy.linalg import expm

from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.symmetry.group import SymmetryGroup
from sggd_qiskit.symmetry.symmetrise import symmetrised
from sggd_qiskit.symmetry.twirl import twirl_pauli_sum

EXACT = 1e-12
GROUPS = random_groups()
SWAP = SymmetryGroup.from_generators([(1, 0)])


def random_circuit(rng: np.random.Generator, num_qubits: int) -> QuantumCircuit:
    """Rotations with parameters alone, shared, in sums and in products; fixed gates, Clifford and not, between them."""
    theta = ParameterVector("θ", 12)
    circuit = QuantumCircuit(num_qubits)
    for number in range(12):
        a, b = theta[number], theta[int(rng.integers(12))]
        angle = [a, a, a - 0.3 * b, a * b + 0.2][rng.integers(4)]
        gate = rng.choice((RXGate, RYGate, RZGate, RXXGate, RYYGate, RZXGate, RZZGate, CRXGate, CPhaseGate))(angle)
        circuit.append(gate, rng.permutation(num_qubits)[: gate.num_qubits].tolist())
        fixed = str(rng.choice(["h", "s", "t", "sx", "z", "cz", "cz", "swap", "cx"]))
        qubits = rng.permutation(num_qubits)[: 2 if fixed in {"cz", "swap", "cx"} else 1].tolist()
        getattr(circuit, fixed)(*qubits)
    return circuit


def made(circuit: QuantumCircuit, group: SymmetryGroup) -> QuantumCircuit:
    """With observables of which every rotation moves one."""
    n = circuit.num_qubits
    every = [SparsePauliOp.from_sparse_list([(letter, [q], 1)], n) for letter in "XZ" for q in range(n)]
    return symmetrised(circuit, group, every)


@cache
def samples(name: str) -> list[tuple[QuantumCircuit, QuantumCircuit]]:
    """Up to four random circuits for a group, before and after."""
    group, found = dict(GROUPS)[name], []
    for seed in range(20):
        circuit = random_circuit(np.random.default_rng([seed, len(name)]), group.num_qubits)
        try:
            found.append((circuit, made(circuit, group)))
        except CircuitError:
            continue
        if len(found) == 4:
            break
    return found


@pytest.mark.parametrize("name", [name for name, _ in GROUPS])
def test_it_commutes_with_every_element_at_every_theta(name):
    group, rng = dict(GROUPS)[name], np.random.default_rng(1)
    for _, circuit in samples(name):
        for theta in random_theta(rng, circuit, 3):
            unitary = Operator(circuit.assign_parameters(theta)).data
            for element in group.elements[:30]:
                v = Operator(element.full_circuit()).data
                assert phase_distance(v @ unitary, unitary @ v) < EXACT


def test_most_groups_leave_something_to_train():
    assert sum(len(samples(name)) for name, _ in GROUPS) > 2 * len(GROUPS)


@pytest.mark.parametrize("name", [name for name, _ in GROUPS])
def test_one_rotation_becomes_the_exponential_of_its_twirled_generator(name):
    group, rng, angle = dict(GROUPS)[name], np.random.default_rng(2), 0.7
    n, compared = group.num_qubits, 0
    for _ in range(20):
        pauli = Pauli("".join(rng.choice(list("IXYZ"), size=n)))
        generator, circuit = twirl(group, pauli.to_matrix()), QuantumCircuit(n)
        circuit.append(PauliEvolutionGate(pauli, Parameter("θ") / 2), range(n))
        try:
            found = made(circuit, group)
        except CircuitError:
            continue
        (theta,) = found.parameters
        exponential = expm(-0.5j * angle * generator)
        assert phase_distance(Operator(found.assign_parameters({theta: angle})).data, exponential) < EXACT
        compared += 1
    assert compared or name in {
        "pauli-permutation",
        "dihedral_square-4",
        "circuit-pauli-permutation",
        "full_permutation-3",
    }


@pytest.mark.parametrize("name", ["swap-4", "u1_total_z-3", "non-abelian-circuits", "non-clifford"])
def test_what_is_symmetric_stays(name):
    group, rng = dict(GROUPS)[name], np.random.default_rng(3)
    for _, circuit in samples(name):
        again = made(circuit, group)
        assert [p.name for p in again.parameters] == [p.name for p in circuit.parameters]
        theta = random_theta(rng, circuit)
        one, other = (Operator(c.assign_parameters(theta)).data for c in (circuit, again))
        assert phase_distance(one, other) < EXACT


def layers(num_qubits: int, entangle: bool = True) -> QuantumCircuit:
    """Two layers of two rotations on each qubit and a ring of CZ."""
    theta = iter(ParameterVector("θ", 4 * num_qubits))
    circuit = QuantumCircuit(num_qubits)
    for _ in range(2):
        for q in range(num_qubits):
            circuit.ry(next(theta), q)
            circuit.rz(next(theta), q)
        for q in range(num_qubits if entangle else 0):
            circuit.cz(q, (q + 1) % num_qubits)
    return circuit


def test_qubits_that_are_exchanged_share_parameters_and_the_gates_stay():
    circuit, group = layers(4), SymmetryGroup.named("swap", 4)
    found = made(circuit, group)
    names = [p.name for p in found.parameters]
    assert names == [f"θ[{layer * 8 + k}]" for layer in range(2) for k in (0, 1, 4, 5)]
    assert found.count_ops() == circuit.count_ops()
    theta = np.random.default_rng(4).uniform(-3, 3, size=8)
    tied = np.concatenate([np.concatenate([half[:2], half[:2], half[2:], half[2:]]) for half in (theta[:4], theta[4:])])
    one, other = Operator(found.assign_parameters(theta)), Operator(circuit.assign_parameters(tied))
    assert phase_distance(one.data, other.data) < EXACT


def test_no_angle_becomes_unreachable_by_sharing():
    theta, circuit = ParameterVector("θ", 4), QuantumCircuit(2)
    circuit.ry(theta[0] + theta[2], 0)
    circuit.ry(2 * theta[1], 1)
    circuit.rz(-theta[3], 0)
    circuit.rz(theta[2], 1)
    found = made(circuit, SWAP)  # RY by θ0/2 + θ2/2 + θ1, RZ by (θ2 - θ3)/2: θ1 goes with θ0, the others stay
    assert [p.name for p in found.parameters] == ["θ[0]", "θ[2]", "θ[3]"]


def test_a_fixed_gate_is_twirled_as_rotations():
    circuit = QuantumCircuit(3)
    circuit.ry(Parameter("θ"), 2)
    circuit.cz(0, 2)
    found = made(circuit, SymmetryGroup.from_generators([(1, 0, 2)]))
    generator = sum(np.diag([1.0 if k & 1 << q and k & 4 else 0.0 for k in range(8)]) for q in (0, 1)) / 2
    wanted = expm(-1j * np.pi * generator)
    assert phase_distance(Operator(found.assign_parameters([0.0])).data, wanted) < EXACT


def test_parameters_that_cancel_are_gone():
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(2)
    circuit.rz(a, 0)
    circuit.rz(-a, 1)
    circuit.rx(b, [0, 1])
    assert [p.name for p in made(circuit, SWAP).parameters] == ["b"]


def test_terms_that_do_not_commute_are_refused_by_name():
    circuit = QuantumCircuit(3)
    circuit.rzx(Parameter("θ"), 0, 1)
    with pytest.raises(CircuitError) as refused:
        made(circuit, SymmetryGroup.named("cyclic", 3))
    for part in ("about Z0 X1", "Z1 X2", "do not commute", "RZZ"):
        assert part in str(refused.value)


@pytest.mark.parametrize("group", ["parity", "dihedral_square"])
def test_an_ansatz_of_which_nothing_that_acts_is_left_is_refused(group):
    symmetry = SymmetryGroup.named(group, 4)
    observable = twirl_pauli_sum("Z0", symmetry)
    for circuit in (layers(4), layers(4, entangle=False)):  # only RZ and CZ are left, which commute with Z0
        with pytest.raises(CircuitError, match="XX"):
            symmetrised(circuit, symmetry, [observable])


def test_what_acts_through_a_fixed_gate_is_kept():
    circuit = QuantumCircuit(2)
    circuit.rz(Parameter("θ"), 0)
    circuit.h([0, 1])
    found = symmetrised(circuit, SWAP, [twirl_pauli_sum("Z0", SWAP)])  # H Z H = X, which RZ moves
    assert found.num_parameters == 1
    assert found.count_ops()["h"] == 2


def test_controlled_rotations_and_general_ones_are_twirled_as_generators():
    a, b, c = Parameter("a"), Parameter("b"), Parameter("c")
    circuit, wanted = QuantumCircuit(2), QuantumCircuit(2)
    circuit.crx(a, 0, 1)
    circuit.u(a, b, c, 1)
    for pauli, angle in (("IX", a / 2), ("ZX", -a / 2)):
        wanted.append(PauliEvolutionGate(Pauli(pauli[::-1]), angle / 4), [0, 1])
        wanted.append(PauliEvolutionGate(Pauli(pauli), angle / 4), [0, 1])
    for q in range(2):
        wanted.rz(c / 2, q)
        wanted.ry(a / 2, q)
        wanted.rz(b / 2, q)
    found = made(circuit, SWAP)
    values = {"a": 0.8, "b": -0.4, "c": 1.3}
    wanted = wanted.decompose(reps=2)
    one, other = (Operator(k.assign_parameters({p: values[p.name] for p in k.parameters})) for k in (found, wanted))
    assert phase_distance(one.data, other.data) < EXACT
