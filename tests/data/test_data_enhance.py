"""Data enhancement: a training set closed under the group, without repetitions."""

from __future__ import annotations

import numpy as np
import pytest
from builders import phase_distance, random_ansatz, random_groups
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from sggd_qiskit.config.data import PlaneData
from sggd_qiskit.data import enhance
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.enhance import with_images_of_states
from sggd_qiskit.data.plane import circle_labels, plane_data
from sggd_qiskit.data.sample import Sample, classical

EXCHANGE = np.array([[0.0, 1.0], [1.0, 0.0]])
SIGNS = ([1, 1], [-1, 1], [1, -1], [-1, -1])
SQUARE = np.array([np.diag(signs) @ matrix for signs in SIGNS for matrix in (np.eye(2), EXCHANGE)])
ACTIONS = {"identity": np.eye(2)[None], "exchange": np.array([np.eye(2), EXCHANGE]), "square": SQUARE}


def with_images(sample: Sample, actions: np.ndarray) -> Sample:
    return enhance.with_images(sample, actions, np.zeros(actions.shape[:2]), [1] * len(actions))


def rows(sample: Sample) -> set[tuple[float, ...]]:
    table = np.round(np.column_stack([sample.points, sample.labels]), 9) + 0.0
    return {tuple(row) for row in table.tolist()}


@pytest.mark.parametrize("name", ACTIONS)
def test_the_images_of_every_point_with_its_label(name):
    actions = ACTIONS[name]
    sample = plane_data(PlaneData(region="right_half", train=25, test=1)).train
    enhanced = with_images(sample, actions)
    assert len(enhanced) == 25 * len(actions)
    assert enhanced.columns == sample.columns
    np.testing.assert_array_equal(enhanced.labels, circle_labels(enhanced.points, 0.7979))
    assert rows(enhanced) == {
        tuple((np.round([*(action @ x), y], 9) + 0.0).tolist())
        for x, y in zip(sample.points, sample.labels, strict=True)
        for action in actions
    }
    np.testing.assert_array_equal(enhanced.preparations, enhanced.points)
    np.testing.assert_array_equal(enhanced.weights.toarray(), np.eye(len(enhanced)))


@pytest.mark.parametrize("name", ACTIONS)
def test_the_enhanced_set_is_closed_and_enhancing_again_adds_nothing(name):
    sample = plane_data(PlaneData(train=20, test=1)).train
    once = with_images(sample, ACTIONS[name])
    twice = with_images(once, ACTIONS[name])
    np.testing.assert_array_equal(twice.points[np.lexsort(twice.points.T)], once.points[np.lexsort(once.points.T)])
    assert rows(sample) <= rows(once)


@pytest.mark.parametrize(
    ("point", "images"), [((0, 0), 1), ((0.5, 0), 4), ((0.3, 0.3), 4), ((0.3, -0.3 - 1e-15), 4), ((0.3, 0.2), 8)]
)
def test_images_that_coincide_are_kept_once(point, images):
    sample = classical(("x1", "x2"), np.array([point], dtype=float), np.ones(1))
    assert len(with_images(sample, SQUARE)) == images


def test_a_point_with_both_labels_keeps_both():
    sample = classical(("x1", "x2"), np.array([[0.3, 0.2], [0.2, 0.3], [0.3, 0.2]]), np.array([1.0, -1.0, 1.0]))
    enhanced = with_images(sample, ACTIONS["exchange"])
    assert len(enhanced) == 4
    assert enhanced.labels.sum() == 0
    np.testing.assert_array_equal(enhanced.points[0], sample.points[0])


def test_an_image_is_the_action_times_the_point():
    quarter_turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    sample = classical(("x1", "x2"), np.array([[0.3, 0.2]]), np.ones(1))
    np.testing.assert_array_equal(with_images(sample, quarter_turn[None]).points, [[-0.2, 0.3]])


def test_labels_of_several_classes_go_with_their_points():
    labels = np.array(["b", "c", "a"])
    sample = classical(("x1", "x2"), np.array([[0.3, 0.2], [0.2, 0.3], [0.1, 0.1]]), labels, ("c", "b", "a"))
    enhanced = with_images(sample, ACTIONS["exchange"])
    assert enhanced.classes == sample.classes
    assert enhanced.labels.tolist() == ["b", "b", "c", "c", "a"]
    np.testing.assert_array_equal(enhanced.points[1], [0.2, 0.3])


def random_state(rng: np.random.Generator, num_qubits: int) -> QuantumCircuit:
    circuit = random_ansatz(rng, num_qubits, 4)
    return circuit.assign_parameters(rng.normal(size=circuit.num_parameters))


@pytest.mark.parametrize("name", ["swap-4", "pauli-permutation", "circuit-pauli-permutation", "non-clifford"])
def test_the_images_of_states(name):
    group, rng = dict(random_groups())[name], np.random.default_rng(0)
    states = [random_state(rng, group.num_qubits) for _ in range(3)]
    sample = Dataset.from_circuits(states, ["p", "q", "p"]).train
    enhanced = with_images_of_states(sample, group)
    assert len(enhanced) == len(enhanced.circuits) == len(enhanced.preparations) == 3 * group.order
    assert enhanced.labels.tolist() == np.repeat(sample.labels, group.order).tolist()
    assert enhanced.classes == ("p", "q")
    np.testing.assert_array_equal(enhanced.points[:, 0], np.repeat([0, 1, 2], group.order))
    np.testing.assert_array_equal(enhanced.weights.toarray(), np.eye(len(enhanced)))
    wanted = [element.matrix @ Statevector(state).data for state in states for element in group.elements]
    for circuit, vector in zip(enhanced.circuits, wanted, strict=True):
        assert phase_distance(Statevector(circuit).data, vector) < 1e-10


def test_images_may_be_shifted():
    sample = classical(("x1", "x2"), np.array([[0.25, 0.5], [0.75, 0.5]]), np.array([1, -1]))
    enhanced = enhance.with_images(sample, np.array([np.eye(2), -EXCHANGE]), np.array([[0.0, 0.0], [1.0, 1.0]]), (1, 1))
    assert rows(enhanced) == {(0.25, 0.5, 1), (0.75, 0.5, -1), (0.5, 0.75, 1), (0.5, 0.25, -1)}
