"""New data points, classified by a recorded run: in the user's labels, on any backend, whatever the data are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from problems import CONFIGS
from qiskit import QuantumCircuit
from training_runs import small

from sggd_qiskit import Dataset, load_config, load_results, predict, run_experiment
from sggd_qiskit.data.errors import DataError
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.symmetry.group import SymmetryGroup

SIGMAS = 5
MODEL = {
    "name": "states",
    "model": {"qubits": 2, "encoding": {"kind": "circuits"}, "ansatz": {"kind": "hardware_efficient", "layers": 2}},
    "symmetry": {"group": "swap"},
    "training": {"steps": 12, "optimizer": {"kind": "adam", "learning_rate": 0.2}},
    "execution": {"backend": "exact", "shots": 512},
}


def test_the_points_of_a_run_are_predicted_as_it_recorded_them(tmp_path):
    for name in ("plane", "werner"):
        results = load_results(run_experiment(small(name, "execution.backend=exact"), tmp_path / name).folder)
        recorded = results.predictions
        again = predict(results.folder, recorded[results.manifest["features"]])
        np.testing.assert_allclose(again.output, recorded.output, atol=1e-12)
        assert again.predicted_label.tolist() == recorded.predicted_label.tolist()
        assert "label" not in again


@pytest.mark.parametrize("backend", ["aer", "fake_manila"])
def test_any_backend_predicts_within_its_errors(tmp_path, backend):
    results = load_results(run_experiment(small("plane", "execution.backend=exact"), tmp_path).folder)
    points = [[0.1, -0.4], [0.8, 0.8], [-0.5, 0.2]]
    exact, found = predict(results, points), predict(results, points, backend=backend, shots=2000, seed=3)
    assert (found.output_stderr > 0).all()
    if backend == "aer":
        assert (np.abs(found.output - exact.output) < SIGMAS * found.output_stderr).all()
    pd.testing.assert_frame_equal(found, predict(results, points, backend=backend, shots=2000, seed=3))


def test_twirled_outputs_predict_what_the_training_saw(tmp_path):
    config = small("plane", "execution.backend=exact", "cost.guidance=twirled")
    results = run_experiment(config, tmp_path).results
    one, other = predict(results, [[0.3, -0.7]]), predict(results, [[-0.7, 0.3]])
    assert one.output[0] == pytest.approx(other.output[0], abs=1e-12)


def test_labels_are_the_users_own_and_a_run_in_memory_predicts_too():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.uniform(-1, 1, size=(30, 2)), columns=["width", "height"])
    frame["kind"] = np.where(frame.width > frame.height, "wide", "high")
    data = Dataset.from_frame(frame, label="kind")
    overrides = ["execution.backend=exact", "training.steps=3", "symmetry=null", "cost.guidance=none"]
    run = run_experiment(load_config(CONFIGS / "plane.yaml", overrides), None, dataset=data)
    assert run.folder is None
    assert set(run.results.predictions.predicted_label) <= {"wide", "high"}
    found = predict(run.results, frame[["height", "width"]])  # by their names, whatever their order
    assert found.columns.tolist() == ["width", "height", "output", "output_stderr", "predicted_label"]
    assert (found.predicted_label == np.where(found.output < 0, "high", "wide")).all()


def states(rng, count):
    """States of two qubits, the first turned towards |1⟩ or away from it; labels by which."""
    circuits, labels = [], []
    for _ in range(count):
        circuit, side = QuantumCircuit(2), rng.choice([-1, 1])
        for q in range(2):
            circuit.ry(float(np.pi / 2 + side * rng.uniform(0.3, 1.2)), q)
        circuits.append(circuit)
        labels.append("up" if side < 0 else "down")
    return circuits, labels


@pytest.mark.parametrize("guidance", ["none", "penalty", "twirled", "enhanced"])
def test_data_points_may_be_circuits(guidance):
    rng = np.random.default_rng(5)
    circuits, labels = states(rng, 10)
    data = Dataset.from_circuits(circuits, labels, *states(rng, 6))
    config = load_config({**MODEL, "cost": {"guidance": guidance}})
    run = run_experiment(config, None, dataset=data)
    assert run.results.steps.cost.iloc[-1] < run.results.steps.cost.iloc[0]
    exact = predict(run.results, circuits)
    shots = predict(run.results, circuits, backend="aer")
    assert (np.abs(exact.output - shots.output) < SIGMAS * shots.output_stderr).all()
    if guidance == "enhanced":
        swapped = SymmetryGroup.named("swap", 2).elements[1]
        images = [c.compose(swapped.full_circuit()) for c in circuits]
        assert len(run.results.predictions) == 2 * len(circuits) + 6
        trained = run.results.predictions.output[run.results.predictions.split == "train"]
        both = np.concatenate([exact.output, predict(run.results, images).output])
        np.testing.assert_allclose(np.sort(trained), np.sort(both), atol=1e-9)


def test_circuits_train_with_shots_and_a_run_of_given_data_goes_on(tmp_path):
    data = Dataset.from_circuits(*states(np.random.default_rng(6), 8))
    config = load_config({**MODEL, "execution": {"backend": "aer", "shots": 64}})
    asked = iter([False, True])
    begun = run_experiment(config, tmp_path, dataset=data, interrupted=lambda: next(asked))
    ended = run_experiment(config, tmp_path, dataset=data)
    assert (begun.folder, begun.reason) == (ended.folder, None)
    whole = run_experiment(config, None, dataset=data)
    pd.testing.assert_frame_equal(
        ended.results.steps.drop(columns="wall_seconds"), whole.results.steps.drop(columns="wall_seconds")
    )
    other = Dataset.from_circuits(*states(np.random.default_rng(7), 8))
    assert run_experiment(config, tmp_path, dataset=other, interrupted=lambda: True).folder != ended.folder


@pytest.mark.parametrize(
    ("features", "error", "word"),
    [
        ([[0.1, 0.2, 0.3]], DataError, "3"),
        ([[0.1, np.nan]], DataError, "nan"),
        ([0.1, 0.2], DataError, "shape"),
        (pd.DataFrame({"x1": [0.1]}), DataError, "'x2'; wanted"),
    ],
)
def test_features_that_do_not_fit_are_refused(tmp_path, features, error, word):
    results = run_experiment(small("plane", "execution.backend=exact", "training.steps=1"), tmp_path).results
    with pytest.raises(error, match=word):
        predict(results, features)


def test_a_run_without_a_step_can_not_predict(tmp_path):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_experiment(small("plane"), tmp_path, on_start=stop)
    with pytest.raises(RecordError, match="parameters"):
        predict(tmp_path, [[0.1, 0.2]])
