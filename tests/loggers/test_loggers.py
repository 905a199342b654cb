"""The logs as MLflow and TensorBoard themselves read them."""

from __future__ import annotations

import logging
import subprocess
import sys

import numpy as np
import pytest
from command_line import environment, started, steps_recorded, wait_for
from problems import CONFIGS
from training_runs import SMALL, after, small

from sggd_qiskit import load_results, run_experiment
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.identity import canonical, config_hash, to_yaml
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.loggers.logger import LoggedRun, Summary
from sggd_qiskit.loggers.mlflow import MlflowLogger

EXACT = "execution.backend=exact"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A folder in which MLflow keeps its runs."""
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    return str(tmp_path / "mlruns")


def mlflow_runs(store):
    from mlflow.tracking import MlflowClient

    client = MlflowClient(store)
    experiment = client.get_experiment_by_name("sggd")
    return client, client.search_runs([experiment.experiment_id])


def mlflow_history(store, run, column):
    client, _ = mlflow_runs(store)
    return sorted((m.step, m.value) for m in client.get_metric_history(run.info.run_id, column))


def tensorboard_scalars(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}, events


def columns(folder):
    """Pairs of step and value of all columns of a run that are numbers."""
    steps = load_results(folder).steps
    found = {}
    for name in steps.select_dtypes("number").columns.drop("step"):
        measured = steps[steps[name].notna()]
        if len(measured):
            found[name] = list(zip(measured["step"], measured[name], strict=True))
    return found


def warnings_of(caplog):
    return [r.getMessage() for r in caplog.records if r.name == "sggd_qiskit.run.logging"]


def test_mlflow_has_configuration_and_steps_and_goes_on(tmp_path, store, caplog):
    config = small("plane", EXACT, f"training.loggers=[{{kind: mlflow, tracking_uri: '{store}'}}]")
    with caplog.at_level(logging.WARNING):
        run_experiment(config, tmp_path / "results", interrupted=after(3))
        (interrupted,) = mlflow_runs(store)[1]
        run = run_experiment(config, tmp_path / "results")
    assert not warnings_of(caplog)
    (logged,) = mlflow_runs(store)[1]
    assert interrupted.info.status == "KILLED"
    assert logged.info.status == "FINISHED"
    assert logged.info.run_id == interrupted.info.run_id
    assert logged.info.run_name == run.folder.name
    assert logged.data.tags["sggd.folder"] == str(run.folder)
    assert logged.data.tags["sggd.reason"] == run.reason
    assert logged.data.params["training.optimizer.learning_rate"] == "0.05"
    assert logged.data.params["data.train"] == "7"
    expected = columns(run.folder)
    assert set(logged.data.metrics) == set(expected)
    for name in ("cost", "penalty", "test_accuracy"):
        assert mlflow_history(store, logged, name) == expected[name]


def test_a_complete_run_is_logged_later(tmp_path, store):
    plain = run_experiment(small("plane", EXACT), tmp_path / "results")
    config = small("plane", EXACT, f"training.loggers=[{{kind: mlflow, tracking_uri: '{store}'}}]")
    for _ in range(2):
        run = run_experiment(config, tmp_path / "results")
        assert run.was_complete
    (logged,) = mlflow_runs(store)[1]
    assert mlflow_history(store, logged, "cost") == columns(plain.folder)["cost"]


def test_processes_that_begin_at_once_share_a_database(tmp_path):
    store = f"sqlite:///{tmp_path}/mlflow.db"
    code = (
        "import sys\nfrom sggd_qiskit.loggers.logger import LoggedRun, Summary\n"
        "from sggd_qiskit.loggers.mlflow import MlflowLogger\n"
        f"log = MlflowLogger(tracking_uri={store!r}).start(LoggedRun(sys.argv[1], sys.argv[1], {{'a': {{'b': 1}}}}, None))\n"
        "log.step({'step': 0, 'cost': 0.5})\nlog.end(Summary('complete', 'done'))\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, name], env=environment()) for name in ("one", "two")]
    assert [process.wait() for process in processes] == [0, 0]
    _, runs = mlflow_runs(store)
    assert sorted(run.info.run_name for run in runs) == ["one", "two"]
    for run in runs:
        assert (run.info.status, run.data.params) == ("FINISHED", {"a.b": "1"})
        assert mlflow_history(store, run, "cost") == [(0, 0.5)]
    log = MlflowLogger(tracking_uri=store).start(LoggedRun("one", "one", {}, None))
    assert set(log.steps) == {0}
    log.step({"step": 1, "cost": 0.25})
    log.end(Summary("complete"))
    assert len(mlflow_runs(store)[1]) == 2


def test_tensorboard_has_configuration_and_steps_and_goes_on(tmp_path, caplog):
    config = small("plane", EXACT, "training.loggers=[tensorboard]")
    with caplog.at_level(logging.WARNING):
        run_experiment(config, tmp_path, interrupted=after(2))
        folder = next(tmp_path.iterdir()) / "tensorboard"
        (first,) = folder.iterdir()
        whole = first.read_bytes()
        first.write_bytes(whole[:-7])  # killed in the middle of a write
        run = run_experiment(config, tmp_path)
    assert not warnings_of(caplog)
    scalars, events = tensorboard_scalars(folder)
    expected = columns(run.folder)
    assert set(scalars) == set(expected)
    for name, values in expected.items():
        assert [step for step, _ in scalars[name]] == [step for step, _ in values]
        np.testing.assert_allclose([v for _, v in scalars[name]], [v for _, v in values], rtol=1e-6)
    assert len(list(folder.iterdir())) == 2
    (text,) = events.Tensors("config")
    assert b"region: right_half" in text.tensor_proto.string_val[0]


def test_runs_of_one_configuration_have_folders_of_their_own(tmp_path):
    config = small("werner", EXACT, f"training.loggers=[{{kind: tensorboard, path: {tmp_path}/events}}]")
    runs = [run_experiment(config, place) for place in (tmp_path / "a", tmp_path / "b", None)]
    folders = sorted((tmp_path / "events").iterdir())
    assert len(folders) == 3
    for folder in folders:
        assert folder.name.startswith(runs[0].folder.name)
        assert [step for step, _ in tensorboard_scalars(folder)[0]["cost"]] == list(range(7))


def test_paths_are_taken_from_the_configuration_and_addresses_are_not(tmp_path):
    file = tmp_path / "experiment.yaml"
    stores = "{kind: mlflow, tracking_uri: runs}, {kind: mlflow, tracking_uri: 'http://h:1'}, mlflow"
    loggers = f"[{{kind: tensorboard, path: events}}, {stores}]"
    file.write_text(to_yaml(small("plane")).replace("loggers: []", f"loggers: {loggers}"))
    events, runs, server, default = load_config(file).training.loggers
    assert events.path == str(tmp_path / "events")
    assert runs.tracking_uri == str(tmp_path / "runs")
    assert server.tracking_uri == "http://h:1"
    assert default.tracking_uri is None


def test_loggers_are_no_part_of_the_identity():
    plain, logged = small("plane"), small("plane", "training.loggers=[mlflow, {kind: tensorboard, path: x}]")
    assert config_hash(logged) == config_hash(plain)
    assert "loggers" not in canonical(plain)["training"]
    assert load_config(logged.model_dump(mode="json")) == logged


@pytest.mark.parametrize(
    ("loggers", "key", "said"),
    [
        ("[wandb]", "training.loggers.0", "tensorboard"),
        ("[mlflow, {kind: tensorboard, pth: x}]", "training.loggers.1.pth", "path"),
        ("[{kind: mlflow, tracking_uri: 'http://me:hunter2@h'}]", "training.loggers.0.tracking_uri", "environment"),
        ("mlflow", "training.loggers", "mlflow"),
    ],
)
def test_wrong_loggers_are_told_at_their_keys(loggers, key, said):
    with pytest.raises(ConfigError) as caught:
        small("plane", f"training.loggers={loggers}")
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{key}: ")
    assert said in line
    assert "hunter2" not in line


def test_a_run_that_was_killed_has_each_step_once(tmp_path):
    results, store = tmp_path / "results", tmp_path / "mlruns"
    sets = ("training.steps=250", f"training.loggers=[tensorboard, {{kind: mlflow, tracking_uri: {store}}}]")
    config = small("plane", EXACT, *sets)
    overrides = [word for override in (*SMALL["plane"], EXACT, *sets) for word in ("--set", override)]
    with started("run", CONFIGS / "plane.yaml", "--results", results, *overrides) as process:
        wait_for(process, lambda: any(file.stat().st_size for file in store.rglob("metrics/cost")))
        assert process.poll() is None, process.stdout.read()
    assert steps_recorded(results) > 0
    run = run_experiment(config, results)
    (logged,) = mlflow_runs(str(store))[1]
    scalars = tensorboard_scalars(run.folder / "tensorboard")[0]
    for name, expected in columns(run.folder).items():
        assert mlflow_history(str(store), logged, name) == expected
        assert [step for step, _ in scalars[name]] == [step for step, _ in expected]
