"""Data from arrays, frames and circuits, and what is said about those that can't be used."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.errors import DataError

POINTS = np.array([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6], [-0.7, 0.8]])
SIGNS = [-1, 1, 1, -1]


def test_arrays_are_classical_data():
    dataset = Dataset.from_arrays(POINTS.tolist(), SIGNS, POINTS[:1], SIGNS[:1])
    assert dataset.train.columns == ("x1", "x2")
    assert dataset.classes == dataset.test.classes == (-1, 1)
    assert not dataset.invariant_states
    np.testing.assert_array_equal(dataset.train.points, POINTS)
    np.testing.assert_array_equal(dataset.train.preparations, POINTS)
    np.testing.assert_array_equal(dataset.train.weights.toarray(), np.eye(4))
    np.testing.assert_array_equal(dataset.train.labels, SIGNS)
    np.testing.assert_array_equal(dataset.test.points, POINTS[:1])


def test_without_test_data_the_test_sample_is_the_training_sample():
    circuit = QuantumCircuit(1)
    frame = pd.DataFrame(POINTS, columns=["a", "b"]).assign(y=SIGNS)
    for dataset in (
        Dataset.from_arrays(POINTS, SIGNS),
        Dataset.from_frame(frame, label="y", test_fraction=0),
        Dataset.from_circuits([circuit, circuit], [0, 1]),
    ):
        assert dataset.test is dataset.train


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["yes", "no", "no", "yes"], ("no", "yes")),
        (np.array([2.0, 1.0, 1.0, 3.0]), (1, 2, 3)),
        (np.array([2.0, 1.5, 1.5, 3.0], dtype=np.float32), (1.5, 2.0, 3.0)),
        (np.array([1, 0, 0, 1], dtype=np.uint8), (0, 1)),
        ([True, False, False, True], (False, True)),
        (np.array(["b", "a", "a", "c"], dtype=object), ("a", "b", "c")),
        (pd.Series(["u", "v", "v", "u"], dtype="category", index=[9, 8, 7, 6]), ("u", "v")),
        (pd.array([2, 1, 1, 2], dtype="Int64"), (1, 2)),
        (pd.array([True, False, False, True], dtype="boolean"), (False, True)),
        (pd.array(["u", "v", "v", "u"], dtype="string"), ("u", "v")),
    ],
)
def test_labels_of_any_dtype(labels, classes):
    dataset = Dataset.from_arrays(POINTS, labels)
    assert dataset.classes == classes
    assert [type(label) for label in dataset.classes] == [type(label) for label in classes]
    assert dataset.train.labels.tolist() == list(labels)


def test_classes_are_found_in_both_samples_or_given_in_an_order():
    assert Dataset.from_arrays(POINTS, SIGNS, POINTS[:1], [3]).classes == (-1, 1, 3)
    assert Dataset.from_arrays(POINTS, SIGNS, classes=(1, -1)).classes == (1, -1)
    biased = Dataset.from_arrays(POINTS, ["b"] * 4, classes=("a", "b"))
    np.testing.assert_array_equal(biased.train.targets(1), np.ones((4, 1)))


def test_classes_written_as_numbers_stand_for_booleans():
    found = Dataset.from_arrays(POINTS, [True, False, True, True], classes=(1, 0)).classes
    assert found == (True, False)
    assert [type(label) for label in found] == [bool, bool]


def test_a_frame_brings_its_own_names():
    frame = pd.DataFrame(POINTS, columns=["width", "height"])
    assert Dataset.from_arrays(frame, SIGNS).train.columns == ("width", "height")
    assert Dataset.from_arrays(frame, SIGNS, columns=["a", "b"]).train.columns == ("a", "b")


@pytest.mark.parametrize(
    ("arguments", "part", "found"),
    [
        ((POINTS[:, 0], SIGNS), "features", r"shape \(4,\)"),
        (([[1, 2], [3]], [0, 1]), "features", "inhomogeneous"),
        ((np.empty((0, 2)), []), "features", r"shape \(0, 2\)"),
        ((POINTS > 0, SIGNS), "features", "booleans"),
        ((1j * POINTS, SIGNS), "features", "complex"),
        ((POINTS.astype("timedelta64[s]"), SIGNS), "features", "times"),
        ((1e300 * POINTS, SIGNS), "features", "1e.299.*row 1"),
        ((np.array([["1", "2"], ["3", "q"]]), [0, 1]), "features", "found q .*x2.*row 2"),
        ((POINTS, [0, 1, 0]), "label", "4 training points and 3 labels"),
        ((POINTS, [[0], [1], [0], [1]]), "label", r"shape \(4, 1\)"),
        ((POINTS, "abab"), "label", r"shape \(\)"),
        ((POINTS, ["a", 1, 0, 1]), "label", "'a' in row 1"),
        ((POINTS, [0, 1, True, 1]), "label", "found True in row 3"),
        ((POINTS, [0, 1, None, 1]), "label", "row 3"),
        ((POINTS, [0, 1, np.inf, 1]), "label", "found inf in row 3"),
        ((POINTS, pd.to_datetime(["2020", "2021", "2020", "2021"])), "label", "Timestamp"),
        ((POINTS, [1, 1, 1, 1]), "label", "found 1 as the only label"),
        ((POINTS, SIGNS, POINTS[:1]), "", "both or neither"),
        ((POINTS, SIGNS, POINTS[:, :1], SIGNS), "features", r"\['x1'\]"),
        ((POINTS, SIGNS, POINTS[:1], ["a"]), "label", "'a'"),
    ],
)
def test_arrays_that_can_not_be_used(arguments, part, found):
    with pytest.raises(DataError, match=found) as caught:
        Dataset.from_arrays(*arguments)
    assert caught.value.part == part


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"columns": ["a"]}, "1 names for 2"),
        ({"columns": ["a", "a"]}, "'a' 2 times"),
        ({"columns": ["a", "label"]}, "'label'"),
        ({"classes": [1]}, "the classes 1;"),
        ({"classes": [1, 1, -1]}, "1, 1, -1"),
        ({"classes": [1, 2]}, "found -1 .*row 1 .*wanted one of 1, 2"),
    ],
)
def test_names_and_classes_that_can_not_be_used(settings, found):
    with pytest.raises(DataError, match=found):
        Dataset.from_arrays(POINTS, SIGNS, **settings)


FRAME = pd.DataFrame(POINTS, columns=["a", "b"]).assign(
    y=["u", "v", "v", "u"], side=["train", "train", "test", "train"]
)


def test_a_frame_is_split_by_a_column_or_by_a_seed():
    dataset = Dataset.from_frame(FRAME, label="y", split="side")
    assert dataset.train.columns == ("a", "b")
    np.testing.assert_array_equal(dataset.test.points, POINTS[[2]])
    drawn = [Dataset.from_frame(FRAME.drop(columns="side"), label="y", seed=seed) for seed in (3, 3, 0)]
    assert len(drawn[0].test) == 1
    assert drawn[0].digest() == drawn[1].digest() != drawn[2].digest()
    assert Dataset.from_frame(FRAME, label="y", features="b", split="side").train.columns == ("b",)
    numbered = pd.DataFrame(np.column_stack([POINTS, SIGNS]), columns=["0", "1", "y"]).rename(columns={"0": 0, "1": 1})
    assert Dataset.from_frame(numbered, label="y", test_fraction=0).train.columns == ("0", "1")


@pytest.mark.parametrize(
    ("settings", "part", "found"),
    [
        ({"label": "z"}, "label", "no column 'z'"),
        ({"label": "y", "features": ["c"]}, "features", "no column 'c'"),
        ({"label": "y", "features": ["a", "a"]}, "features", "'a' 2 times"),
        ({"label": "y", "features": ["a", "y"]}, "", "'y' in two places"),
        ({"label": "y", "features": []}, "", "0 features"),
        ({"label": "y", "features": ["a"], "split": "b"}, "split", "-0.4"),
        ({"label": "y", "features": ["a"], "test_fraction": 1.0}, "", "test_fraction 1.0"),
        ({"label": "y", "features": ["a"], "classes": ["u", "w"]}, "label", "found 'v' in column 'y', row 2"),
    ],
)
def test_a_frame_that_can_not_be_used(settings, part, found):
    with pytest.raises(DataError, match=found) as caught:
        Dataset.from_frame(FRAME, **settings)
    assert caught.value.part == part


def test_categories_are_numbers_if_they_are():
    frame = FRAME.assign(a=pd.Categorical([1, 2, 2, 1]))
    train = Dataset.from_frame(frame, label="y", features=["a"], test_fraction=0).train
    np.testing.assert_array_equal(train.points[:, 0], [1, 2, 2, 1])


def state(*gates: str, qubits: int = 2) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits)
    for gate in gates:
        getattr(circuit, gate)(0)
    return circuit


def test_circuits_are_states():
    circuits = [state("h"), state("x"), state("x", "h")]
    dataset = Dataset.from_circuits(circuits, ["a", "b", "b"], [state("s")], ["a"])
    train = dataset.train
    assert train.circuits == tuple(circuits)
    assert train.columns == ("state",)
    assert train.preparations.shape == (3, 0)
    np.testing.assert_array_equal(train.points, [[0], [1], [2]])
    np.testing.assert_array_equal(train.weights.toarray(), np.eye(3))
    assert len(dataset.test.circuits) == len(dataset.test) == 1
    assert dataset.classes == dataset.test.classes == ("a", "b")


def parametric() -> QuantumCircuit:
    circuit = state()
    circuit.rx(Parameter("a"), 0)
    return circuit


def measured() -> QuantumCircuit:
    circuit = state()
    circuit.measure_all()
    return circuit


@pytest.mark.parametrize(
    ("circuits", "labels", "part", "found"),
    [
        ([], [], "circuits", "no training circuits"),
        (state(), [0], "circuits", "single circuit"),
        ([state(), "h"], [0, 1], "circuits", "'h' .*number 1"),
        ([state(), state(qubits=3)], [0, 1], "circuits", "3 qubits .*number 1; wanted 2"),
        ([state(), parametric()], [0, 1], "circuits", "parameter 'a'"),
        ([measured(), state()], [0, 1], "circuits", "'measure'.*number 0"),
        ([state(), state()], [0, 1, 1], "label", "2 training circuits and 3 labels"),
        ([state(), state()], [1, 1], "label", "found 1 as the only"),
    ],
)
def test_circuits_that_can_not_be_used(circuits, labels, part, found):
    with pytest.raises(DataError, match=found) as caught:
        Dataset.from_circuits(circuits, labels)
    assert caught.value.part == part


def test_test_circuits_are_like_the_training_circuits():
    for circuits, labels, found in (
        ([state(qubits=1)], [0], "1 qubits"),
        ([state()], [], "1 test circuits and 0 labels"),
        ([], [1], "0 test circuits and 1 labels"),
    ):
        with pytest.raises(DataError, match=found):
            Dataset.from_circuits([state(), state()], [0, 1], circuits, labels)


def test_the_error_survives_a_process_pool():
    error = DataError("found nothing", "label")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.part) == ("found nothing", "label")
