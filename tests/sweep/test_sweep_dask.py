"""A sweep on a Dask cluster: a real scheduler, and two workers of which one is killed on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep

import pytest
from command_line import call, environment
from sweeps import completed, job_file, small_sweep
from training_runs import assert_same_run

from sggd_qiskit.sweep.places import dask_cluster
from sggd_qiskit.sweep.run import Watch, run_sweep

SCHEDULER = ("dask_scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--no-show")
WORKER = ("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard")


@contextmanager
def running(name, *arguments):
    command = [sys.executable, "-m", f"distributed.cli.{name}", *map(str, arguments)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(condition, seconds=60):
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end
        sleep(0.05)


def test_a_sweep_on_a_cluster_survives_the_death_of_a_worker(tmp_path):
    sweep = small_sweep(tmp_path, "seeds: 4\n", "training.steps=700")
    file, folder = tmp_path / "scheduler.json", tmp_path / "trial"
    with ExitStack() as stack:
        stack.enter_context(running(*SCHEDULER, "--scheduler-file", file))
        wait_until(file.exists)
        workers = [stack.enter_context(running(*WORKER, "--scheduler-file", file)) for _ in range(2)]

        def kill(under_way):
            if workers[0].poll() is None and any((folder / run.name / "steps.parquet").exists() for run in under_way):
                workers[0].kill()
                workers[0].wait()

        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        outcomes = run_sweep(sweep, tmp_path, dask_cluster(address), watch=Watch(on_look=kill))
    assert workers[0].poll() is not None
    assert [outcome.reason for outcome in outcomes.values()] == ["all 700 steps are done"] * 4, outcomes
    whole = completed(sweep, tmp_path / "whole")
    for run in sweep.runs:
        assert_same_run(folder / run.name, whole / run.name)


def test_a_scheduler_that_is_away_is_told_with_the_remedy(tmp_path, monkeypatch):
    from sggd_qiskit.sweep import places

    monkeypatch.setattr(places, "_PATIENCE", "1s")
    ended = call("sweep", job_file(tmp_path, "seeds: 2\n"), "--results", tmp_path, "--scheduler", "tcp://127.0.0.1:9")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: --scheduler: ")
    assert "tcp://127.0.0.1:9" in ended.stderr
    assert "dask scheduler" in ended.stderr


def test_an_address_that_is_none_is_told(tmp_path):
    ended = call("sweep", job_file(tmp_path, "seeds: 2\n"), "--results", tmp_path, "--scheduler", "nowhere")
    assert (ended.returncode, ended.stderr[:7]) == (2, "error: ")
    assert "nowhere" in ended.stderr


def test_without_dask_the_extra_is_named(monkeypatch):
    from sggd_qiskit.config.errors import ConfigError

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"sggd-qiskit\[dask\]"):
        dask_cluster("tcp://127.0.0.1:9")
