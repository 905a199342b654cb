"""Scaled features: fitted to the training points alone, and undone wherever a user looks."""

from __future__ import annotations

import logging
import re

import numpy as np
import pandas as pd
import pytest

from sggd_qiskit import load_config, load_results, predict, run_experiment
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.problem import build_problem

RNG = np.random.default_rng(5)
POINTS = RNG.uniform([5, -300], [7, 900], size=(20, 2))
TEST = RNG.uniform([0, -999], [9, 999], size=(6, 2))
LABELS = np.where(POINTS[:, 0] > POINTS[:, 0].mean(), "high", "low")
TEST_LABELS = np.where(TEST[:, 0] > 6, "high", "low")
FITS = {
    "none": (lambda x: (0 * x[0], 0 * x[0] + 1)),
    "minmax": (lambda x: ((x.max(0) + x.min(0)) / 2, (x.max(0) - x.min(0)) / 2)),
    "standard": (lambda x: (x.mean(0), x.std(0))),
    "minmax_together": (lambda x: ((x.max() + x.min()) / 2, (x.max() - x.min()) / 2)),
    "standard_together": (lambda x: (x.mean(), x.std())),
}
CONFIG = {
    "name": "scaled",
    "model": {
        "qubits": 2,
        "encoding": {"kind": "angle", "gate": "ry"},
        "ansatz": {"kind": "hardware_efficient", "layers": 1},
    },
    "cost": {"guidance": "none"},
    "training": {"steps": 3},
    "execution": {"backend": "exact"},
}


def arrays(scaling: str) -> Dataset:
    return Dataset.from_arrays(POINTS, LABELS, TEST, TEST_LABELS, columns=["a", "b"], scaling=scaling)


def frame(points: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(points, columns=["a", "b"]).assign(y=labels)


def whole_frame() -> pd.DataFrame:
    return pd.concat([frame(POINTS, LABELS).assign(side="train"), frame(TEST, TEST_LABELS).assign(side="test")])


@pytest.mark.parametrize("kind", FITS)
def test_the_training_points_alone_are_fitted(kind):
    centre, width = FITS[kind](POINTS)
    for dataset in (arrays(kind), Dataset.from_frame(whole_frame(), label="y", split="side", scaling=kind)):
        for sample, points in ((dataset.train, POINTS), (dataset.test, TEST)):
            np.testing.assert_array_equal(sample.points, points)
            np.testing.assert_allclose(sample.preparations, (points - centre) / width, rtol=1e-14, atol=1e-14)
    assert arrays(kind).digest() != arrays("none").digest() or kind == "none"


def test_a_table_is_scaled_in_the_run_and_in_predictions(tmp_path):
    whole_frame().to_csv(tmp_path / "t.csv", index=False)
    data = {"kind": "table", "path": str(tmp_path / "t.csv"), "features": ["a", "b"], "label": "y", "split": "side"}
    run = run_experiment({**CONFIG, "data": {**data, "scaling": "standard"}}, tmp_path / "results")
    by_hand = Dataset.from_arrays(
        (POINTS - POINTS.mean(0)) / POINTS.std(0), LABELS, (TEST - POINTS.mean(0)) / POINTS.std(0), TEST_LABELS
    )
    other = run_experiment(CONFIG, None, dataset=by_hand)
    np.testing.assert_allclose(run.results.theta, other.results.theta, rtol=1e-9)
    recorded = run.results.predictions
    np.testing.assert_array_equal(recorded[recorded["split"] == "test"][["a", "b"]], TEST)
    again = predict(load_results(run.folder), TEST)
    np.testing.assert_array_equal(again[["a", "b"]], TEST)
    np.testing.assert_allclose(again["output"], recorded[recorded["split"] == "test"]["output"], atol=1e-12)


def test_a_run_in_memory_predicts_in_the_units_of_its_features():
    run = run_experiment(CONFIG, None, dataset=arrays("minmax"))
    found = predict(run.results, TEST)
    kept = run.results.predictions.query("split == 'test'")
    np.testing.assert_allclose(found["output"], kept["output"], atol=1e-12)


def test_a_constant_feature_is_told_or_refused(caplog):
    points = np.column_stack([POINTS[:, 0], np.full(20, 3.0)])
    with caplog.at_level(logging.WARNING, "sggd_qiskit"):
        Dataset.from_arrays(points, LABELS)
    assert [("x2" in record.message, "is 3 " in record.message) for record in caplog.records] == [(True, True)]
    with pytest.raises(DataError, match=r"'x2' is 3 .*leave it out") as caught:
        Dataset.from_arrays(points, LABELS, scaling="minmax")
    assert caught.value.part == "scaling"
    assert Dataset.from_arrays(points, LABELS, scaling="minmax_together").train.preparations.shape == (20, 2)


def test_scalings_and_points_beyond_any_sense():
    with pytest.raises(DataError, match=r"'max'.*'minmax'"):
        arrays("max")
    near = 1 + 1e-11 * POINTS
    with pytest.raises(DataError, match="row 1"):
        Dataset.from_arrays(near, LABELS, [[1e14, 1]], ["low"], scaling="minmax")


def problem(dataset: Dataset, **symmetry):
    return build_problem(load_config({**CONFIG, "symmetry": symmetry}), dataset)


def test_features_that_a_group_exchanges_are_scaled_alike(caplog):
    with pytest.raises(ConfigError, match=r"symmetry: .*not scaled alike.*minmax_together"):
        problem(arrays("minmax"), group="swap")
    assert "scaled alike" in problem(arrays("minmax"), group="swap", check="warn").violation()
    with caplog.at_level(logging.WARNING, "sggd_qiskit"):
        assert problem(arrays("minmax_together"), group="swap").violation() == ""
        assert problem(arrays("none"), group="swap").violation() == ""
    assert caplog.records == []


def test_the_place_of_a_mirror_is_told(caplog):
    with caplog.at_level(logging.WARNING, "sggd_qiskit"):
        problem(arrays("standard"), group="parity")
    (record,) = caplog.records
    assert f"reflects a at {POINTS[:, 0].mean():.4g}" in record.message


def test_a_violation_is_told_in_the_units_of_the_features():
    wrong = problem(Dataset.from_arrays(1e4 + POINTS, LABELS, scaling="minmax"), group="u1_total_z", check="warn")
    shown = re.search(r"x1 = (\S+), x2 = (\S+)\)", wrong.violation())
    assert min(float(shown[1]), float(shown[2])) > 5000


def test_images_are_those_of_the_scaled_features():
    config = {**CONFIG, "symmetry": {"group": "parity"}, "cost": {"guidance": "enhanced"}}
    train = build_problem(load_config(config), arrays("standard")).dataset.train
    centre = POINTS.mean(0)
    assert len(train) == 40
    expected = np.concatenate([POINTS, 2 * centre - POINTS])
    np.testing.assert_allclose(np.sort(train.points, axis=0), np.sort(expected, axis=0), rtol=1e-12)
    np.testing.assert_allclose(train.preparations, (train.points - centre) / POINTS.std(0), rtol=1e-9)
