"""Data points as preparations times a weight matrix.

A data point's state is a mixture of prepared states, ρ_i = Σ_p W_ip |ψ_p⟩⟨ψ_p|, so its output is the same mixture of
theirs, f_i = Σ_p W_ip F_p. For classical data W is the identity. For Werner states four preparations serve any number of
points, and the number of circuits does not grow with the data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from scipy import sparse

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.data.digest import array_content, circuit_content
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.data.features import feature_columns, feature_frame, numbers, training_rows
from sggd_qiskit.data.labels import Label, LabelArray, class_numbers, find_classes, label_array, named
from sggd_qiskit.data.states import state_circuits


@dataclass(frozen=True, eq=False)
class Sample:
    """Data points with labels.

    Attributes:
        columns: names of the features that describe a point.
        points: shape (data, column), the features that describe a point.
        labels: shape (data,), in the user's own words: strings, numbers or booleans.
        preparations: shape (preparation, feature), what the encoding takes.
        weights: W, shape (data, preparation), sparse; rows sum to 1.
        classes: the labels that there are, two or more, in the order of the outputs.
        circuits: the preparations as circuits, if the states are given as such; then they have no features.
    """

    columns: tuple[str, ...]
    points: FloatArray
    labels: LabelArray
    preparations: FloatArray
    weights: sparse.csr_array
    classes: tuple[Label, ...] = (-1, 1)
    circuits: tuple[QuantumCircuit, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: IndexArray) -> Sample:
        """The data points of those rows, with the preparations that they need."""
        weights = self.weights[rows]
        used = np.unique(weights.indices)
        return Sample(
            self.columns,
            self.points[rows],
            self.labels[rows],
            self.preparations[used],
            weights[:, used],
            self.classes,
            tuple(self.circuits[p] for p in used) if self.circuits else (),
        )

    def targets(self, outputs: int) -> FloatArray:
        """What the outputs should be, shape (data, output).

        One output: -1 for the first class and +1 for the second. Several: +1 for a point's own class, -1 for the others.

        Raises:
            DataError: if there is not one output for each class, or one for two classes; or a label is none of the classes.
        """
        wanted = 2 if outputs == 1 else outputs
        if len(self.classes) != wanted:
            raise DataError(
                f"found {len(self.classes)} classes ({named(self.classes)}) and {outputs} outputs; wanted {wanted} classes, "
                "so give one observable for two classes, or one for each class",
                "label",
            )
        own = class_numbers(self.labels, self.classes)
        return np.where(own[:, None] == (1 if outputs == 1 else np.arange(outputs)), 1.0, -1.0)

    def predicted(self, outputs: FloatArray) -> LabelArray:
        """The labels that outputs of shape (data, output) stand for, shape (data,).

        One output: by its sign, 0 being the second class. Several: the class of the largest.
        """
        numbers = (outputs[:, 0] >= 0).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
        return np.asarray(np.array(self.classes)[numbers])

    def content(self) -> Iterator[bytes]:
        """All of it as bytes, equal in every process for equal data."""
        weights = self.weights.tocsr(copy=True)
        weights.sum_duplicates()
        yield repr((self.columns, self.classes, weights.shape)).encode()
        for array in (self.points, self.labels, self.preparations, weights.data, weights.indices, weights.indptr):
            yield from array_content(array)
        for circuit in self.circuits:
            yield from circuit_content(circuit)


def classical(
    columns: Sequence[str], points: FloatArray, labels: LabelArray, classes: Sequence[Label] = (-1, 1)
) -> Sample:
    """Classical data: each point is a preparation of its own.

    Args:
        columns: names of the features.
        points: shape (data, feature).
        labels: shape (data,).
        classes: the labels in the order of the outputs.
    """
    one = sparse.eye_array(len(points), format="csr")
    return Sample(tuple(columns), points, labels, points, one, tuple(classes))


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training and a test sample.

    Attributes:
        train: what the cost is made of.
        test: what only the test accuracy is made of; the training sample itself where no other is given.
        invariant_states: whether the states themselves, not only their labels, are invariant under the symmetry.
    """

    train: Sample
    test: Sample
    invariant_states: bool = False

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels that there are, in the order of the outputs."""
        return self.train.classes

    def digest(self) -> str:
        """SHA-256 of the content, equal in every process for equal data."""
        total = hashlib.sha256(repr(self.invariant_states).encode())
        for sample in (self.train, self.test):
            for part in sample.content():
                total.update(len(part).to_bytes(8, "little") + part)
        return total.hexdigest()

    @classmethod
    def from_arrays(
        cls,
        features: ArrayLike | pd.DataFrame,
        labels: ArrayLike | pd.Series,
        test_features: ArrayLike | pd.DataFrame | None = None,
        test_labels: ArrayLike | pd.Series | None = None,
        *,
        columns: Sequence[str] | None = None,
        classes: Sequence[Label] | None = None,
    ) -> Dataset:
        """Classical data from arrays.

        Args:
            features: training features, shape (data, feature), finite numbers; the encoding makes angles of them.
            labels: training labels, shape (data,): strings, numbers or booleans, of any dtype.
            test_features: shape (data, feature). Without test data, the test sample is the training sample.
            test_labels: shape (data,).
            columns: names of the features; by default those of a frame, or x1, x2, ….
            classes: the labels in the order of the outputs; by default those found, sorted.

        Raises:
            DataError: saying what was found where, and what was wanted.
        """
        if (test_features is None) != (test_labels is None):
            raise DataError("found test features or test labels alone; wanted both or neither")
        names, points, found = _points(features, labels, columns, "training")
        if test_features is None or test_labels is None:
            test_points, test_found = points, found
        else:
            test_names, test_points, test_found = _points(test_features, test_labels, columns, "test")
            if test_names != names:
                raise DataError(f"found the test features {test_names}; wanted {names}, as in training", "features")
        known = find_classes(found, test_found, classes)
        class_numbers(found, known, "the training labels")
        class_numbers(test_found, known, "the test labels")
        train = classical(names, points, found, known)
        return cls(train, train if test_points is points else classical(names, test_points, test_found, known))

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        label: str,
        features: Sequence[str] | None = None,
        split: str | None = None,
        test_fraction: float = 0.25,
        seed: int = 0,
        classes: Sequence[Label] | None = None,
    ) -> Dataset:
        """Classical data from a table with a row per data point.

        Args:
            frame: the table.
            label: name of the label column: strings, numbers, booleans or categories.
            features: names of the feature columns, in the encoding's order; by default all but label and split.
            split: name of a column that says ``train`` or ``test``. Without one, the split is drawn.
            test_fraction: share of the rows that the drawn split puts aside for the test; with 0 the test sample is the
                training sample.
            seed: seed of the drawn split.
            classes: the labels in the order of the outputs; by default those found, sorted.

        Raises:
            DataError: saying what was found in which column and row, and what was wanted.
        """
        rest = [str(name) for name in frame.columns if name not in (label, split)]
        names = [features] if isinstance(features, str) else rest if features is None else list(features)
        points = numbers(feature_columns(frame, names, label, split))
        where = f"column {label!r}"
        labels = label_array(frame[label], where)
        rows = training_rows(None if split is None else frame[split], len(frame), test_fraction, seed)
        known = find_classes(labels[rows], labels[~rows], classes)
        class_numbers(labels, known, where)
        train = classical(names, points[rows], labels[rows], known)
        return cls(train, train if rows.all() else classical(names, points[~rows], labels[~rows], known))

    @classmethod
    def from_circuits(
        cls,
        circuits: Sequence[QuantumCircuit],
        labels: ArrayLike | pd.Series,
        test_circuits: Sequence[QuantumCircuit] = (),
        test_labels: ArrayLike | pd.Series = (),
        classes: Sequence[Label] | None = None,
    ) -> Dataset:
        """Quantum data: each point is a state, given as the circuit that prepares it from |0…0⟩.

        The points have one column, ``state``, with the number of the circuit, from 0.

        Args:
            circuits: training states; unitary circuits without parameters, all of the same number of qubits.
            labels: training labels, shape (data,).
            test_circuits: test states. Without any, the test sample is the training sample.
            test_labels: shape (data,).
            classes: the labels in the order of the outputs; by default those found, sorted.

        Raises:
            DataError: naming the circuit or label at fault, and what was wanted.
        """
        states = state_circuits(circuits, None, "the training circuits")
        if not states:
            raise DataError("found no training circuits; wanted one for each point", "circuits")
        found = label_array(labels, "the training labels")
        test_states = state_circuits(test_circuits, states[0].num_qubits, "the test circuits")
        test_found = label_array(test_labels, "the test labels")
        known = find_classes(found, test_found, classes)
        train = of_circuits(states, found, known, "training")
        return cls(
            train, of_circuits(test_states, test_found, known, "test") if test_states or test_found.size else train
        )


def _points(
    features: ArrayLike | pd.DataFrame, labels: ArrayLike | pd.Series, columns: Sequence[str] | None, side: str
) -> tuple[list[str], FloatArray, LabelArray]:
    """Names, points and labels of one side."""
    frame = feature_frame(features, columns, f"the {side} features")
    points, found = numbers(frame, f"the {side} features,"), label_array(labels, f"the {side} labels")
    _same_length("points", len(points), len(found), side)
    return list(frame.columns), points, found


def of_circuits(
    circuits: Sequence[QuantumCircuit], labels: LabelArray, classes: Sequence[Label], side: str = "given"
) -> Sample:
    """Quantum data: each point is a state, given as the circuit that prepares it.

    Args:
        circuits: unitary, without parameters, all of the same number of qubits.
        labels: shape (data,).
        classes: the labels in the order of the outputs.
        side: what messages call them.

    Raises:
        DataError: if a circuit is none, there is not one label for each, or a label is none of the classes.
    """
    states = state_circuits(circuits, None, f"the {side} circuits")
    _same_length("circuits", len(states), len(labels), side)
    class_numbers(labels, tuple(classes), f"the {side} labels")
    count = len(states)
    numbered = np.arange(count, dtype=float)[:, None]
    one = sparse.eye_array(count, format="csr")
    return Sample(("state",), numbered, labels, np.empty((count, 0)), one, tuple(classes), states)


def _same_length(what: str, count: int, labels: int, side: str) -> None:
    if count != labels:
        raise DataError(f"found {count} {side} {what} and {labels} labels; wanted one label for each", "label")
