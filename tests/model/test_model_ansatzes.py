"""Ansatzes against their formulas and their structure."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from builders import phase_distance, random_ansatz
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import ParameterVectorElement
from qiskit.circuit.library import CRXGate, efficient_su2, real_amplitudes
from qiskit.quantum_info import Operator
from scipy.linalg import expm

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.model import FileAnsatz, HardwareEfficientAnsatz, LibraryAnsatz, TwoQubitAnsatz
from sggd_qiskit.model.ansatzes import build_ansatz, cx_power

EXACT = 1e-12
CNOT = np.eye(4)[[0, 3, 2, 1]]  # control on qubit 0
X = np.array([[0, 1], [1, 0]])


def matrix(circuit: QuantumCircuit, *theta: float) -> np.ndarray:
    return Operator(circuit.assign_parameters(list(theta))).data


@pytest.mark.parametrize("theta", [-4.0, -0.3, 0.9, 2.5, 7.0])
def test_cx_power_is_the_exponential(theta):
    generator = np.kron((np.eye(2) - X) / 2, np.diag([0, 1]))
    assert phase_distance(matrix(cx_power(), theta), expm(-1j * theta * generator)) < EXACT
    assert phase_distance(matrix(cx_power(), theta), matrix(cx_power(), theta + 2 * np.pi)) < EXACT


@pytest.mark.parametrize("kind", ["cx_power", "crx"])
def test_the_two_qubit_ansatzes_run_from_the_identity_to_the_cnot(kind):
    circuit = build_ansatz(TwoQubitAnsatz(kind=kind), 2)
    assert circuit.num_parameters == 1
    assert phase_distance(matrix(circuit, 0.0), np.eye(4)) < EXACT
    # CRX(π) is the CNOT up to a phase -i where the control is on.
    phase = np.diag([1, -1j, 1, -1j]) if kind == "crx" else np.eye(4)
    assert phase_distance(matrix(circuit, np.pi), CNOT @ phase) < EXACT


def test_crx_is_crx():
    circuit = build_ansatz(TwoQubitAnsatz(kind="crx"), 2)
    assert phase_distance(matrix(circuit, 0.7), CRXGate(0.7).to_matrix()) < EXACT
    assert phase_distance(matrix(circuit, 0.7), matrix(circuit, 0.7 + 2 * np.pi)) > 0.1
    assert phase_distance(matrix(circuit, 0.7), matrix(circuit, 0.7 + 4 * np.pi)) < EXACT


@pytest.mark.parametrize("kind", ["cx_power", "crx"])
def test_the_werner_twirl_coefficient_has_its_closed_form(kind):
    swap = np.eye(4)[[0, 2, 1, 3]]
    for theta in np.linspace(-3, 3, 7):
        u = matrix(build_ansatz(TwoQubitAnsatz(kind=kind), 2), theta)
        s = np.trace(u.conj().T @ swap @ u @ swap).real
        wanted = np.cos(theta / 2) ** 2 if kind == "cx_power" else ((1 + np.cos(theta / 2)) ** 2 - 1) / 3
        assert abs((s - 1) / 3 - wanted) < EXACT


@pytest.mark.parametrize("rotations", [("rx",), ("rz", "ry", "rz")])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 5])
@pytest.mark.parametrize("entangler", ["cx_ring", "cx_chain", "cz_ring", "cz_chain"])
def test_hardware_efficient_structure(num_qubits, layers, rotations, entangler):
    config = HardwareEfficientAnsatz(rotations=rotations, layers=layers, entangler=entangler)
    circuit = build_ansatz(config, num_qubits)
    assert circuit.num_parameters == num_qubits * layers * len(rotations)
    assert rotation_form(circuit).num_angles == circuit.num_parameters
    # θ is in the order in which the rotations act.
    found = [i.operation.params[0] for i in circuit.data if i.operation.params]
    assert found == list(circuit.parameters)
    assert all(isinstance(p, ParameterVectorElement) and p.index == k for k, p in enumerate(found))
    gate, shape = entangler.split("_")
    pairs = [tuple(circuit.find_bit(q).index for q in i.qubits) for i in circuit.data if i.operation.name == gate]
    ring = [(q, q + 1) for q in range(num_qubits - 1)]
    if shape == "ring" and num_qubits > 2:
        ring.append((num_qubits - 1, 0))
    assert pairs == ring * layers


def test_the_rotations_of_a_qubit_act_in_the_order_given():
    circuit = build_ansatz(HardwareEfficientAnsatz(rotations=("rx", "rz"), layers=2, entangler="cz_chain"), 2)
    names = [i.operation.name for i in circuit.data]
    assert names == ["rx", "rz", "rx", "rz", "cz"] * 2


def test_the_ring_of_two_qubits_runs_the_pair_once():
    config = HardwareEfficientAnsatz(entangler="cx_ring", layers=1)
    circuit = build_ansatz(config, 2)
    assert circuit.count_ops()["cx"] == 1
    assert phase_distance(matrix(circuit, *[0.0] * 6), CNOT) < EXACT


@pytest.mark.parametrize("entanglement", ["full", "linear", "reverse_linear", "circular", "sca", "pairwise"])
@pytest.mark.parametrize(("kind", "build"), [("real_amplitudes", real_amplitudes), ("efficient_su2", efficient_su2)])
def test_library_ansatzes_are_qiskits(kind, build, entanglement):
    circuit = build_ansatz(LibraryAnsatz(kind=kind, reps=2, entanglement=entanglement), 3)
    wanted = build(3, reps=2, entanglement=entanglement)
    theta = np.random.default_rng(0).normal(size=wanted.num_parameters)
    assert phase_distance(matrix(circuit, *theta), matrix(wanted, *theta)) < EXACT
    if kind == "real_amplitudes":
        assert np.abs(matrix(circuit, *theta).imag).max() < EXACT


@pytest.fixture
def write(tmp_path):
    def _write(circuit: QuantumCircuit) -> FileAnsatz:
        path = tmp_path / "ansatz.qpy"
        with path.open("wb") as stream:
            qpy.dump(circuit, stream)
        return FileAnsatz(path=str(path))

    return _write


def test_an_ansatz_from_a_file(write):
    circuit = random_ansatz(np.random.default_rng(0), 3, 13)
    found = build_ansatz(write(circuit), 3)
    theta = np.random.default_rng(1).normal(size=13)
    assert phase_distance(matrix(found, *theta), matrix(circuit, *theta)) < EXACT
    indices = [p.index for p in found.parameters]
    assert all(b == a + 1 for a, b in pairwise(indices))


@pytest.mark.parametrize("config", [TwoQubitAnsatz(kind="crx"), TwoQubitAnsatz(kind="cx_power")])
def test_a_two_qubit_ansatz_on_three_qubits(config):
    with pytest.raises(ConfigError, match=r"^model\.ansatz: found a circuit of 2 qubits; wanted 3"):
        build_ansatz(config, 3)


def test_a_file_of_another_size(write):
    with pytest.raises(ConfigError, match=r"^model\.ansatz: found a circuit of 3 qubits; wanted 2, as model.qubits"):
        build_ansatz(write(random_ansatz(np.random.default_rng(0), 3)), 2)


def test_a_file_without_parameters(write):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    with pytest.raises(ConfigError, match=r"^model\.ansatz: found a circuit without parameters"):
        build_ansatz(write(circuit), 2)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError, match=r"^model\.ansatz\.path: can't open .*; check the path"):
        build_ansatz(FileAnsatz(path=str(tmp_path / "no.qpy")), 2)
