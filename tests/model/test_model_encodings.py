"""Encodings against their formulas."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from builders import phase_distance, plain_ansatz
from qiskit import QuantumCircuit, qpy
from qiskit.quantum_info import Operator, Pauli, Statevector
from scipy.linalg import expm

from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.model import (
    AngleEncoding,
    BellStatesEncoding,
    EncodingConfig,
    FileEncoding,
    LibraryEncoding,
    PauliFeatureMapEncoding,
)
from sggd_qiskit.model.encodings import build_encoding

EXACT = 1e-12
HADAMARD = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
GENERATORS = {"rx": "X", "ry": "Y", "rz": "Z"}


def encoded(config: EncodingConfig, num_qubits: int, x: np.ndarray) -> np.ndarray:
    return Statevector(build_encoding(config, num_qubits, len(x)).assign_parameters(x)).data


def product(factors: list[np.ndarray]) -> np.ndarray:
    """factors[q] on qubit q."""
    result = np.eye(1)
    for factor in factors:
        result = np.kron(factor, result)
    return result


def exponential(label: str, angle: float) -> np.ndarray:
    return expm(-1j * angle * Pauli(label).to_matrix())


def on(letter: str, qubits: tuple[int, ...], num_qubits: int) -> str:
    return "".join(letter if q in qubits else "I" for q in reversed(range(num_qubits)))


@pytest.mark.parametrize("gate", GENERATORS)
@pytest.mark.parametrize(("num_qubits", "features"), [(1, 1), (2, 2), (4, 2), (3, 2), (4, 3)])
def test_angle_encoding_is_a_product_of_rotated_qubits(gate, num_qubits, features):
    x = np.random.default_rng(0).uniform(-1, 1, size=features)
    start = HADAMARD[:, 0] if gate == "rz" else np.array([1, 0])
    qubits = [exponential(GENERATORS[gate], 0.8 * x[q % features] / 2) @ start for q in range(num_qubits)]
    wanted = product([qubit[:, None] for qubit in qubits])[:, 0]
    assert phase_distance(encoded(AngleEncoding(gate=gate, scale=0.8), num_qubits, x), wanted) < EXACT


@pytest.mark.parametrize("gate", GENERATORS)
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
def test_reuploading_alternates_rotations_with_rings_of_cz(gate, num_qubits):
    x = np.random.default_rng(1).uniform(-1, 1, size=min(num_qubits, 2))
    bits = np.arange(2**num_qubits)[:, None] >> np.arange(num_qubits) & 1
    neighbours = {frozenset((q, (q + 1) % num_qubits)) for q in range(num_qubits)} if num_qubits > 1 else set()
    ring = np.prod([(-1.0) ** (bits[:, a] * bits[:, b]) for a, b in map(tuple, neighbours)], axis=0)
    upload = product([exponential(GENERATORS[gate], 0.6 * x[q % len(x)]) for q in range(num_qubits)])
    state = np.eye(2**num_qubits)[0]
    if gate == "rz":
        state = product([HADAMARD] * num_qubits)[:, 0]
    state = upload @ (ring * (upload @ (ring * (upload @ state))))
    found = encoded(AngleEncoding(gate=gate, scale=1.2, uploads=3), num_qubits, x)
    assert phase_distance(found, state) < EXACT


def test_angle_features_beyond_ten_stay_in_order():
    x = np.linspace(0.1, 1.2, 12)
    state = encoded(AngleEncoding(gate="ry", scale=1.0), 12, x)
    for q in (0, 2, 10, 11):
        z = Statevector(state).expectation_value(Pauli("Z"), [q]).real
        assert abs(z - np.cos(x[q])) < EXACT


def test_the_bell_states():
    r = np.sqrt(0.5)
    wanted = {(0, 0): [r, 0, 0, r], (1, 0): [r, 0, 0, -r], (0, 1): [0, r, r, 0], (1, 1): [0, r, -r, 0]}
    for flips, state in wanted.items():
        found = encoded(BellStatesEncoding(), 2, np.pi * np.array(flips))
        assert phase_distance(found, np.array(state, dtype=complex)) < EXACT


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
@pytest.mark.parametrize("reps", [1, 2])
def test_z_feature_map(num_qubits, reps):
    x = np.random.default_rng(2).uniform(-1, 1, size=num_qubits)
    layer = product([exponential("Z", angle) @ HADAMARD for angle in x])
    wanted = np.linalg.matrix_power(layer, reps)[:, 0]
    assert phase_distance(encoded(LibraryEncoding(kind="z_feature_map", reps=reps), num_qubits, x), wanted) < EXACT


@pytest.mark.parametrize(("entanglement", "pairs"), [("full", [(0, 1), (0, 2), (1, 2)]), ("linear", [(0, 1), (1, 2)])])
def test_zz_feature_map(entanglement, pairs):
    x = np.random.default_rng(3).uniform(-1, 1, size=3)
    layer = product([exponential("Z", angle) @ HADAMARD for angle in x])
    for a, b in pairs:
        layer = exponential(on("Z", (a, b), 3), (np.pi - x[a]) * (np.pi - x[b])) @ layer
    config = LibraryEncoding(kind="zz_feature_map", entanglement=entanglement)
    assert phase_distance(encoded(config, 3, x), (layer @ layer)[:, 0]) < EXACT


@pytest.mark.parametrize("letter", "XYZ")
def test_pauli_feature_map(letter):
    x = np.random.default_rng(4).uniform(-1, 1, size=3)
    layer = product([exponential("Y", angle) @ HADAMARD for angle in x])
    for a, b in combinations(range(3), 2):
        layer = exponential(on(letter, (a, b), 3), (np.pi - x[a]) * (np.pi - x[b])) @ layer
    found = encoded(PauliFeatureMapEncoding(paulis=("Y", 2 * letter), reps=1), 3, x)
    assert phase_distance(found, layer[:, 0]) < 1e-10


@pytest.mark.parametrize(
    "config",
    [
        AngleEncoding(uploads=2),
        LibraryEncoding(kind="z_feature_map"),
        LibraryEncoding(kind="zz_feature_map", entanglement="sca"),
        PauliFeatureMapEncoding(paulis=("X", "ZYX")),
    ],
)
def test_the_rotation_form_takes_the_features_in_the_same_order(config):
    x = np.random.default_rng(5).uniform(-1, 1, size=(4, 3))
    states = prepared_states(rotation_form(build_encoding(config, 3, 3)), x)
    for row, state in zip(x, states.T, strict=True):
        assert phase_distance(state, encoded(config, 3, row)) < 1e-10


@pytest.fixture
def write(tmp_path):
    def _write(circuit: QuantumCircuit) -> FileEncoding:
        path = tmp_path / "encoding.qpy"
        with path.open("wb") as stream:
            qpy.dump(circuit, stream)
        return FileEncoding(path=str(path))

    return _write


def test_an_encoding_from_a_file(write):
    circuit = plain_ansatz(np.random.default_rng(6), 2, 12)
    x = np.random.default_rng(7).normal(size=12)
    found = build_encoding(write(circuit), 2, 12).assign_parameters(x)
    assert phase_distance(Operator(found).data, Operator(circuit.assign_parameters(x)).data) < EXACT


@pytest.mark.parametrize(
    ("config", "num_qubits", "features", "message"),
    [
        (AngleEncoding(), 2, 3, r"model\.qubits: found 2 for 3 features; an angle encoding needs a qubit for each"),
        (BellStatesEncoding(), 3, 2, r"model\.encoding: found a circuit of 2 qubits; wanted 3, as model.qubits says"),
        (BellStatesEncoding(), 2, 3, r"model\.encoding: found an encoding of 2 features; the data have 3"),
        (
            LibraryEncoding(kind="z_feature_map"),
            4,
            2,
            r"model\.encoding: found an encoding of 4 features; the data have 2",
        ),
        (
            LibraryEncoding(kind="zz_feature_map"),
            2,
            3,
            r"model\.encoding: found an encoding of 2 features; the data have 3",
        ),
        (
            LibraryEncoding(kind="zz_feature_map"),
            1,
            1,
            r"model\.encoding: Qiskit can't build the feature map: .*smaller",
        ),
        (PauliFeatureMapEncoding(), 3, 2, r"model\.encoding: found an encoding of 3 features"),
        (PauliFeatureMapEncoding(paulis=("I",)), 2, 2, r"model\.encoding: found an encoding of 0 features"),
        (
            PauliFeatureMapEncoding(paulis=("XYZ",), entanglement="pairwise"),
            3,
            3,
            r"model\.encoding: Qiskit can't build the feature map: .*pairwise",
        ),
        *(
            (
                PauliFeatureMapEncoding(paulis=("Z", bad)),
                2,
                2,
                rf"model\.encoding\.paulis: found '{bad}'; wanted strings of I, X, Y, Z of at most 2 letters",
            )
            for bad in ("", "ZZZ", "zz", "ZQ")
        ),
    ],
)
def test_what_does_not_fit_names_its_key(config, num_qubits, features, message):
    with pytest.raises(ConfigError, match=f"^{message}"):
        build_encoding(config, num_qubits, features)


def test_a_file_that_does_not_fit(write, tmp_path):
    config = write(plain_ansatz(np.random.default_rng(6), 2, 3))
    with pytest.raises(ConfigError, match=r"^model\.encoding: found a circuit of 2 qubits; wanted 3"):
        build_encoding(config, 3, 3)
    with pytest.raises(ConfigError, match=r"^model\.encoding: found an encoding of 3 features; the data have 2"):
        build_encoding(config, 2, 2)
    with pytest.raises(ConfigError, match=r"^model\.encoding\.path: can't open .*; check the path"):
        build_encoding(FileEncoding(path=str(tmp_path / "no.qasm")), 2, 3)
