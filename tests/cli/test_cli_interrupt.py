"""Ctrl-C and termination: after the step at the first, at once at the second, and always to be continued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import COMMAND, call, call_apart, environment, started, steps_recorded, wait_for
from problems import CONFIGS
from training_runs import assert_same_run, small

from sggd_qiskit.cli import training
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment

ENDLESS = ("run", CONFIGS / "plane.yaml", "--set", "training.steps=1000000", "--set", "data.test=10", "--results")
# A step of some minutes: what stops it stops in the middle of a job.
SLOW = (
    *("run", CONFIGS / "plane.yaml", "--set", "execution.backend=aer", "--set", "data.train=20000"),
    *("--set", "execution.shots=100", "--set", "data.test=10", "--results"),
)


def interrupted_at(config, results, number: int, call_number: int):
    """The exit code of a run in this process that gets a signal after its step of that number."""
    count = iter(range(1, 100))

    def kick(progress, row):
        if next(count) == call_number:
            os.kill(os.getpid(), number)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training.TrainingProgress, "step", kick)
        return training.run_with_progress(config, results)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_after_its_step(tmp_path, number):
    with started(*ENDLESS, tmp_path) as process:
        wait_for(process, lambda: steps_recorded(tmp_path) > 3)
        process.send_signal(number)
        output, _ = process.communicate()
    assert process.returncode == 130
    assert "Finishing the step, then stopping. Press Ctrl-C again to stop at once." in output
    done = steps_recorded(tmp_path)
    assert f"Stopped after {done} steps. The same command continues the run." in output
    assert "Traceback" not in output
    results = load_results(tmp_path)
    assert not results.complete
    assert len(results.steps) == done


def test_a_second_signal_ends_the_run_in_the_middle_of_a_job(tmp_path):
    with started(*SLOW, tmp_path) as process:
        wait_for(process, lambda: any(tmp_path.glob("*/steps.parquet")))
        process.send_signal(signal.SIGINT)
        assert "Finishing the step" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        # It would take minutes if it waited for the job.
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    # The second signal may cut the first one's message short, which is then shown again.
    assert output.splitlines()[-1] == "Stopped. The same command continues after the last finished step."
    assert "Traceback" not in output
    assert steps_recorded(tmp_path) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_goes_on_as_if_nothing_had_been(tmp_path, capsys, number):
    config = small("werner")
    whole = run_experiment(config, tmp_path / "whole").folder
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    assert interrupted_at(config, tmp_path / "parts", number, 2) == 130
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert "Stopped after 2 steps." in capsys.readouterr().out
    assert training.run_with_progress(config, tmp_path / "parts") == 0
    assert "Continuing after step 1." in capsys.readouterr().out
    (parts,) = (tmp_path / "parts").iterdir()
    assert_same_run(parts, whole)


def test_a_signal_in_the_last_step_changes_nothing(tmp_path, capsys):
    assert interrupted_at(small("werner"), tmp_path, signal.SIGINT, 7) == 0
    assert "Complete: all 6 steps are done." in capsys.readouterr().out


def test_one_step_is_singular(tmp_path, capsys):
    assert interrupted_at(small("plane"), tmp_path, signal.SIGINT, 1) == 130
    assert "Stopped after 1 step. The same command" in capsys.readouterr().out


def test_a_second_signal_leaves_the_process(tmp_path, monkeypatch, capsys):
    left = []
    monkeypatch.setattr(training.os, "_exit", left.append)

    def twice(progress, row):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(training.TrainingProgress, "step", twice)
    assert training.run_with_progress(small("plane"), tmp_path) == 130
    assert left == [130]
    assert "Stopped. The same command continues after the last finished step." in capsys.readouterr().out
    assert len(load_results(tmp_path).steps) == 1


def test_a_closed_pipe_ends_quietly_and_the_run_goes_on_afterwards(tmp_path):
    overrides = ("data.test=10", "data.train=10", "training.steps=3000", "training.accuracy_every=1")
    config = load_config(CONFIGS / "plane.yaml", overrides)
    command = ("run", CONFIGS / "plane.yaml", "--results", tmp_path, *(a for o in overrides for a in ("--set", o)))
    with started(*command) as process:
        process.stdout.readline()
        process.stdout.close()
        process.wait()
    seen = load_results(tmp_path)
    assert 0 < len(seen.steps) < 3001
    assert run_experiment(config, tmp_path).reason == "all 3000 steps are done"


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_below_the_output_is_said(tmp_path):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(
            [*COMMAND, "plan", str(CONFIGS / "werner.yaml")],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: [Errno 28] No space left on device; once that is mended")
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux's")
def test_a_disk_that_fills_up_is_a_failure_and_the_run_goes_on_when_there_is_room(tmp_path):
    import resource

    def filled_up():  # no file may grow beyond what some hundred steps take
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))

    overrides = ("training.steps=600", "data.train=10", "data.test=10")
    command = ("run", CONFIGS / "plane.yaml", "--results", tmp_path, *(a for o in overrides for a in ("--set", o)))
    ended = subprocess.run(
        [*COMMAND, *map(str, command)],
        env=environment(),
        preexec_fn=filled_up,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr
    assert 0 < steps_recorded(tmp_path) < 601
    again = call(*command)
    assert (again.returncode, again.stderr) == (0, "")
    assert load_results(tmp_path).complete


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_greek_is_no_error(tmp_path, encoding):
    overrides = ("--set", "training.steps=2", "--set", "execution.shots=10", "--set", "data.test=5")
    ended = call_apart("run", CONFIGS / "werner.yaml", *overrides, "--results", tmp_path, PYTHONIOENCODING=encoding)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "? = " in ended.stdout
