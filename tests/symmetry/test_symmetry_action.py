"""How elements act on features, found from the encoding itself."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from sggd_qiskit.circuit.rotation_form import RotationForm, rotation_form
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.config.model import AngleEncoding, EncodingConfig, LibraryEncoding, PauliFeatureMapEncoding
from sggd_qiskit.model.encodings import build_encoding
from sggd_qiskit.symmetry.action import Action, Probes, find_action
from sggd_qiskit.symmetry.element import Element, from_circuit, from_pauli, from_permutation, identity

ALIKE = 1e-6
ANGLE = AngleEncoding()
EXCHANGE = np.array([[0, 1], [1, 0]])


def form(config: EncodingConfig, num_qubits: int, features: int) -> RotationForm:
    return rotation_form(build_encoding(config, num_qubits, features))


def action_of(element: Element, encoding: RotationForm, points: np.ndarray) -> Action:
    return find_action(element, Probes.about(encoding, points))


def points(features: int, number: int = 12) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, size=(number, features))


def signed_permutations(features: int) -> list[np.ndarray]:
    return [
        np.eye(features)[list(order)] * np.array(signs)[:, None]
        for order in permutations(range(features))
        for signs in product((1, -1), repeat=features)
    ]


def distances(element: Element, encoding: RotationForm, at: np.ndarray, action: np.ndarray) -> np.ndarray:
    """Trace distances from density matrices."""
    moved = element.matrix @ prepared_states(encoding, at)
    images = prepared_states(encoding, at @ action.T)
    differences = np.einsum("ap,bp->pab", moved, moved.conj()) - np.einsum("ap,bp->pab", images, images.conj())
    return np.abs(np.linalg.eigvalsh(differences)).sum(axis=1) / 2


@pytest.mark.parametrize(
    ("gate", "pauli", "wanted"),
    [
        ("rx", "IZIZ", np.diag([-1, 1])),
        ("rx", "ZIZI", np.diag([1, -1])),
        ("rx", "ZZZZ", -np.eye(2)),
        ("ry", "IZIZ", np.diag([-1, 1])),
        ("ry", "ZZZZ", -np.eye(2)),
        ("rz", "IXIX", np.diag([-1, 1])),
        ("rz", "XXXX", -np.eye(2)),
    ],
)
@pytest.mark.parametrize("scale", [1.0, np.pi / 2])
def test_pauli_strings_reflect_the_features_of_angle_encodings(gate, pauli, wanted, scale):
    encoding = form(AngleEncoding(gate=gate, scale=scale), 4, 2)
    action = action_of(from_pauli(pauli), encoding, points(2))
    np.testing.assert_array_equal(action.matrix, wanted)
    assert action.worst < ALIKE
    assert len(action.distances) > 12


@pytest.mark.parametrize("gate", ["rx", "ry", "rz"])
def test_permutations_permute_the_features_of_angle_encodings(gate):
    encoding = form(AngleEncoding(gate=gate), 4, 2)
    for permutation in ([1, 0, 3, 2], [1, 2, 3, 0], [3, 2, 1, 0]):
        action = action_of(from_permutation(permutation, 4), encoding, points(2))
        np.testing.assert_array_equal(action.matrix, EXCHANGE)
        assert action.worst < ALIKE
    same = action_of(from_permutation([2, 3, 0, 1], 4), encoding, points(2))
    np.testing.assert_array_equal(same.matrix, np.eye(2))


@pytest.mark.parametrize("features", [3, 5])
def test_a_shift_moves_feature_q_to_qubit_q_plus_one(features):
    encoding = form(AngleEncoding(gate="ry"), features, features)
    shift = [(q + 1) % features for q in range(features)]
    action = action_of(Element(tuple(shift), "I" * (features - 1) + "Z"), encoding, points(features))
    wanted = np.zeros((features, features))
    wanted[shift, range(features)] = 1
    wanted[0] *= -1  # Z on qubit 0, after the shift
    np.testing.assert_array_equal(action.matrix, wanted)
    assert action.worst < ALIKE


@pytest.mark.parametrize(
    "config",
    [
        LibraryEncoding(kind="z_feature_map"),
        LibraryEncoding(kind="zz_feature_map"),
        LibraryEncoding(kind="zz_feature_map", reps=1, entanglement="full"),
        PauliFeatureMapEncoding(paulis=("Y", "ZZ")),
    ],
)
def test_permutations_permute_the_features_of_feature_maps(config):
    encoding = form(config, 3, 3)
    for permutation in permutations(range(3)):
        action = action_of(from_permutation(permutation, 3), encoding, points(3))
        wanted = np.zeros((3, 3))
        wanted[permutation, range(3)] = 1
        np.testing.assert_array_equal(action.matrix, wanted)
        assert action.worst < ALIKE


def test_the_single_z_feature_map_is_reflected_by_x():
    encoding = form(LibraryEncoding(kind="z_feature_map", reps=1), 3, 3)
    action = action_of(from_pauli("XIX"), encoding, points(3))
    np.testing.assert_array_equal(action.matrix, np.diag([-1, 1, -1]))
    assert action.worst < ALIKE


def gates(num_qubits: int, *names: str) -> Element:
    """Gates on the first qubits."""
    circuit = QuantumCircuit(num_qubits)
    for q, name in enumerate(names):
        getattr(circuit, name)(q)
    return from_circuit(circuit, num_qubits)


@pytest.mark.parametrize("names", [("s",), ("t", "s"), ("x", "h")])
def test_if_there_is_no_action_some_signed_permutation_is_reported_with_its_distances(names):
    encoding = form(AngleEncoding(scale=1.0), 2, 2)
    element, probes = gates(2, *names), Probes.about(encoding, points(2))
    action = find_action(element, probes)
    assert any(np.array_equal(action.matrix, matrix) for matrix in signed_permutations(2))
    np.testing.assert_allclose(action.distances, distances(element, encoding, probes.points, action.matrix), atol=1e-7)
    assert action.worst > 0.1


@pytest.mark.parametrize("features", [2, 6, 9])
@pytest.mark.parametrize("gate", ["rx", "ry"])
def test_bit_flips_shift_the_features_of_angle_encodings(gate, features):
    encoding = form(AngleEncoding(gate=gate, scale=np.pi), features, features)
    at = np.random.default_rng(1).uniform(0, 1, size=(12, features))
    for flipped in ([0], range(features)):
        label = "".join("X" if q in flipped else "I" for q in reversed(range(features)))
        action = action_of(from_pauli(label), encoding, at)
        assert action.worst < ALIKE
        wanted = np.eye(features)
        if gate == "ry":
            wanted[flipped, flipped] = -1
        np.testing.assert_array_equal(action.matrix, wanted)
        np.testing.assert_allclose(np.abs(action.shift), np.isin(range(features), flipped), atol=1e-12)


def test_without_a_candidate_among_many_features_the_point_itself_is_reported():
    encoding = form(AngleEncoding(scale=1.0), 4, 4)
    element, probes = gates(4, "s"), Probes.about(encoding, points(4))
    action = find_action(element, probes)
    np.testing.assert_array_equal(action.matrix, np.eye(4))
    np.testing.assert_allclose(action.distances, distances(element, encoding, probes.points, np.eye(4)), atol=1e-7)


def test_probes_go_beyond_the_data_on_both_sides():
    data = np.array([[0.0, 2.0], [0.0, 3.0]])
    probes = Probes.about(form(ANGLE, 2, 2), data)
    np.testing.assert_array_equal(probes.points[:2], data)
    drawn = probes.points[2:]
    assert (drawn.min(axis=0) < -2.5).all()
    assert (drawn.max(axis=0) > 2.5).all()
    assert np.abs(drawn).max() <= 1.1 * 3
    np.testing.assert_array_equal(Probes.about(form(ANGLE, 2, 2), data).points, probes.points)


@pytest.mark.parametrize("features", [2, 4])
def test_actions_that_agree_on_the_axes_are_told_apart_at_the_points(features):
    # Angles of products of features vanish on the axes, where every signed permutation is right.
    x = ParameterVector("x", features)
    circuit = QuantumCircuit(features - 1)
    for q in range(features - 1):
        circuit.rx(2 * x[q] * x[q + 1], q)
    encoding = rotation_form(circuit)
    action = action_of(from_pauli("Z" * (features - 1)), encoding, points(features))
    assert action.worst < ALIKE
    np.testing.assert_allclose(
        [a @ b for a, b in zip(action.matrix, action.matrix[1:], strict=False)], np.zeros(features - 1)
    )
    moved = points(features) @ action.matrix.T
    np.testing.assert_allclose(moved[:, :-1] * moved[:, 1:], -points(features)[:, :-1] * points(features)[:, 1:])


def test_features_without_any_effect_do_not_take_forever():
    x = ParameterVector("x", 9)
    circuit = QuantumCircuit(1)
    for parameter in x:
        circuit.rz(parameter, 0)
    action = action_of(identity(1), rotation_form(circuit), points(9))
    assert action.worst < ALIKE
    assert (np.abs(action.matrix).sum(axis=0) == 1).all()
    # X moves |0⟩ away, and all signed permutations of nine features are too many to try.
    assert action_of(from_pauli("X"), rotation_form(circuit), points(9)).worst == pytest.approx(1)


def test_indistinguishable_features_with_one_that_has_no_image():
    # Two features on one qubit: their images collide, so that no signed permutation is right on the axes.
    x = ParameterVector("x", 3)
    circuit = QuantumCircuit(2)
    circuit.rx(x[0], 0)
    circuit.rx(x[1], 0)
    circuit.ry(x[2], 1)
    action = action_of(from_pauli("IZ"), rotation_form(circuit), points(3))
    assert action.worst < ALIKE
    np.testing.assert_array_equal(action.matrix[:2, :2].sum(axis=0), [-1, -1])
    assert action.matrix[2, 2] == 1
