"""The estimators of scikit-learn: what a fit gives, in its tools, with labels of any kind, weights and bad arguments."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.primitives import StatevectorEstimator
from qiskit.quantum_info import SparsePauliOp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from sggd_qiskit import Dataset, SGGDClassifier, SGGDRegressor, SymmetryGroup, load_config, predict, run_experiment

RNG = np.random.default_rng(3)
X = RNG.uniform(-1, 1, size=(40, 2))
RADIUS = np.hypot(*X.T)
INSIDE = np.where(RADIUS < 0.8, "inside", "outside")
SMALL = {"ansatz": {"kind": "real_amplitudes", "reps": 1}, "steps": 8, "random_state": 1}


def small(**arguments) -> SGGDClassifier:
    return SGGDClassifier(**{**SMALL, **arguments})


def circuits() -> tuple[QuantumCircuit, QuantumCircuit]:
    x, theta = ParameterVector("x", 2), ParameterVector("θ", 14)
    feature_map, ansatz = QuantumCircuit(2), QuantumCircuit(2)
    for q in range(2):
        feature_map.rx(np.pi / 2 * x[q], q)
    for layer in range(7):
        for q in range(2):
            (ansatz.ry if layer % 2 else ansatz.rz)(theta[2 * layer + q], q)
        ansatz.cx(0, 1)
    return feature_map, ansatz


def test_a_fit_is_the_run_of_its_configuration():
    model = small(symmetry="swap", weight=0.5).fit(X, INSIDE)
    config = load_config(
        {
            "name": "sggdclassifier",
            "model": {"qubits": 2, "encoding": {"kind": "angle"}, "ansatz": {"kind": "real_amplitudes", "reps": 1}},
            "symmetry": {"group": "swap"},
            "cost": {"guidance": "penalty", "weight": 0.5},
            "training": {"steps": 8, "seed": 1, "initial": {"kind": "normal"}},
            "execution": {"backend": "exact"},
        }
    )
    run = run_experiment(config, None, dataset=Dataset.from_arrays(X, INSIDE))
    assert (model.theta_ == run.results.theta).all()
    assert model.penalty_ == run.row["penalty"]
    assert model.history_["cost"].tolist() == run.results.steps["cost"].tolist()
    expected = predict(run.results, X)
    assert (model.decision_function(X) == expected["output"]).all()
    assert model.predict(X).tolist() == expected["predicted_label"].tolist()


@pytest.mark.parametrize(
    "labels",
    [INSIDE, RADIUS < 0.8, np.where(RADIUS < 0.8, 7, -2), np.where(RADIUS < 0.8, "x", "yy").astype(object)],
    ids=["strings", "booleans", "integers", "objects"],
)
def test_labels_of_any_kind_come_back_as_they_are(labels):
    model = small().fit(X, labels)
    found = model.predict(X)
    assert found.dtype == np.unique(labels).dtype
    assert set(found.tolist()) <= set(labels.tolist())
    assert ((model.decision_function(X) > 0) == (found == model.classes_[1])).all()


def test_three_classes_with_probabilities():
    labels = pd.Series(np.digitize(X[:, 0], [-0.3, 0.3])).map({0: "low", 1: "middle", 2: "high"})
    model = SGGDClassifier(loss={"kind": "cross_entropy", "temperature": 0.2}, steps=60, random_state=1).fit(
        pd.DataFrame(X, columns=["a", "b"]), labels
    )
    assert model.classes_.tolist() == ["high", "low", "middle"]
    frame = pd.DataFrame(X, columns=["a", "b"])
    outputs, chances = model.decision_function(frame), model.predict_proba(frame)
    assert outputs.shape == chances.shape == (40, 3)
    assert_allclose(chances, np.exp(5 * outputs) / np.exp(5 * outputs).sum(axis=1, keepdims=True), rtol=1e-12)
    assert (model.predict(frame) == model.classes_[outputs.argmax(axis=1)]).all()
    assert model.score(frame, labels) > 0.6
    assert not hasattr(small(), "predict_proba")


@pytest.mark.parametrize("backend", ["exact", "aer"])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy", "hinge"])
def test_sample_weights_are_repetitions(backend, loss):
    weights = RNG.integers(0, 4, size=40)
    repeated = np.repeat(np.arange(40), weights)
    options = {"loss": loss, "backend": backend, "shots": 100_000, "steps": 2}
    by_weight = small(**options).fit(X, INSIDE, sample_weight=weights)
    by_repetition = small(**options).fit(X[repeated], INSIDE[repeated])
    ours, theirs = by_weight.history_.iloc[0], by_repetition.history_.iloc[0]
    for name in ("cost", "gradient"):
        error = 1e-12 + 5 * np.hypot(ours[f"{name}_stderr"], theirs[f"{name}_stderr"])  # 5 sigma
        assert (np.abs(ours[name] - theirs[name]) <= error).all()
    alike = small(**options).fit(X, INSIDE)
    assert abs(alike.history_["cost"][0] - ours["cost"]) > 1e-3


def test_the_tools_of_scikit_learn():
    model = make_pipeline(MinMaxScaler((-1, 1)), small(symmetry="swap"))
    grid = {"sggdclassifier__weight": [0.1, 1.0], "sggdclassifier__symmetry": [None, "swap"]}
    search = GridSearchCV(model, grid, cv=2).fit(X, INSIDE)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert cross_val_score(clone(search.best_estimator_), X, INSIDE, cv=2).shape == (2,)
    restored = pickle.loads(pickle.dumps(search.best_estimator_))
    assert (restored.predict(X) == search.predict(X)).all()


def test_a_warm_start_goes_on_from_the_last_theta():
    model = small(warm_start=True).fit(X, INSIDE)
    theta = model.theta_
    assert (model.fit(X, INSIDE).history_["theta"][0] == theta).all()
    assert (small().fit(X, INSIDE).history_["theta"][0] != theta).all()


def test_circuits_operators_and_groups():
    feature_map, ansatz = circuits()
    group = SymmetryGroup.from_generators([(1, 0)])
    model = SGGDClassifier(
        feature_map, ansatz, SparsePauliOp(["IZ", "ZI"], [0.5, 0.5]), symmetry=group, steps=3, random_state=1
    ).fit(X, INSIDE)
    named = SGGDClassifier("angle", ansatz, "0.5 Z0 + 0.5 Z1", symmetry="swap", steps=3, random_state=1).fit(X, INSIDE)
    assert model.theta_.shape == (14,)
    assert_allclose(model.history_["cost"], named.history_["cost"], rtol=1e-12)
    assert (model.predict(X) == named.predict(X)).all()


def test_a_fit_into_a_folder_is_resumed(tmp_path):
    feature_map, ansatz = circuits()
    arguments = {"feature_map": feature_map, "ansatz": ansatz, "steps": 3, "random_state": 1, "results": tmp_path}
    first = SGGDClassifier(**arguments).fit(X, INSIDE)
    feature_map, ansatz = circuits()
    again = SGGDClassifier(**arguments | {"feature_map": feature_map, "ansatz": ansatz}).fit(X, INSIDE)
    assert again.run_.was_complete
    assert (again.theta_ == first.theta_).all()
    assert (again.predict(X) == predict(first.run_.folder, X)["predicted_label"]).all()


def test_any_estimator_of_qiskit():
    exact = small(steps=2).fit(X, INSIDE)
    given = small(steps=2, backend=StatevectorEstimator(), shots=10_000_000).fit(X[:], INSIDE)
    assert_allclose(given.decision_function(X), exact.decision_function(X), atol=0.05)


def test_values_are_fitted():
    values = X[:, 0] * X[:, 1] / 2
    model = SGGDRegressor(steps=60, random_state=1).fit(X, values)
    assert model.score(X, values) > 0.9
    assert model.history_["train_accuracy"].isna().all()
    assert_allclose(model.history_["cost"].iloc[-1], np.mean((model.predict(X) - values) ** 2), rtol=1e-10)


def test_enhancement_keeps_weights():
    weights = RNG.uniform(0.5, 2, size=40)
    model = small(symmetry="swap", guidance="enhanced", steps=1).fit(X, INSIDE, sample_weight=weights)
    both = np.concatenate([X, X[:, ::-1]])
    plain = small(steps=1).fit(both, np.tile(INSIDE, 2), sample_weight=np.tile(weights, 2))
    assert_allclose(model.history_["cost"][0], plain.history_["cost"][0], rtol=1e-12)


def test_callbacks_score_each_step_and_can_stop():
    callback = pytest.importorskip("sklearn.callback")
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model = small().set_callbacks(monitor).fit(X, INSIDE)
    scores = monitor.get_logs().data_as_pandas.query("task_name == 'step'")["accuracy"]
    assert len(scores) == 9
    assert scores.iloc[-1] == model.score(X, INSIDE)

    class StopAt3:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...
        def on_fit_task_end(self, estimator, context):
            return context.task_name == "step" and context.task_id == 3

    stopped = small().set_callbacks(StopAt3()).fit(X, INSIDE)
    assert stopped.history_["step"].tolist() == [0, 1, 2, 3]
    assert (stopped.theta_ == stopped.history_["theta"].iloc[-1]).all()


WITHOUT_CALLBACKS = """
import sys
sys.modules["sklearn.callback"] = None
from sggd_qiskit import SGGDClassifier
model = SGGDClassifier(steps=2, random_state=1, verbose=True).fit([[0.1, 0.2], [-0.5, 0.3]], ["a", "b"])
print(hasattr(model, "set_callbacks"), len(model.history_))
"""


def test_scikit_learn_without_callbacks():
    done = subprocess.run([sys.executable, "-c", WITHOUT_CALLBACKS], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["False 3"], done.stderr


def test_a_bar_is_shown(capsys):
    small(verbose=True, steps=2).fit(X, INSIDE)
    assert "100%" in capsys.readouterr().out


def test_pictures():
    import matplotlib as mpl

    mpl.use("agg")
    model = small(symmetry="swap").fit(X, INSIDE)
    lines = {line.get_label() for line in model.plot_history().get_lines()}
    assert {"cost", "data term", "penalty"} <= lines
    axes = model.plot_decision_boundary(X, INSIDE)
    assert axes.collections[-1].get_offsets().shape == (40, 2)


BAD = {
    "a weight below 0": ({"weight": -1.0, "symmetry": "swap"}, ValueError, "cost.weight.*-1"),
    "an unknown group": ({"symmetry": "swapp"}, ValueError, "symmetry.group.*swapp.*swap"),
    "an unknown loss": ({"loss": "squared"}, ValueError, "cost.loss.*squared"),
    "no steps": ({"steps": 0}, ValueError, "training.steps"),
    "an unknown backend": ({"backend": "exactly"}, ValueError, "execution.backend.*exactly"),
    "a number for a circuit": ({"ansatz": 3}, TypeError, "found 3.*circuit"),
    "guidance without symmetry": ({"guidance": "penalty"}, ValueError, "cost.guidance.*symmetry"),
    "two observables of three": ({"observable": ["Z0", "Z1", "X0"]}, ValueError, "found 3 observables.*each class"),
    "an observable that is none": ({"observable": SparsePauliOp("ZI", 1j)}, ValueError, "Hermitian"),
}


@pytest.mark.parametrize(("arguments", "error", "words"), list(BAD.values()), ids=list(BAD))
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        small(**arguments).fit(X, INSIDE)


def test_bad_use():
    with pytest.raises(NotFittedError):
        small().predict(X)
    with pytest.raises(ValueError, match="one class"):
        small().fit(X, np.ones(40))
    with pytest.raises(ValueError, match=r"cost\.loss.*squared_error"):
        SGGDRegressor(loss="hinge", steps=1).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="features"):
        small().fit(X, INSIDE).predict(X[:, :1])
