"""The check that a group is a symmetry of the encoding, or that the states are invariant."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from sggd_qiskit.circuit.rotation_form import RotationForm, rotation_form
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.config.model import AngleEncoding, EncodingConfig, LibraryEncoding
from sggd_qiskit.data.werner import werner_states
from sggd_qiskit.model.encodings import bell_states, build_encoding
from sggd_qiskit.symmetry.equivariance import MOST_POINTS, encoding_equivariance, state_invariance
from sggd_qiskit.symmetry.group import SymmetryGroup

TOLERANCE = 1e-6
ANGLE = AngleEncoding(scale=np.pi / 2)


def form(config: EncodingConfig, num_qubits: int, features: int) -> RotationForm:
    return rotation_form(build_encoding(config, num_qubits, features))


def points(features: int, number: int = 20) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, size=(number, features))


def trace_distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(np.linalg.eigvalsh(a - b)).sum() / 2)


HOLDS = [
    ("swap", 4, 2, ANGLE),
    ("reflections", 4, 2, ANGLE),
    ("dihedral_square", 4, 2, ANGLE),
    ("dihedral_square", 2, 2, AngleEncoding(gate="ry")),
    ("dihedral_square", 4, 2, AngleEncoding(uploads=2)),
    ("cyclic", 4, 2, ANGLE),
    ("cyclic", 3, 3, AngleEncoding(gate="rz")),
    ("full_permutation", 3, 3, ANGLE),
    ("parity", 3, 3, AngleEncoding(gate="ry")),
    ("parity", 2, 2, AngleEncoding(uploads=3)),
    ("full_permutation", 3, 3, LibraryEncoding(kind="zz_feature_map")),
    ("cyclic", 4, 4, LibraryEncoding(kind="zz_feature_map", entanglement="circular")),
    ("swap", 2, 2, LibraryEncoding(kind="z_feature_map")),
]


@pytest.mark.parametrize(("name", "num_qubits", "features", "config"), HOLDS)
def test_a_symmetry_holds_and_its_actions_move_the_states(name, num_qubits, features, config):
    group, encoding, at = SymmetryGroup.named(name, num_qubits), form(config, num_qubits, features), points(features)
    found = encoding_equivariance(group, encoding, at, TOLERANCE)
    assert found.holds
    assert found.distance <= TOLERANCE
    assert found.actions.shape == (group.order, features, features)
    states = prepared_states(encoding, at)
    for element, action in zip(group.elements, found.actions, strict=True):
        overlaps = np.einsum("ap,ap->p", prepared_states(encoding, at @ action.T).conj(), element.matrix @ states)
        np.testing.assert_allclose(np.abs(overlaps), 1, atol=1e-12)


@pytest.mark.parametrize(("name", "num_qubits", "features", "config"), HOLDS)
def test_the_actions_are_a_representation(name, num_qubits, features, config):
    group = SymmetryGroup.named(name, num_qubits)
    actions = encoding_equivariance(group, form(config, num_qubits, features), points(features), TOLERANCE).actions
    np.testing.assert_array_equal(actions[0], np.eye(features))
    for action, inverse in zip(actions, group.inverses, strict=True):
        np.testing.assert_array_equal(action @ actions[inverse], np.eye(features))
    for a, s in zip(actions, group.elements, strict=True):
        for b, t in zip(actions, group.elements, strict=True):
            product = s.times(t)
            k = next(
                k
                for k, e in enumerate(group.elements)
                if (e.permutation, e.pauli) == (product.permutation, product.pauli)
            )
            np.testing.assert_array_equal(a @ b, actions[k])


@pytest.mark.parametrize(
    ("name", "num_qubits", "features", "config", "label"),
    [
        ("full_permutation", 4, 2, ANGLE, None),
        ("parity", 2, 2, LibraryEncoding(kind="zz_feature_map"), "Z0 Z1"),
        ("cyclic", 3, 3, LibraryEncoding(kind="zz_feature_map", entanglement="linear"), None),
        ("u1_total_z", 2, 2, ANGLE, None),
        ("collective_su2", 2, 2, ANGLE, None),
    ],
)
def test_a_wrong_group_is_refused_naming_element_and_point(name, num_qubits, features, config, label):
    group, encoding, at = SymmetryGroup.named(name, num_qubits), form(config, num_qubits, features), points(features)
    found = encoding_equivariance(group, encoding, at, TOLERANCE)
    assert not found.holds
    assert found.distance > 0.05
    assert found.element in group.elements[1:]
    if label is not None:
        assert found.element.label == label
    # The distance is that of the element named, at the point named.
    s = group.elements.index(found.element)
    x = found.features
    if found.point is not None:
        np.testing.assert_array_equal(x, at[found.point])
    pair = prepared_states(encoding, np.array([x, found.actions[s] @ x])).T
    moved = found.element.matrix @ pair[0]
    distance = trace_distance(np.outer(moved, moved.conj()), np.outer(pair[1], pair[1].conj()))
    assert abs(distance - found.distance) < 1e-7


def test_the_tolerance_decides():
    group, at = SymmetryGroup.named("parity", 2), points(2)
    circuit = build_encoding(ANGLE, 2, 2)
    circuit.ry(1e-3, 0)
    skewed = rotation_form(circuit)
    distance = encoding_equivariance(group, skewed, at, TOLERANCE).distance
    assert 1e-5 < distance < 2e-3
    assert not encoding_equivariance(group, skewed, at, distance / 1.01).holds
    assert encoding_equivariance(group, skewed, at, distance * 1.01).holds


def test_a_limited_number_of_points_is_looked_at():
    many = points(2, MOST_POINTS + 50)
    found = encoding_equivariance(SymmetryGroup.named("full_permutation", 4), form(ANGLE, 4, 2), many, TOLERANCE)
    first = encoding_equivariance(
        SymmetryGroup.named("full_permutation", 4), form(ANGLE, 4, 2), many[:MOST_POINTS], TOLERANCE
    )
    assert (found.point, found.distance) == (first.point, first.distance)


ALPHAS = np.array([-1.0, -0.2, 0.3, 0.8, 0.95])


def check_states(group: SymmetryGroup, tolerance: float = TOLERANCE):
    sample = werner_states(ALPHAS)
    return state_invariance(group, rotation_form(bell_states()), sample.preparations, sample.weights, tolerance)


def werner(alpha: float) -> np.ndarray:
    return (np.eye(4) - alpha * np.eye(4)[[0, 2, 1, 3]]) / (4 - 2 * alpha)


@pytest.mark.parametrize("name", ["collective_su2", "swap", "parity", "u1_total_z"])
def test_werner_states_are_invariant(name):
    found = check_states(SymmetryGroup.named(name, 2))
    assert found.holds
    assert found.distance < 1e-12
    assert found.actions is None


def test_werner_states_are_invariant_under_the_same_gates_on_both_qubits():
    circuit = QuantumCircuit(2)
    circuit.s([0, 1])
    circuit.h([0, 1])
    group = SymmetryGroup.from_generators([circuit])
    assert group.order == 3
    assert check_states(group).holds


@pytest.mark.parametrize("generator", ["IZ", "XI", "ZX"])
def test_other_groups_do_not_leave_them_invariant(generator):
    group = SymmetryGroup.from_generators([generator])
    found = check_states(group)
    assert not found.holds
    assert found.element is group.elements[1]
    v = found.element.matrix
    exact = [trace_distance(v @ werner(alpha) @ v.conj().T, werner(alpha)) for alpha in ALPHAS]
    assert found.point == int(np.argmax(exact))
    assert abs(found.distance - max(exact)) < 1e-12


def test_the_worst_generator_is_named():
    first, second = QuantumCircuit(2), QuantumCircuit(2)
    first.p(np.pi / 8, 0)
    second.p(np.pi / 2, 1)
    group = SymmetryGroup.from_generators([first, second])
    found = check_states(group)
    exact = [
        max(trace_distance(e.matrix @ werner(a) @ e.matrix.conj().T, werner(a)) for a in ALPHAS)
        for e in (group.elements[g] for g in group.generators)
    ]
    assert found.element is group.elements[group.generators[int(np.argmax(exact))]]
    assert abs(found.distance - max(exact)) < 1e-12


def phase_on_the_first() -> SymmetryGroup:
    circuit = QuantumCircuit(2)
    circuit.s(0)
    return SymmetryGroup.from_generators([circuit])


def of_two_scales() -> RotationForm:
    x = ParameterVector("x", 2)
    circuit = QuantumCircuit(2)
    circuit.rx(x[0], 0)
    circuit.rx(2 * x[1], 1)
    return rotation_form(circuit)


ALONG = np.linspace(-1, 1, 20)
BIASED = {
    "a feature that is zero in all data": (
        phase_on_the_first(),
        form(ANGLE, 2, 2),
        np.stack([0 * ALONG, ALONG], axis=1),
    ),
    "features in proportion": (SymmetryGroup.named("swap", 2), of_two_scales(), np.stack([2 * ALONG, ALONG], axis=1)),
    "a single point": (phase_on_the_first(), form(ANGLE, 2, 2), np.zeros((1, 2))),
}


@pytest.mark.parametrize("name", BIASED)
def test_data_that_happen_to_be_invariant_do_not_make_a_symmetry(name):
    group, encoding, data = BIASED[name]
    # At the data alone the group looks like a symmetry.
    states = prepared_states(encoding, data)
    moved = group.elements[1].matrix @ states
    np.testing.assert_allclose(np.abs(np.einsum("ap,ap->p", moved.conj(), states)), 1, atol=1e-12)
    found = encoding_equivariance(group, encoding, data, TOLERANCE)
    assert not found.holds
    assert found.distance > 0.3
    # Nor would a wide tolerance take a permutation that is wrong on the axes.
    assert not encoding_equivariance(group, encoding, data, 0.1).holds


def test_biased_data_hide_no_symmetry_either():
    data = np.stack([0 * ALONG, ALONG], axis=1)
    found = encoding_equivariance(SymmetryGroup.named("dihedral_square", 4), form(ANGLE, 4, 2), data, TOLERANCE)
    assert found.holds


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_the_range_of_the_features_does_not_matter(scale):
    config = AngleEncoding(scale=1 / scale)
    at = scale * points(2)
    assert encoding_equivariance(SymmetryGroup.named("dihedral_square", 4), form(config, 4, 2), at, TOLERANCE).holds
    assert not encoding_equivariance(phase_on_the_first(), form(config, 2, 2), at, TOLERANCE).holds


@pytest.mark.parametrize(
    ("gate", "paulis", "num_qubits", "matrix", "shift"),
    [
        ("ry", ["XX"], 2, -np.eye(2), [1, 1]),
        ("ry", ["IX"], 2, np.diag([-1, 1]), [1, 0]),
        ("ry", ["XXXX"], 4, -np.eye(2), [1, 1]),
        ("rx", ["YY"], 2, -np.eye(2), [1, 1]),
        ("rx", ["XX"], 2, np.eye(2), [1, 1]),
        ("rz", ["IZ"], 2, np.eye(2), [1, 0]),
    ],
)
def test_shifts_of_features_that_lie_in_the_unit_interval(gate, paulis, num_qubits, matrix, shift):
    encoding = form(AngleEncoding(gate=gate, scale=np.pi), num_qubits, 2)
    group = SymmetryGroup.from_generators(paulis)
    at = np.random.default_rng(0).uniform(0, 1, size=(12, 2))
    found = encoding_equivariance(group, encoding, at, TOLERANCE)
    assert found.holds
    np.testing.assert_array_equal(found.actions[1], matrix)
    np.testing.assert_allclose(found.shifts[1], shift, atol=1e-12)


@pytest.mark.parametrize(
    "config", [AngleEncoding(gate="rx", scale=2.0), AngleEncoding(gate="ry", scale=0.7, uploads=1)]
)
def test_affine_actions_move_the_states_and_each_other(config):
    turn = QuantumCircuit(3)
    getattr(turn, config.gate)(np.pi / 2, [0, 2])
    group = SymmetryGroup.from_generators([turn, "ZZZ"])
    encoding, at = form(config, 3, 3), points(3)
    found = encoding_equivariance(group, encoding, at, TOLERANCE)
    assert found.holds
    assert np.abs(found.shifts).max() > 0.5
    states = prepared_states(encoding, at)
    for element, action, shift in zip(group.elements, found.actions, found.shifts, strict=True):
        images = prepared_states(encoding, at @ action.T + shift)
        np.testing.assert_allclose(np.abs(np.einsum("ap,ap->p", images.conj(), element.matrix @ states)), 1, atol=1e-10)


def test_a_shifted_action_is_described():
    at = np.random.default_rng(0).uniform(0, 1, size=(12, 2))
    encoding = form(AngleEncoding(gate="ry", scale=np.pi), 2, 2)
    found = encoding_equivariance(SymmetryGroup.from_generators(["XX", (1, 0)]), encoding, at, TOLERANCE)
    assert found.described(("a", "b"), 1) == "a → 1 - a, b → 1 - b"
    assert found.described(("a", "b"), 2) == "a → b, b → a"


def test_a_group_of_one_element_is_a_symmetry():
    found = encoding_equivariance(SymmetryGroup.from_generators(["II"]), form(ANGLE, 2, 2), points(2), TOLERANCE)
    assert found.holds
    np.testing.assert_array_equal(found.actions, [np.eye(2)])


def test_the_actions_of_elements_that_are_listed_by_hand():
    group = SymmetryGroup.named("dihedral_square", 4)
    listed = SymmetryGroup(group.elements, "listed")
    encoding, at = form(ANGLE, 4, 2), points(2)
    np.testing.assert_array_equal(
        encoding_equivariance(listed, encoding, at, TOLERANCE).actions,
        encoding_equivariance(group, encoding, at, TOLERANCE).actions,
    )


def test_many_qubits_take_no_time():
    # As matrices, the elements of this group would take minutes.
    encoding, at = form(AngleEncoding(gate="rz"), 11, 2), points(2, MOST_POINTS)
    group = SymmetryGroup.named("u1_total_z", 11)
    start = perf_counter()
    assert not encoding_equivariance(group, encoding, at, TOLERANCE).holds
    assert perf_counter() - start < 10


def test_the_violation_names_generator_point_and_distance():
    at = points(2)
    found = encoding_equivariance(phase_on_the_first(), form(ANGLE, 2, 2), at, TOLERANCE)
    values = found.features if found.point is None else at[found.point]
    text = found.violation(("left", "right"), at)
    for word in (
        "s[0]",
        f"left = {values[0]:.4g}",
        f"right = {values[1]:.4g}",
        f"{found.distance:.3g}",
        "sign changes",
        "shifts",
    ):
        assert word in text
    states = check_states(SymmetryGroup.from_generators(["IZ"]))
    text = states.violation(("alpha",), ALPHAS[:, None])
    for word in ("Z0", f"training point {states.point + 1}", f"alpha = {ALPHAS[states.point]:.4g}"):
        assert word in text
