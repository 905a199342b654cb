"""Sweeps that are done here and in processes: every run as if it were alone, whatever befalls the others."""

from __future__ import annotations

import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import count

import pytest
from sweeps import HERE, completed, small_sweep
from training_runs import assert_same_run

from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.sweep import work
from sggd_qiskit.sweep.places import Place, this_machine
from sggd_qiskit.sweep.results import load_sweep
from sggd_qiskit.sweep.run import Watch, run_sweep


def test_each_run_is_the_one_that_sggd_run_makes_and_is_not_repeated(tmp_path):
    sweep = small_sweep(tmp_path)
    folder = completed(sweep, tmp_path / "results")
    for run in sweep.runs:
        assert_same_run(folder / run.name, run_experiment(run.config, tmp_path / "alone").folder)
    ended = []
    outcomes = run_sweep(sweep, tmp_path / "results", HERE, watch=Watch(on_end=lambda run, found: ended.append(run)))
    assert [outcome.was_complete for outcome in outcomes.values()] == [True] * 3
    assert ended == list(sweep.runs)


def test_a_sweep_that_grows_runs_what_is_new(tmp_path):
    folder = completed(small_sweep(tmp_path, "seeds: 2\n"), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/ledger.sqlite")}
    completed(small_sweep(tmp_path, "seeds: 4\n"), tmp_path)
    assert len(list(folder.glob("*/ledger.sqlite"))) == 4
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert load_sweep(folder).runs["seed"].tolist() == [0, 1, 2, 3]


def test_parts_make_the_whole_and_nothing_twice(tmp_path):
    sweep = small_sweep(tmp_path, "seeds: 5\n")
    parts = [run_sweep(sweep, tmp_path, HERE, shard=(number, 3)) for number in (1, 2, 3)]
    assert sorted(name for part in parts for name in part) == sorted(run.name for run in sweep.runs)
    assert [len(part) for part in parts] == [2, 2, 1]
    assert set(load_sweep(tmp_path / "trial").runs["state"]) == {"complete"}


def test_a_run_that_fails_and_one_that_is_damaged_leave_the_others_alone(tmp_path):
    text = "cases:\n  good: {}\n  huge: {model.qubits: 12}\n  hurt: {cost.weight: 2}\n  last: {cost.weight: 3}\n"
    sweep = small_sweep(tmp_path, text)
    good, huge, hurt, last = sweep.runs
    damaged = tmp_path / "trial" / hurt.name
    damaged.mkdir(parents=True)
    (damaged / "ledger.sqlite").write_bytes(b"no ledger at all" * 100)
    outcomes = run_sweep(sweep, tmp_path, HERE)
    assert outcomes[good.name].reason == outcomes[last.name].reason is not None
    told = outcomes[huge.name].failure
    assert told.startswith(f"{tmp_path / 'base.yaml'}:")
    assert "execution.backend: found exact with 12 qubits" in told
    told = outcomes[hurt.name].failure
    assert told.startswith(str(damaged / "ledger.sqlite"))
    assert "; " in told  # the remedy
    assert (damaged / "ledger.sqlite").read_bytes() == b"no ledger at all" * 100
    with pytest.warns(UserWarning, match=hurt.name):
        results = load_sweep(tmp_path / "trial")
    assert results.runs["state"].tolist() == ["complete", "not begun", "unreadable", "complete"]


def test_an_error_of_any_kind_is_the_outcome_of_the_one_run(tmp_path, monkeypatch):
    def failing(config, *arguments, **more):
        if config.training.seed == 1:
            raise ZeroDivisionError("by nothing")
        return run_experiment(config, *arguments, **more)

    monkeypatch.setattr(work, "run_experiment", failing)
    outcomes = list(run_sweep(small_sweep(tmp_path), tmp_path, HERE).values())
    assert [outcome.reason is None for outcome in outcomes] == [False, True, False]
    assert outcomes[1].failure.startswith("ZeroDivisionError: by nothing (line ")


def test_an_interrupted_sweep_goes_on_as_if_nothing_had_been(tmp_path):
    sweep = small_sweep(tmp_path, "seeds: 3\n", "training.steps=400")
    asked = count()
    outcomes = run_sweep(sweep, tmp_path / "parts", HERE, watch=Watch(interrupted=lambda: next(asked) > 0))
    assert not any(outcome.failure for outcome in outcomes.values())
    states = load_sweep(tmp_path / "parts" / "trial").runs["state"].tolist()
    assert states[1:] == ["not begun"] * 2
    assert not list((tmp_path / "parts" / "trial").glob(".stop-*"))
    parts, whole = completed(sweep, tmp_path / "parts"), completed(sweep, tmp_path / "whole")
    for run in sweep.runs:
        assert_same_run(parts / run.name, whole / run.name)


class _Dying(ThreadPoolExecutor):
    """A pool whose process dies with whatever of some runs it is doing."""

    def __init__(self, deadly):
        super().__init__(1)
        self._deadly, self._dead = deadly, False

    def submit(self, function, task):
        if self._dead:
            raise BrokenProcessPool

        def died(given):
            self._dead = True
            raise BrokenProcessPool

        return super().submit(died if task.config.training.seed in self._deadly else function, task)


@pytest.mark.parametrize("deadly", [{1}, {0, 3}], ids=str)
def test_the_run_that_kills_its_process_is_found_and_the_others_are_done(tmp_path, deadly):
    sweep = small_sweep(tmp_path, "seeds: 4\n")
    outcomes = run_sweep(sweep, tmp_path, Place(lambda: _Dying(deadly), 3))
    failed = {run.axes["seed"] for run in sweep.runs if outcomes[run.name].failure is not None}
    assert failed == deadly
    assert all(outcomes[run.name].reason for run in sweep.runs if run.axes["seed"] not in deadly)
    assert "--processes" in next(o.failure for o in outcomes.values() if o.failure)


def test_processes_do_the_runs_though_one_of_them_is_killed(tmp_path):
    import psutil

    sweep = small_sweep(tmp_path, "grid: {training.steps: [800, 801]}\n")
    killed = []

    def kill(under_way):
        if not killed and any((tmp_path / "trial" / run.name / "steps.parquet").exists() for run in under_way):
            children = [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
            killed.append(children[0].pid)
            os.kill(children[0].pid, signal.SIGKILL)

    threads = os.environ.get("OPENBLAS_NUM_THREADS")
    outcomes = run_sweep(sweep, tmp_path, this_machine(2), watch=Watch(on_look=kill))
    assert killed
    assert [outcome.reason for outcome in outcomes.values()] == ["all 800 steps are done", "all 801 steps are done"]
    assert os.environ.get("OPENBLAS_NUM_THREADS") == threads
    whole = completed(sweep, tmp_path / "whole")
    for run in sweep.runs:
        assert_same_run(tmp_path / "trial" / run.name, whole / run.name)


def test_what_a_run_warns_of_is_told_once(tmp_path, monkeypatch):
    def warning(config, *arguments, **more):
        for _ in range(2):
            logging.getLogger("sggd_qiskit.somewhere").warning("seed %d", config.training.seed)
        return run_experiment(config, *arguments, **more)

    monkeypatch.setattr(work, "run_experiment", warning)
    outcomes = run_sweep(small_sweep(tmp_path), tmp_path, HERE)
    assert [outcome.notes for outcome in outcomes.values()] == [("seed 0",), ("seed 1",), ("seed 2",)]
