"""Weights of data points, and values in place of labels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sggd_qiskit import Dataset
from sggd_qiskit.data.errors import DataError

X = np.random.default_rng(1).uniform(-1, 1, size=(6, 2))
Y = ["a", "b"] * 3


def test_weights_are_one_on_average_and_go_with_their_points():
    train = Dataset.from_arrays(X, Y, sample_weight=[1, 2, 3, 0, 0, 6]).train
    assert_allclose(train.importance, [0.5, 1, 1.5, 0, 0, 3])
    assert_allclose(train.batch(np.array([1, 5])).importance, [1, 3])


def test_weights_are_part_of_the_data():
    digests = [Dataset.from_arrays(X, Y, sample_weight=w).digest() for w in (None, np.arange(6), np.arange(6) * 2)]
    assert digests[0] != digests[1] == digests[2]


@pytest.mark.parametrize(
    ("weights", "found"),
    [([1, 2], r"shape \(2,\).*6 points"), ([1, 1, -1, 1, 1, 1], "-1.0 in row 3"), (np.zeros(6), "nothing but 0"),
     ([1, 1, 1, 1, 1, np.nan], "nan in row 6")],
)  # fmt: skip
def test_weights_that_are_none(weights, found):
    with pytest.raises(DataError, match=found):
        Dataset.from_arrays(X, Y, sample_weight=weights)


def test_values_are_targets_and_outputs_predictions():
    train = Dataset.of_values(X, np.arange(6)).train
    assert_allclose(train.targets(1), np.arange(6.0)[:, None])
    assert_allclose(train.predicted(np.ones((6, 1)) / 3), np.ones(6) / 3)
    with pytest.raises(DataError, match=r"2 outputs"):
        train.targets(2)
    with pytest.raises(DataError, match="2 labels"):
        Dataset.of_values(X, [1.0, 2.0])
