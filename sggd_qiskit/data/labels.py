"""Labels of any kind: strings, numbers or booleans, of two classes or more."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sggd_qiskit.aliases import IndexArray
from sggd_qiskit.data.errors import DataError

logger = logging.getLogger(__name__)

Label: TypeAlias = str | int | float | bool
LabelArray: TypeAlias = NDArray[Any]
"""Labels in the user's own words, shape (data,): an array of strings, integers, floats or booleans."""

_LARGEST_WHOLE = 2**53  # beyond it not every whole number is a float
_MOST_NAMED = 6


def label_array(values: ArrayLike | pd.Series, where: str, rows: IndexArray | None = None) -> LabelArray:
    """The labels as an array of one kind; numbers that are all whole become integers.

    Args:
        values: the labels, of any dtype of numpy or pandas, shape (data,).
        where: what messages call them, such as ``"the training labels"``.
        rows: their rows in the user's table, from 0; None for all rows in their order.

    Raises:
        DataError: if they have another shape, one is missing, or they are not all strings, all numbers or all booleans.
    """
    if not isinstance(values, pd.Series):
        shape = np.shape(np.asarray(values, dtype=object))
        if len(shape) != 1:
            raise DataError(
                f"found {where} of shape {shape}; wanted one label for each data point, shape (data,)", "label"
            )
        values = pd.Series(values)
    numbered = np.arange(len(values)) if rows is None else rows
    missing = np.flatnonzero(values.isna())
    if missing.size:
        row = int(numbered[missing[0]])
        raise DataError(
            f"found {values.iloc[missing[0]]!s} in {where}, row {row + 1} ({missing.size} such rows); wanted a label for "
            "every data point, so remove or fill these rows",
            "label",
            row,
        )
    found = values.tolist()
    kinds = [_kind(value) for value in found]
    for place, kind in enumerate(kinds):
        if kind == "other" or kind != kinds[0]:
            row = int(numbered[place])
            beside = "" if kind == "other" else f" and {found[0]!r} in row {numbered[0] + 1}"
            raise DataError(
                f"found {found[place]!r} in row {row + 1}{beside} of {where}; wanted labels that are all strings, all finite "
                "numbers or all booleans, so convert them",
                "label",
                row,
            )
    if kinds and kinds[0] == "number":
        numbers = np.array(found, dtype=float)
        return numbers.astype(int) if np.all((numbers % 1 == 0) & (abs(numbers) <= _LARGEST_WHOLE)) else numbers
    return np.array(found)


def find_classes(
    train: LabelArray, test: LabelArray, given: Sequence[Label] | Mapping[Any, int] | None
) -> tuple[Label, ...]:
    """The classes, in the order of the outputs: those given, or those found, sorted.

    Args:
        train: training labels, shape (data,).
        test: test labels, shape (data,).
        given: the classes in the user's order; or from each of two to what its output should be, -1 or +1; None to find
            them.

    Raises:
        DataError: if fewer than two are given or found, one is given twice, the training points have one label only and no
            classes are given, or training and test labels are of different kinds.
    """
    if given is not None:
        if isinstance(given, Mapping):
            given = _ordered(given, [*train.tolist(), *test.tolist()])
        if isinstance(given, str):
            raise DataError(f"found the classes {given!r}; wanted a list of labels", "label")
        classes = label_array(list(given), "the classes").tolist()
        if len(set(train.tolist())) == 1 and len(train) > 1:
            logger.warning("all %d training points are labelled %r", len(train), train.tolist()[0])
        if len(classes) < 2 or len(set(classes)) < len(classes):
            raise DataError(f"found the classes {named(classes)}; wanted two or more, each once", "label")
        # False and True are equal to 0 and 1; predictions come back as the labels are written.
        written = {label: label for label in train.tolist()}
        return tuple(written.get(label, label) for label in classes)
    if train.size and test.size and _kind(train[0]) != _kind(test[0]):
        raise DataError(
            f"found the label {train.tolist()[0]!r} in training and {test.tolist()[0]!r} in the test; wanted one kind",
            "label",
        )
    alike = np.unique(train).tolist()
    if len(alike) < 2:
        raise DataError(
            f"found {named(alike)} as the only label of {len(train)} training points; wanted two classes or more, so "
            "check the split, or name all the classes if this is meant",
            "label",
        )
    return tuple(sorted({*alike, *np.unique(test).tolist()}))


def _ordered(targets: Mapping[Any, int], labels: Sequence[Label]) -> list[Label]:
    """The class that counts as -1, then the one that counts as +1; keys may be the labels as they are written."""
    if sorted(targets.values()) != [-1, 1]:
        raise DataError(f"found the classes {dict(targets)}; wanted two, one of them 1 and the other -1", "label")
    written = {str(label).lower() if isinstance(label, bool) else str(label): label for label in labels}
    order = sorted(targets, key=lambda label: targets[label])
    return [label if label in written.values() else written.get(label, label) for label in order]


def class_numbers(
    labels: LabelArray, classes: Sequence[Label], where: str = "the labels", rows: IndexArray | None = None
) -> IndexArray:
    """The number of each label's class, shape (data,).

    Args:
        labels: shape (data,).
        classes: the labels in the order of the outputs.
        where: what messages call the labels.
        rows: their rows in the user's table, from 0; None for all rows in their order.

    Raises:
        DataError: if a label is none of the classes, naming its row.
    """
    numbers = np.full(len(labels), -1)
    for number, label in enumerate(classes):
        numbers[labels == label] = number
    strange = np.flatnonzero(numbers < 0)
    if strange.size:
        row = int(strange[0] if rows is None else rows[strange[0]])
        raise DataError(
            f"found {labels[strange[:1]].tolist()[0]!r} in {where}, row {row + 1} ({strange.size} such rows); wanted one of "
            f"{named(classes)}, so remove these rows or name their classes too",
            "label",
            row,
        )
    return numbers


def named(labels: Sequence[Label]) -> str:
    """The first few labels, for a message."""
    text = ", ".join(map(repr, labels[:_MOST_NAMED]))
    return text if len(labels) <= _MOST_NAMED else f"{text} and {len(labels) - _MOST_NAMED} more"


def _kind(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "number" if isinstance(value, Real) and np.isfinite(float(value)) else "other"
