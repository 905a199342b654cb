"""A training and a test sample, from arrays, frames or circuits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.data import ScalingKind
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.data.features import complete_rows, feature_columns, feature_frame, numbers, training_rows
from sggd_qiskit.data.labels import Label, LabelArray, class_numbers, find_classes, label_array
from sggd_qiskit.data.sample import Sample, classical, normalized, of_circuits, require_as_many
from sggd_qiskit.data.scaling import Scaling
from sggd_qiskit.data.states import state_circuits


@dataclass(frozen=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        return f"Dataset(train={self.train!r}, test={self.test!r})"

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
        classes: Sequence[Label] | Mapping[Any, int] | None = None,
        scaling: ScalingKind = "none",
        sample_weight: ArrayLike | None = None,
    ) -> Dataset:
        """Classical data from arrays.

        Args:
            features: training features, shape (data, feature), finite numbers; the encoding makes angles of them.
            labels: training labels, shape (data,): strings, numbers or booleans, of any dtype.
            test_features: shape (data, feature). Without test data, the test sample is the training sample.
            test_labels: shape (data,).
            columns: names of the features; by default those of a frame, or x1, x2, ….
            classes: the labels in the order of the outputs, or a mapping such as ``{"yes": 1, "no": -1}``; by default those
                found, sorted.
            scaling: ``none``; ``minmax`` to [-1, 1] or ``standard`` to mean 0 and standard deviation 1 over the training
                points; or ``…_together``, by the same numbers for all features, as where a group exchanges them.
            sample_weight: how much each training point counts in the cost, shape (data,); all alike by default.

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
        fitted = Scaling.fitted(scaling, points, names)
        train = _weighted(classical(names, points, found, known, fitted), sample_weight)
        return cls(train, train if test_points is points else classical(names, test_points, test_found, known, fitted))

    @classmethod
    def of_values(
        cls,
        features: ArrayLike | pd.DataFrame,
        values: ArrayLike,
        *,
        columns: Sequence[str] | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Dataset:
        """Classical data with values to fit, for one observable, whose spectrum is what can be fitted.

        Args:
            features: shape (data, feature), finite numbers.
            values: shape (data,), finite numbers.
            columns: as in `from_arrays`.
            sample_weight: as in `from_arrays`.

        Raises:
            DataError: saying what was found where, and what was wanted.
        """
        frame = feature_frame(features, columns, "the features")
        points, found = numbers(frame, "the features,"), label_array(values, "the values").astype(float)
        require_as_many("points", len(points), len(found), "training")
        train = _weighted(classical(list(frame.columns), points, found, ()), sample_weight)
        return cls(train, train)

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
        classes: Sequence[Label] | Mapping[Any, int] | None = None,
        missing: Literal["refuse", "drop"] = "refuse",
        scaling: ScalingKind = "none",
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
            classes: as in `from_arrays`.
            missing: ``drop`` leaves rows out in which something is missing.
            scaling: as in `from_arrays`.

        Raises:
            DataError: saying what was found in which column and row, and what was wanted.
        """
        require_type("frame", frame, pd.DataFrame, "as pandas.DataFrame(...) makes one")
        rest = [str(name) for name in frame.columns if name not in (label, split)]
        names = [features] if isinstance(features, str) else rest if features is None else list(features)
        used = [*feature_columns(frame, names, label, split).columns, label, *([] if split is None else [split])]
        frame = complete_rows(
            frame.rename(columns=str).reset_index(drop=True)[used], missing, {label: "label", str(split): "split"}
        )
        points, where, numbered = numbers(frame[names]), f"column {label!r}", frame.index.to_numpy()
        labels = label_array(frame[label], where, numbered)
        rows = training_rows(None if split is None else frame[split], len(frame), test_fraction, seed)
        known = find_classes(labels[rows], labels[~rows], classes)
        class_numbers(labels, known, where, numbered)
        fitted = Scaling.fitted(scaling, points[rows], names)
        train = classical(names, points[rows], labels[rows], known, fitted)
        return cls(train, train if rows.all() else classical(names, points[~rows], labels[~rows], known, fitted))

    @classmethod
    def from_circuits(
        cls,
        circuits: Sequence[QuantumCircuit],
        labels: ArrayLike | pd.Series,
        test_circuits: Sequence[QuantumCircuit] = (),
        test_labels: ArrayLike | pd.Series = (),
        *,
        classes: Sequence[Label] | Mapping[Any, int] | None = None,
    ) -> Dataset:
        """Quantum data: each point is a state, given as the circuit that prepares it from ``|0…0⟩``.

        The points have one column, ``state``, with the number of the circuit, from 0.

        Args:
            circuits: training states; unitary circuits without parameters, all of the same number of qubits.
            labels: training labels, shape (data,).
            test_circuits: test states. Without any, the test sample is the training sample.
            test_labels: shape (data,).
            classes: as in `from_arrays`.

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


def _weighted(sample: Sample, sample_weight: ArrayLike | None) -> Sample:
    if sample_weight is None:
        return sample
    importance = np.asarray(sample_weight, dtype=float)
    if importance.shape != (len(sample),):
        raise DataError(
            f"found sample_weight of shape {importance.shape}; wanted one number for each of {len(sample)} points",
            "sample_weight",
        )
    return replace(sample, importance=normalized(importance))


def _points(
    features: ArrayLike | pd.DataFrame, labels: ArrayLike | pd.Series, columns: Sequence[str] | None, side: str
) -> tuple[list[str], FloatArray, LabelArray]:
    """Names, points and labels of one side."""
    frame = feature_frame(features, columns, f"the {side} features")
    points, found = numbers(frame, f"the {side} features,"), label_array(labels, f"the {side} labels")
    require_as_many("points", len(points), len(found), side)
    return list(frame.columns), points, found
