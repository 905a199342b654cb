"""Trainings that start where another run has ended."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from training_runs import after, assert_same_run, small
from typer.testing import CliRunner

from sggd_qiskit.cli.app import app
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.identity import run_name
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment

EXACT = "execution.backend=exact"


@pytest.fixture
def source(tmp_path):
    """The folder of a run that was trained without noise."""
    return run_experiment(small("plane", EXACT, "name=first"), tmp_path / "first").folder


def tuned(source, *overrides):
    """The experiment that goes on from there, with shots."""
    return small("plane", "execution.backend=aer", f"training.initial={{kind: run, path: {source}}}", *overrides)


def test_the_first_theta_is_the_last_of_the_other_run(tmp_path, source):
    run = run_experiment(tuned(source), tmp_path)
    results = load_results(run.folder)
    theta = load_results(source).theta
    np.testing.assert_array_equal(results.steps["theta"].iloc[0], theta)
    assert results.manifest["initial"]["run"] == source.name
    assert results.manifest["initial"]["theta"] == theta.tolist()
    assert len(results.manifest["initial"]["sha256"]) == 64
    in_memory = run_experiment(tuned(source), None).results
    np.testing.assert_array_equal(in_memory.steps["theta"].iloc[0], theta)


def test_a_run_that_has_begun_does_not_need_the_other_one_any_more(tmp_path, source):
    whole = run_experiment(tuned(source), tmp_path / "whole").folder
    part = run_experiment(tuned(source), tmp_path / "part", interrupted=after(2))
    assert part.reason is None
    shutil.rmtree(source)
    assert_same_run(run_experiment(tuned(source), tmp_path / "part").folder, whole)
    with pytest.raises(ConfigError, match=r"training\.initial\.path.*name the folder of a run"):
        run_experiment(tuned(source), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_place_of_the_run_makes_no_other_experiment_but_its_name_does(tmp_path, source):
    assert run_name(tuned(source)) == run_name(tuned(tmp_path / "elsewhere" / source.name))
    assert run_name(tuned(source)) != run_name(tuned(tmp_path / "another"))
    named = run_name(tuned(source)), run_name(tuned(source))
    assert named[0] == named[1]


def test_a_run_with_another_theta_in_its_place_is_refused(tmp_path, source):
    run_experiment(tuned(source), tmp_path / "results", interrupted=after(1))
    other = run_experiment(small("plane", EXACT, "training.steps=2"), tmp_path / "other").folder
    shutil.rmtree(source)
    shutil.copytree(other, source)
    with pytest.raises(RecordError, match="another name"):
        run_experiment(tuned(source), tmp_path / "results")


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (("model.ansatz.layers=2",), ("model.ansatz.layers is 1 there and 2 here", "parameters")),
        (("model.ansatz={kind: real_amplitudes}",), ("model.ansatz.kind is hardware_efficient there",)),
        (("model.qubits=4",), ("model.qubits is 2 there and 4 here",)),
    ],
    ids=["layers", "kind", "qubits"],
)
def test_another_ansatz_is_refused_with_what_differs(tmp_path, source, overrides, words):
    with pytest.raises(ConfigError) as error:
        run_experiment(tuned(source, *overrides), tmp_path / "results")
    assert all(word in str(error.value) for word in words)
    assert not (tmp_path / "results").exists()


def test_a_run_that_is_not_complete_is_refused(tmp_path):
    part = run_experiment(small("plane", EXACT), tmp_path, interrupted=after(2)).folder
    with pytest.raises(ConfigError, match=r"not complete.*kind: values"):
        run_experiment(tuned(part), tmp_path / "results")


def test_a_relative_path_is_taken_from_the_folder_of_the_configuration(tmp_path, source):
    text = (
        run_experiment(tuned(source, "training.steps=1"), tmp_path / "results")
        .folder.joinpath("config.yaml")
        .read_text()
    )
    file = tmp_path / "tuned.yaml"
    file.write_text(text.replace(str(source), f"first/{source.name}"))
    ended = CliRunner().invoke(app, ["run", str(file), "--results", str(tmp_path / "again")])
    assert ended.exit_code == 0
    (folder,) = (tmp_path / "again").iterdir()
    assert json.loads((folder / "manifest.json").read_text())["initial"]["run"] == source.name
    assert CliRunner().invoke(app, ["plan", str(file)]).exit_code == 0
