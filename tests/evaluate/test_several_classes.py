"""Three classes with an observable each: gradients, standard errors and trainings, exact and from shots."""

from __future__ import annotations

import numpy as np
import pytest
from executors import NoiselessExecutor
from problems import asked

from sggd_qiskit import load_config, run_experiment
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.local.aer import AerExecutor
from sggd_qiskit.problem import build_problem

SIGMAS = 4
STEP = 1e-5
CLASSES = ("inner", "middle", "outer")
OBSERVABLES = {
    "commuting": {"inner": "Z0 + Z1", "middle": "Z0 Z1", "outer": "-1 Z0 - Z2"},
    "mixed": {"inner": "Z0 + 0.5 X1", "middle": "X0 X1", "outer": "Y2"},
}


def rings(rng, count):
    """Points of the square [-1, 1]² in three rings, which the exchange of the axes keeps."""
    points = rng.uniform(-1, 1, size=(count, 2))
    ring = np.digitize(np.hypot(*points.T), [0.5, 0.9])
    return points, np.array(CLASSES)[ring]


def dataset(count=12, seed=0, *, biased=False):
    rng = np.random.default_rng(seed)
    points, labels = rings(rng, 40 * count)
    if biased:
        keep = points[:, 0] > points[:, 1]
        points, labels = points[keep], labels[keep]
    return Dataset.from_arrays(points[:count], labels[:count], *rings(rng, 200), classes=CLASSES)


def problem(loss="squared_error", guidance="penalty", observables="commuting", data=None, **more):
    config = {
        "name": "rings",
        "model": {
            "qubits": 4,
            "encoding": {"kind": "angle"},
            "ansatz": {"kind": "hardware_efficient", "layers": 2},
            "observable": OBSERVABLES[observables],
        },
        "symmetry": {"group": "swap"},
        "cost": {"loss": loss, "guidance": guidance, **more.pop("cost", {})},
        **more,
    }
    return build_problem(load_config(config), data or dataset())


@pytest.mark.parametrize("observables", OBSERVABLES)
@pytest.mark.parametrize("guidance", ["none", "penalty", "twirled"])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy", "hinge"])
def test_exact_gradients_equal_finite_differences(loss, guidance, observables):
    found = problem(loss, guidance, observables)
    evaluator = ExactEvaluator(found)
    theta = np.random.default_rng(4).uniform(-2, 2, size=len(found.qnn.theta))

    def cost(at):
        return evaluator.evaluate(asked(found, 0, at, 0.7, found.dataset.train)).cost

    differences = [(cost(theta + e).value - cost(theta - e).value) / (2 * STEP) for e in STEP * np.eye(len(theta))]
    np.testing.assert_allclose(cost(theta).gradient, differences, atol=1e-7)


@pytest.mark.parametrize("estimator", ["echo", "bell_pair", "hadamard_test", "local_states"])
@pytest.mark.parametrize("observables", OBSERVABLES)
def test_without_shot_noise_circuits_equal_linear_algebra(observables, estimator):
    norm = "local_states" if estimator == "local_states" else "hilbert_schmidt"
    more = {"estimator": estimator, "norm": norm, "states": 6**4}
    found = problem("cross_entropy", "penalty", observables, data=dataset(2), cost=more)
    theta = np.random.default_rng(5).uniform(-2, 2, size=len(found.qnn.theta))
    factors = np.zeros(len(theta))
    factors[[0, 7, 23]] = 8.0  # a few components: local states take thousands of circuits for each
    request = asked(found, 0, theta, 0.7, found.dataset.train, factors=factors, measure=(found.dataset.train,))
    got, want = (
        PrimitivesEvaluator(found, NoiselessExecutor()).evaluate(request),
        ExactEvaluator(found).evaluate(request),
    )
    assert got.penalty.value == pytest.approx(want.penalty.value, abs=1e-9)
    assert got.cost.value == pytest.approx(want.cost.value, abs=1e-9)
    np.testing.assert_allclose(got.cost.gradient, want.cost.gradient, atol=1e-9)
    np.testing.assert_allclose(got.measured[0].values, want.measured[0].values, atol=1e-9)
    assert got.measured[0].values.shape == (2, 3)


def test_the_swap_test_takes_the_mean_over_the_observables():
    more = {"estimator": "destructive_swap_test", "states": 10**6}
    found = problem(observables="commuting", data=dataset(2), cost=more)
    from executors import ExactExecutor  # swap tests end in readouts, which it takes one by one

    theta = np.random.default_rng(6).uniform(-2, 2, size=len(found.qnn.theta))
    request = asked(found, 0, theta, 0.7, found.dataset.train, gradient=False)
    got = PrimitivesEvaluator(found, ExactExecutor()).evaluate(request)
    assert got.penalty.value == pytest.approx(ExactEvaluator(found).evaluate(request).penalty.value, abs=1e-9)


@pytest.mark.parametrize("estimator", ["echo", "local_states"])
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("observables", OBSERVABLES)
def test_from_shots_standard_errors_are_right(observables, loss, estimator):
    norm = "local_states" if estimator == "local_states" else "normalized_hilbert_schmidt"
    more = {"cost": {"estimator": estimator, "norm": norm}, "execution": {"shots": 1024}}
    found = problem(loss, "penalty", observables, data=dataset(4), **more)
    exact, measured = ExactEvaluator(found), PrimitivesEvaluator(found, AerExecutor())
    theta = np.random.default_rng(7).uniform(-2, 2, size=len(found.qnn.theta))
    factors = np.zeros(len(theta))
    factors[[0, 7, 13, 23]] = 6.0
    pulls = []
    for step in range(25):
        request = asked(found, step, theta + 0.3 * step, 0.7, found.dataset.train, factors=factors)
        got, want = measured.evaluate(request), exact.evaluate(request)
        pulls.append((got.cost.value - want.cost.value) / got.cost.stderr)
        pulls.append((got.penalty.value - want.penalty.value) / got.penalty.stderr)
        moved = got.cost.gradient_stderr > 0
        pulls.extend(((got.cost.gradient - want.cost.gradient)[moved] / got.cost.gradient_stderr[moved]).tolist())
    assert abs(np.mean(pulls)) < SIGMAS / np.sqrt(len(pulls))
    assert abs(np.var(pulls) - 1) < SIGMAS * np.sqrt(2 / len(pulls)) + 0.1


def test_observables_that_commute_share_their_circuits():
    sets = {name: sum(s.circuits for s in _planned(problem(observables=name, data=dataset(4)))) for name in OBSERVABLES}
    # Z0, Z1, Z0 Z1 and Z2 are read in one basis; Z0 and X1, X0 X1, and Y2 in two.
    assert sets["commuting"] == 4 + 16
    assert sets["mixed"] == 2 * (4 + 2 * 16)


def _planned(found):
    from sggd_qiskit.evaluate.plan import StepPlanner

    request = asked(found, 0, np.zeros(len(found.qnn.theta)), 1.0, found.dataset.train, gradient=False)
    return StepPlanner(found).plan(request, np.random.SeedSequence(0)).settings


@pytest.mark.parametrize("backend", ["exact", "aer"])
@pytest.mark.parametrize("guidance", ["none", "penalty"])
@pytest.mark.parametrize("loss", ["squared_error", {"kind": "cross_entropy", "temperature": 0.3}], ids=str)
def test_trainings_learn_and_predict_in_the_users_labels(loss, guidance, backend, tmp_path):
    shots = {"backend": backend, "shots": 256}
    optimizer = {"kind": "adam", "learning_rate": 0.1}
    training = {"steps": 40 if backend == "exact" else 12, "optimizer": optimizer}
    data = dataset(24, biased=True)
    config = problem(loss, guidance, data=data, execution=shots, training=training).config
    results = run_experiment(config, tmp_path, dataset=data).results
    steps, predictions = results.steps, results.predictions
    assert steps.cost.iloc[-1] < steps.cost.iloc[0]
    assert set(predictions.label) == set(CLASSES)
    assert set(predictions.predicted_label) <= set(CLASSES)
    outputs = predictions[[f"output_{name}" for name in CLASSES]].to_numpy()
    assert (np.array(CLASSES)[outputs.argmax(axis=1)] == predictions.predicted_label).all()
    assert (predictions[[f"output_{name}_stderr" for name in CLASSES]].to_numpy() > 0).all() == (backend == "aer")
    if backend == "exact":
        test = predictions[predictions.split == "test"]
        assert (test.label == test.predicted_label).mean() > 0.45  # a third by guessing
