from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from problems import CONFIGS
from qiskit.primitives import (
    BaseEstimatorV2,
    DataBin,
    PrimitiveResult,
    PubResult,
    StatevectorEstimator,
)
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from ruamel.yaml import YAML
from training_runs import JOB_TIMES, STEP_TIMES, after, assert_same_run, small, steps_of

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.training import GradientDescentConfig
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import open_run, run_experiment
from sggd_qiskit.train.divergence import DivergenceError
from sggd_qiskit.train.loop import train
from sggd_qiskit.train.optimizers import build_optimizer

BACKENDS = pytest.mark.parametrize("backend", ["exact", "aer"])
NAMES = pytest.mark.parametrize("name", ["plane", "werner"])
DIVERGENT = "training.optimizer={kind: gradient_descent, learning_rate: 1.0e+6}"


@NAMES
@BACKENDS
def test_a_run_is_recorded(tmp_path, name, backend):
    config = small(name, f"execution.backend={backend}")
    seen, started = [], []
    result = run_experiment(
        config, tmp_path, on_start=lambda problem, rows: started.append((problem, rows)), on_step=seen.append
    )
    results = load_results(result.folder)
    problem, rows = started[0]
    assert rows == []
    assert results.complete
    assert result.reason == "all 6 steps are done"
    assert not result.was_complete
    assert [row["step"] for row in seen] == results.steps["step"].tolist() == list(range(7))
    assert result.row["theta"] == seen[-1]["theta"] == results.theta.tolist()
    assert results.steps["test_accuracy"].notna().tolist() == [True, False, True, False, True, False, True]
    assert results.steps["gradient"].notna().tolist() == [True] * 6 + [False]
    assert (results.steps["jobs"] == (backend == "aer")).all()
    assert results.jobs["status"].tolist() == ["done"] * 7 * (backend == "aer")
    assert results.manifest["backend"] == backend
    assert results.manifest["features"] == list(problem.dataset.train.columns)


@NAMES
@BACKENDS
def test_each_theta_follows_from_the_gradient_before(tmp_path, name, backend):
    config = small(name, f"execution.backend={backend}")
    steps = steps_of(run_experiment(config, tmp_path).folder)
    optimizer = build_optimizer(config.training.optimizer)
    state = optimizer.init(steps["theta"][0])
    for step in range(6):
        theta, state = optimizer.update(steps["gradient"][step], state)
        assert theta.tolist() == steps["theta"][step + 1].tolist()
        # |g|² is raised by the noise of each component.
        square = np.sum(steps["gradient"][step] ** 2 - steps["gradient_stderr"][step] ** 2)
        assert steps["gradient_norm"][step] == pytest.approx(np.sqrt(max(square, 0)))


@BACKENDS
def test_the_cost_is_the_sum_of_its_terms(tmp_path, backend):
    config = small("plane", f"execution.backend={backend}", "cost.weight={kind: linear, start: 0, end: 2, steps: 4}")
    steps = steps_of(run_experiment(config, tmp_path).folder)
    assert steps["weight"].tolist() == [0, 0.5, 1, 1.5, 2, 2, 2]
    np.testing.assert_allclose(steps["cost"], steps["data_term"] + steps["weight"] * steps["penalty"])
    np.testing.assert_allclose(
        steps["cost_stderr"], np.hypot(steps["data_term_stderr"], steps["weight"] * steps["penalty_stderr"])
    )
    assert ((steps["cost_stderr"] == 0) == (backend == "exact")).all()


def test_without_a_penalty_its_columns_are_empty(tmp_path):
    steps = steps_of(run_experiment(small("plane", "cost.guidance=none"), tmp_path).folder)
    assert steps[["penalty", "penalty_stderr", "weight"]].isna().all(axis=None)
    assert (steps["cost"] == steps["data_term"]).all()


@NAMES
@BACKENDS
def test_predictions_are_of_every_point(tmp_path, name, backend):
    config = small(name, f"execution.backend={backend}", "training.batch=3")
    result = run_experiment(config, tmp_path)
    frame = pd.read_parquet(result.folder / "predictions.parquet")
    dataset = build_problem(config).dataset
    for split, sample in (("train", dataset.train), ("test", dataset.test)):
        part = frame[frame["split"] == split]
        assert (part[list(sample.columns)].to_numpy() == sample.points).all()
        assert (part["label"] == sample.labels).all()
        assert (part["predicted_label"] == np.where(part["output"] < 0, -1, 1)).all()
        assert result.row[f"{split}_accuracy"] == np.mean(part["predicted_label"] == part["label"])
        assert ((part["output_stderr"] == 0) == (backend == "exact")).all()
    assert len(frame) == len(dataset.train) + len(dataset.test)
    assert list(frame.columns[: len(dataset.train.columns)]) == list(dataset.train.columns)


@NAMES
def test_a_complete_run_is_not_touched_again(tmp_path, name):
    config = small(name)
    first = run_experiment(config, tmp_path)
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in first.folder.iterdir()}

    def never(*_):
        raise AssertionError

    again = run_experiment(config, tmp_path, on_start=never, on_step=never, interrupted=never)
    assert again.was_complete
    assert (again.folder, again.reason, again.row) == (first.folder, first.reason, first.row)
    after_it = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in first.folder.iterdir()}
    # The lock is taken and let go of, so its time changes; it is empty.
    assert {name: data for name, data in after_it.items() if name != ".lock"} == {
        name: data for name, data in before.items() if name != ".lock"
    }


def test_runs_of_one_seed_are_the_same(tmp_path):
    one, other = (run_experiment(small("werner"), tmp_path / place).folder for place in ("one", "other"))
    assert_same_run(one, other)
    third = run_experiment(small("werner", "training.seed=2"), tmp_path).folder
    assert not (steps_of(third)["cost"] == steps_of(one)["cost"]).any()


def test_an_estimator_of_the_users_own_runs_the_circuits(tmp_path):
    exact = steps_of(run_experiment(small("plane"), tmp_path / "exact").folder)
    config = small("plane", "execution.backend=aer", "name=plane-statevector")
    result = run_experiment(config, tmp_path, estimator=StatevectorEstimator(seed=1))
    assert load_results(result.folder).manifest["backend"] == "StatevectorEstimator"
    assert set(load_results(result.folder).jobs["backend"]) == {"StatevectorEstimator"}
    assert not np.allclose(steps_of(result.folder)["cost"], exact["cost"], atol=1e-6)


def test_an_interrupted_run_goes_on_with_an_estimator_too(tmp_path):
    config = small("werner", "training.steps=2")
    begun = run_experiment(config, tmp_path, estimator=StatevectorEstimator(seed=1), interrupted=after(1))
    ended = run_experiment(config, tmp_path, estimator=StatevectorEstimator(seed=2))
    assert (begun.reason, ended.reason) == (None, "all 2 steps are done")
    assert ended.results.manifest["resumes"] == 1


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize(("name", "steep"), [("plane", "model.observable=1e8 Z0"), ("werner", "cost.weight=1.0e+12")])
def test_a_diverging_training_says_so_and_records_only_numbers(tmp_path, name, steep):
    config = small(name, DIVERGENT, steep, "training.steps=400")
    for _ in range(2):  # the second time it continues, and comes to the same end
        with pytest.raises(DivergenceError, match=r"θ .* at step"):
            run_experiment(config, tmp_path)
        results = load_results(tmp_path)
        assert not results.complete
        assert np.isfinite(np.concatenate(results.steps["theta"].tolist())).all()
        assert np.isfinite(results.steps["cost"]).all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("observable", "what"), [("1e308 Z0", "the cost"), ("1e100 Z0", "the gradient")])
def test_a_cost_or_gradient_out_of_range_is_refused(tmp_path, observable, what):
    with pytest.raises(DivergenceError, match=f"{what} .* at step 0; choose"):
        run_experiment(small("plane", f"model.observable={observable}"), tmp_path)
    assert len(load_results(tmp_path).steps) == 0


def test_a_large_learning_rate_alone_is_no_error(tmp_path):
    config = small("plane", "training.optimizer={kind: gradient_descent, learning_rate: 1000}")
    assert config.training.optimizer == GradientDescentConfig(learning_rate=1000)
    assert run_experiment(config, tmp_path).reason == "all 6 steps are done"


def test_an_evaluator_that_forgets_the_gradient_is_refused(monkeypatch):
    problem = build_problem(small("plane"))
    evaluator = ExactEvaluator(problem)
    ask = evaluator.evaluate
    monkeypatch.setattr(evaluator, "evaluate", lambda request: ask(replace(request, gradient=False)))
    with pytest.raises(ValueError, match=r"step 0 .* gradient"):
        train(problem, evaluator, open_run(problem, None))


@NAMES
@BACKENDS
def test_a_run_in_memory_is_the_run_in_a_folder(tmp_path, monkeypatch, name, backend):
    config = small(name, f"execution.backend={backend}")
    stored = run_experiment(config, tmp_path / "results").results
    monkeypatch.chdir(tmp_path)
    result = run_experiment(config, None)
    kept = result.results
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    assert (result.folder, kept.folder, kept.complete) == (None, None, True)
    for table, times in (("steps", STEP_TIMES), ("jobs", JOB_TIMES), ("predictions", [])):
        frames = (getattr(results, table).drop(columns=times) for results in (kept, stored))
        pd.testing.assert_frame_equal(*frames, check_exact=True)
    assert kept.config == stored.config
    for fact in ("classes", "features", "parameters", "configuration", "backend", "seeds", "run", "reason"):
        assert kept.manifest[fact] == stored.manifest[fact]


def test_a_run_in_memory_can_be_left_early():
    result = run_experiment(small("plane"), None, interrupted=after(2))
    assert (result.reason, result.results.complete, len(result.results.steps)) == (None, False, 2)


def test_a_device_needs_a_folder_to_remember_its_jobs_in():
    with pytest.raises(ConfigError, match=r"execution\.backend.*ibm_torino.*folder"):
        run_experiment(small("plane", "execution.backend=ibm_torino"), None)


def test_an_experiment_is_a_file_or_a_mapping_too():
    file = CONFIGS / "plane.yaml"
    mapping = YAML(typ="safe").load(file)
    mapping["data"] |= {"train": 5, "test": 5}
    mapping["training"] |= {"steps": 1}
    assert len(run_experiment(mapping, None).results.steps) == 2
    for path in (file, str(file)):
        assert run_experiment(path, None, interrupted=lambda: True).row["step"] == 0


def test_data_can_be_given(tmp_path):
    config = small("plane")
    dataset = build_problem(config).dataset
    ours = run_experiment(config, tmp_path, dataset=dataset)
    plain = run_experiment(config, tmp_path)
    assert ours.folder != plain.folder
    pd.testing.assert_frame_equal(steps_of(ours.folder), steps_of(plain.folder), check_exact=True)
    assert ours.results.config["data"]["kind"] == "given"
    assert run_experiment(config, tmp_path, dataset=dataset).was_complete


def test_an_estimator_of_the_users_own_takes_circuits_that_aer_does_not():
    large = ("model.qubits=25", "symmetry=null", "cost.guidance=none", "execution.backend=aer", "training.steps=1")
    config = small("plane", *large)
    with pytest.raises(ConfigError, match=r"model\.qubits.*25"):
        run_experiment(config, None)
    result = run_experiment(config, None, estimator=Zeros())
    assert (result.results.predictions["output"] == 0).all()


class Zeros(BaseEstimatorV2):
    """Says 0 ± 0.1 of everything."""

    def run(self, pubs, *, precision=None):
        coerced = [EstimatorPub.coerce(pub, precision) for pub in pubs]
        values = [DataBin(evs=np.zeros(p.shape), stds=np.full(p.shape, 0.1), shape=p.shape) for p in coerced]
        result = PrimitiveResult([PubResult(value) for value in values])
        return SimpleNamespace(job_id=lambda: "zeros", result=lambda: result)
