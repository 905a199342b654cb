"""Points as preparations times a weight matrix."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from scipy import sparse

from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import Sample, classical
from sggd_qiskit.data.werner import werner_states


def mixed_sample(rng: np.random.Generator, data: int, preparations: int) -> Sample:
    """Points that are random mixtures of two or three preparations."""
    weights = rng.uniform(size=(data, preparations)) * (rng.uniform(size=(data, preparations)) < 0.4)
    weights[:, 0] += 0.1
    weights /= weights.sum(axis=1, keepdims=True)
    points, features = rng.normal(size=(data, 1)), rng.normal(size=(preparations, 2))
    return Sample(("a",), points, rng.choice([-1.0, 1.0], size=data), features, sparse.csr_array(weights))


def test_classical_points_are_their_own_preparations():
    points = np.random.default_rng(0).normal(size=(5, 2))
    sample = classical(("x", "y"), points, np.ones(5))
    assert len(sample) == 5
    np.testing.assert_array_equal(sample.preparations, points)
    np.testing.assert_array_equal(sample.weights.toarray(), np.eye(5))


@pytest.mark.parametrize("rows", [[0], [3, 1], [2, 2, 5], [7, 6, 5, 4, 3, 2, 1, 0]])
def test_a_batch_is_the_same_mixtures_of_fewer_preparations(rows):
    sample = mixed_sample(np.random.default_rng(1), 8, 6)
    batch = sample.batch(np.array(rows))
    np.testing.assert_array_equal(batch.points, sample.points[rows])
    np.testing.assert_array_equal(batch.labels, sample.labels[rows])
    assert batch.columns == sample.columns
    # Mixing any function of the preparations gives the same numbers.
    np.testing.assert_allclose(
        batch.weights @ np.sin(batch.preparations), (sample.weights @ np.sin(sample.preparations))[rows], atol=1e-14
    )
    assert (abs(batch.weights).sum(axis=0) > 0).all()
    np.testing.assert_allclose(batch.weights.sum(axis=1), 1)


def test_a_batch_of_classical_points_prepares_these_points_only():
    points = np.random.default_rng(2).normal(size=(6, 3))
    batch = classical(("a", "b", "c"), points, np.ones(6)).batch(np.array([4, 1]))
    assert len(batch) == 2
    assert len(batch.preparations) == 2
    np.testing.assert_array_equal(batch.weights @ batch.preparations, points[[4, 1]])


def test_a_batch_of_werner_states_keeps_the_four_bell_states():
    sample = werner_states(np.linspace(-1, 0.9, 7))
    batch = sample.batch(np.array([0, 3]))
    np.testing.assert_array_equal(batch.preparations, sample.preparations)
    # ρ(1) is the singlet alone.
    assert len(werner_states(np.array([1.0])).batch(np.array([0])).preparations) == 1


def test_states_are_not_invariant_unless_it_is_said():
    sample = classical(("x",), np.zeros((1, 1)), np.ones(1))
    assert not Dataset(sample, sample).invariant_states


def test_the_targets_of_one_output_are_signs():
    sample = classical(("x",), np.zeros((3, 1)), np.array(["no", "yes", "no"]), ("no", "yes"))
    np.testing.assert_array_equal(sample.targets(1), [[-1], [1], [-1]])
    np.testing.assert_array_equal(sample.targets(2), [[1, -1], [-1, 1], [1, -1]])
    floats = classical(("x",), np.zeros((2, 1)), np.array([1.0, -1.0]))
    np.testing.assert_array_equal(floats.targets(1), [[1], [-1]])


def test_the_targets_of_several_outputs_point_to_the_own_class():
    sample = classical(("x",), np.zeros((4, 1)), np.array([7, 3, 5, 3]), (3, 5, 7))
    np.testing.assert_array_equal(sample.targets(3), [[-1, -1, 1], [1, -1, -1], [-1, 1, -1], [1, -1, -1]])


@pytest.mark.parametrize(("classes", "outputs", "wanted"), [((1, 2, 3), 1, 2), ((1, 2, 3), 2, 2), ((1, 2), 3, 3)])
def test_there_is_one_output_for_two_classes_or_one_for_each(classes, outputs, wanted):
    sample = classical(("x",), np.zeros((2, 1)), np.array([1, 2]), classes)
    with pytest.raises(ValueError, match=f"found {len(classes)} classes .* wanted {wanted}"):
        sample.targets(outputs)


def test_a_label_that_is_no_class():
    with pytest.raises(ValueError, match=r"found 5 .*row 2"):
        classical(("x",), np.zeros((2, 1)), np.array([1, 5])).targets(1)


def test_a_batch_keeps_classes_and_circuits():
    circuits = [QuantumCircuit(1, name=str(k)) for k in range(4)]
    sample = Dataset.from_circuits(circuits, ["a", "b", "b", "c"]).train
    batch = sample.batch(np.array([3, 1]))
    assert batch.classes == ("a", "b", "c")
    assert batch.labels.tolist() == ["c", "b"]
    assert batch.preparations.shape == (2, 0)
    own = [batch.circuits[int(np.argmax(row))].name for row in batch.weights.toarray()]
    assert own == ["3", "1"]


@pytest.mark.parametrize("classes", [("no", "yes"), (False, True), (0.5, 2), (3, 1, 2), ("c", "a", "b")])
def test_outputs_at_their_targets_predict_the_labels(classes):
    labels = np.array(classes)[np.random.default_rng(0).integers(len(classes), size=20)]
    sample = classical(("x",), np.zeros((20, 1)), labels, classes)
    for outputs in {1 if len(classes) == 2 else len(classes), len(classes)}:
        assert sample.predicted(0.3 * sample.targets(outputs)).tolist() == labels.tolist()
    assert sample.predicted(np.zeros((1, 1))).tolist() == [classes[1]]
