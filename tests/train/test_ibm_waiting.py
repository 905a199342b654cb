"""Runs that leave their jobs at the service and come back for them, and users who want to leave."""

from __future__ import annotations

import signal
import time

import pytest
from command_line import call, started, wait_for
from ibm_runs import (
    assert_paid_once,
    assert_same_result,
    command,
    completed,
    plane,
    serving,
    undisturbed,
    until_complete,
)

from sggd_qiskit.run.run import run_experiment

SHORT = ("training.steps=2",)  # three jobs


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the run that nothing disturbs."""
    return undisturbed(plane(*SHORT), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("mode", ["job", "session"])
def test_a_detached_run_submits_one_step_at_a_time_and_waits_for_nothing(tmp_path, whole, mode):
    config = plane(*SHORT, f"execution.mode={mode}")
    counts = []
    with serving(queue_seconds=0.5) as stand_in:
        while True:
            result = run_experiment(config, tmp_path, detach=True)
            counts.append(len(stand_in.jobs))
            if result.reason is not None:
                break
            assert set(result.pending) <= set(stand_in.jobs)
            assert result.pending == (list(stand_in.jobs)[-1],)
        assert counts[0] == 1
        assert set(counts) == {1, 2, 3}
        assert counts == sorted(counts)
        assert_paid_once(stand_in, result.folder)
        assert len(stand_in.sessions) == (3 if mode == "session" else 0)
        assert not any(session.accepting for session in stand_in.sessions)  # none is on the clock while nobody comes
    assert_same_result(result.folder, whole)


def test_an_interrupted_run_leaves_its_job_which_the_next_run_adopts(tmp_path, whole):
    with serving(queue_seconds=0.3) as stand_in:
        results = until_complete(plane(*SHORT), tmp_path, interrupted=lambda: True)
        assert_paid_once(stand_in, results[-1].folder)
        assert len(stand_in.jobs) == 3
    assert results[0].pending
    assert results[0].reason is None
    assert_same_result(results[-1].folder, whole)


def test_a_long_pause_between_two_looks_does_not_keep_the_user(tmp_path, whole):
    asked = time.monotonic() + 1.0
    with serving(queue_seconds=5.0) as stand_in:
        config = plane(*SHORT, "execution.service.poll=600")
        result = run_experiment(config, tmp_path, interrupted=lambda: time.monotonic() > asked)
        assert time.monotonic() - asked < 60
        assert result.pending == tuple(stand_in.jobs)
        stand_in.queue.queue_seconds = 0.0
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)


def test_patience_with_a_service_that_is_away_ends_when_the_user_wants_to_leave(tmp_path, whole):
    gone = []

    def leave():
        return bool(gone) and time.monotonic() > gone[0] + 1.0

    def vanish(row):
        stand_in.away(100.0)
        gone.append(time.monotonic())

    with serving() as stand_in:
        result = run_experiment(plane(*SHORT), tmp_path, on_step=vanish, interrupted=leave)
        assert result.reason is None
        assert result.pending == ()
        assert time.monotonic() - gone[0] < 15
        stand_in.away(0.0)
        time.sleep(0.2)
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)


def test_ctrl_c_while_a_job_is_queued_leaves_at_once_and_the_next_run_adopts_it(tmp_path):
    overrides = ("training.steps=1",)
    with serving(queue_seconds=60.0) as stand_in:
        with started(*command(tmp_path / "one", *overrides)) as process:
            wait_for(process, lambda: len(stand_in.jobs) == 1)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            asked = time.monotonic()
            output, _ = process.communicate(timeout=30)
            assert time.monotonic() - asked < 10
        assert process.returncode == 130
        assert "Traceback" not in output
        assert "The same command collects what is done" in output
        stand_in.queue.queue_seconds = 0.0
        with stand_in.queue.changed:
            stand_in.queue.changed.notify_all()
        last = call(*command(tmp_path / "one", *overrides))
        assert (last.returncode, last.stderr) == (0, "")
        (folder,) = (tmp_path / "one").iterdir()
        assert_paid_once(stand_in, folder)
        assert len(stand_in.jobs) == 2
    assert_same_result(folder, undisturbed(plane(*overrides), tmp_path / "other"))
