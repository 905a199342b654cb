"""A run with more steps, or fewer, goes on from one that differs in nothing else, and is the run that began alone."""

from __future__ import annotations

import logging
import shutil

import pandas as pd
import pytest
from ibm_runs import assert_same_result, completed, paid_by_unit, plane, serving
from training_runs import after, assert_same_run, small

from sggd_qiskit.execute.devices import DeviceError
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.run_folder import RunFolder

RUNS = {
    "exact": ("plane", ()),
    "exact coordinates": ("plane", ("training.gradient={kind: random_coordinates, coordinates: 2}",)),
    "aer": ("werner", ()),
    "aer batch": ("plane", ("execution.backend=aer", "training.batch=3")),
    "rehearsal": ("werner", ("execution.backend=fake_manila", "execution.transpiler.trials=1")),
}


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(("name", "overrides"), list(RUNS.values()), ids=list(RUNS))
@pytest.mark.parametrize("steps", [3, 9])
def test_a_finished_run_goes_on_or_is_cut_short(tmp_path, caplog, name, overrides, steps):
    config = small(name, *overrides, f"training.steps={steps}")
    alone = run_experiment(config, tmp_path / "alone")
    first = run_experiment(small(name, *overrides), tmp_path / "parts")
    before, seen = content(first.folder), []
    result = run_experiment(config, tmp_path / "parts", on_step=lambda row: seen.append(row["step"]))
    assert seen == list(range(min(steps, 6), steps + 1))
    assert_same_run(result.folder, alone.folder)
    assert result.reason == f"all {steps} steps are done"
    assert content(first.folder) == before
    assert f"{min(steps, 6)} steps of {first.folder.name}" in caplog.text


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("owner", ["take_over", "finish_step", "write_predictions", "complete"])
def test_a_kill_on_the_way_changes_nothing(tmp_path, monkeypatch, owner):
    def killed(*_, **__):
        raise KilledError

    longer = small("plane", "training.steps=9")
    alone = run_experiment(longer, tmp_path / "alone")
    run_experiment(small("plane"), tmp_path / "parts")
    with monkeypatch.context() as patch:
        patch.setattr(
            *(("sggd_qiskit.run.run.take_over", killed) if owner == "take_over" else (RunFolder, owner, killed))
        )
        patch.setattr(RunFolder, "__exit__", lambda self, *_: self.close())
        with pytest.raises(KilledError):
            run_experiment(longer, tmp_path / "parts")
    ended = run_experiment(longer, tmp_path / "parts")
    assert_same_run(ended.folder, alone.folder)


def test_an_unfinished_run_and_one_that_stopped_early(tmp_path):
    patience = ("training.stop={patience: 2, min_improvement: 10}", "training.optimizer={kind: gradient_descent}")
    for overrides, interrupted in (((), after(4)), (patience, lambda: False)):
        results = tmp_path / str(len(overrides))
        run_experiment(small("plane", *overrides), results, interrupted=interrupted)
        longer = small("plane", *overrides, "training.steps=9")
        alone, result = run_experiment(longer, tmp_path / "alone"), run_experiment(longer, results)
        assert result.reason == alone.reason
        assert_same_run(result.folder, alone.folder)


def test_other_runs_are_let_alone(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    run_experiment(small("plane", "training.steps=2"), tmp_path)
    for change in ("training.seed=5", "name=other", "data.train=8"):
        run_experiment(small("plane", "training.steps=3", change), tmp_path)
    assert "goes on" not in caplog.text
    assert "going on" not in caplog.text


def test_a_run_that_can_not_be_read_is_not_begun_anew(tmp_path):
    first = run_experiment(small("plane"), tmp_path)
    shutil.copy(first.folder / "steps.parquet", first.folder / "ledger.sqlite")
    with pytest.raises(RecordError, match=r"end that run first"):
        run_experiment(small("plane", "training.steps=9"), tmp_path)
    run_experiment(small("plane"), tmp_path)
    assert run_experiment(small("plane", "training.steps=9"), tmp_path).row["step"] == 9


def test_on_a_device_nothing_is_paid_again(tmp_path):
    with serving():
        alone = completed(plane("training.steps=4"), tmp_path / "alone")
    with serving() as service:
        first = completed(plane("training.steps=2"), tmp_path / "parts")
        paid = len(paid_by_unit(service))
        longer = completed(plane("training.steps=4"), tmp_path / "parts")
        assert len(paid_by_unit(service)) - paid == len(load_results(longer).jobs.query("step >= 2"))
    assert_same_result(longer, alone)
    taken = pd.read_parquet(longer / "jobs.parquet").query("step < 2")
    assert set(taken["id"]) < set(pd.read_parquet(first / "jobs.parquet")["id"])


def test_a_device_that_is_not_known_leaves_nothing(tmp_path):
    with pytest.raises(DeviceError):
        run_experiment(small("plane", "execution.backend=fake_nowhere"), tmp_path / "results")
    assert list(tmp_path.iterdir()) == []
