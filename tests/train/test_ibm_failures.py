"""Jobs that fail, sessions that end and are refused, and what is said when nothing helps."""

from __future__ import annotations

import time

import pytest
from ibm_runs import (
    EXTRAPOLATED,
    assert_paid_once,
    assert_same_result,
    completed,
    forked,
    jobs,
    notes,
    paid_by_unit,
    plane,
    serving,
    undisturbed,
)
from ibm_standin import Fault

from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.status import run_status

SHORT = ("training.steps=2",)  # three jobs


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the run that nothing disturbs."""
    return undisturbed(plane(*SHORT), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("seconds", [0.0, 0.3], ids=["at once", "after a while"])
def test_a_job_that_fails_is_run_again_and_what_it_cost_is_counted(tmp_path, whole, seconds):
    with serving(seconds_per_job=seconds) as stand_in:
        stand_in.inject(Fault("job_fails", after=1, seconds=7.5, reason="A qubit has left."))
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
        failed = list(stand_in.jobs.values())[1]
    assert_same_result(folder, whole)
    units = jobs(folder)
    assert units["attempts"].tolist() == [1, 2, 1]
    assert units["qpu_seconds_failed"].iloc[1] == 7.5
    (note,) = notes(folder)
    assert failed.id in note
    assert "A qubit has left" in note


@pytest.mark.parametrize(
    ("fault", "said", "state", "submitted"),
    [
        (
            Fault("job_fails", times=None, seconds=2.0, reason="Broken."),
            "3 jobs for step-000000 failed.*Broken",
            "failed",
            3,
        ),
        (Fault("invalid_program", reason="Not ISA."), "doesn't take the circuits of step-000000.*Not ISA", "failed", 1),
        (Fault("job_too_long"), "ran longer than the service allows.*choose fewer shots", "failed", 1),
        (Fault("status", code=413, times=None), "refuses the job of step-000000.*The service failed", "planned", 0),
    ],
    ids=["fails", "invalid", "too long", "refused"],
)
def test_a_failure_for_good_stops_the_run_which_can_go_on(tmp_path, whole, fault, said, state, submitted):
    with serving() as stand_in:
        stand_in.inject(fault)
        with pytest.raises(ExecutionError, match=said):
            run_experiment(plane(*SHORT), tmp_path)
        assert len(stand_in.jobs) == submitted
        (folder,) = tmp_path.iterdir()
        with LedgerReader.open(folder / "ledger.sqlite") as ledger:
            (row,) = ledger.job_rows()
        assert (row["status"], row.get("attempts", 0)) == (state, submitted)
        stand_in.clear_faults()
        stand_in.queue.invalid.clear()
        assert completed(plane(*SHORT), tmp_path) == folder
        assert_paid_once(stand_in, folder)
        assert len(stand_in.jobs) == submitted + 3
    assert_same_result(folder, whole)


def test_failures_are_counted_over_all_processes(tmp_path):
    left = 0
    with serving(queue_seconds=0.3) as stand_in:
        stand_in.inject(Fault("job_fails", times=None, seconds=2.0))
        with pytest.raises(ExecutionError, match="3 jobs for step-000000 failed"):  # noqa: PT012
            while run_experiment(plane(*SHORT), tmp_path, detach=True).pending:
                left += 1
        assert len(stand_in.jobs) == 3
    (row,) = read_rows(tmp_path)
    assert (row["attempts"], row["qpu_seconds_failed"]) == (3, 6.0)
    assert left


def test_a_refusal_after_the_job_was_taken_does_not_lose_it(tmp_path, whole):
    with serving() as stand_in:
        stand_in.inject(Fault("status_after", code=413))
        with pytest.raises(ExecutionError, match="refuses the job"):
            run_experiment(plane(*SHORT), tmp_path)
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)


def test_a_job_that_the_user_cancels_stops_the_run_and_is_run_again_by_the_next(tmp_path, whole):
    def cancel(text):
        for job in stand_in.jobs.values():
            stand_in.queue.cancel(job)

    with serving(queue_seconds=1.0) as stand_in:
        with pytest.raises(ExecutionError, match="it was cancelled; the same command submits it again"):
            run_experiment(plane(*SHORT), tmp_path, on_wait=cancel)
        stand_in.queue.queue_seconds = 0.0
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
        assert len(stand_in.jobs) == 4
    assert_same_result(folder, whole)


def test_a_job_that_is_deleted_after_it_was_collected_does_no_harm(tmp_path, whole):
    def delete(row):
        if row["step"] == 0:
            stand_in.queue.jobs.clear()

    with serving(usage_delay=20) as stand_in:
        folder = completed(plane(*SHORT), tmp_path, on_step=delete)
        assert len(paid_by_unit(stand_in)) == 2
    assert_same_result(folder, whole, billed=False)
    units = jobs(folder)
    assert units["qpu_seconds"].iloc[0] == units["qpu_seconds_forecast"].iloc[0]  # as the service knows no more


@pytest.mark.parametrize("mode", ["batch", "session"])
def test_a_session_that_the_service_closes_is_replaced(tmp_path, whole, mode):
    config = plane(*SHORT, f"execution.mode={mode}")
    with serving() as stand_in:
        folder = completed(config, tmp_path, on_step=lambda row: row["step"] == 0 and stand_in.close_sessions())
        assert_paid_once(stand_in, folder)
        assert len(stand_in.sessions) == 2
        sessions = jobs(folder)["session"].tolist()
        assert sessions == [job.session_id for job in stand_in.jobs.values()]
        assert sessions[0] != sessions[1] == sessions[2]
    assert_same_result(folder, whole)


@pytest.mark.parametrize("mode", ["batch", "session"])
def test_a_session_that_closes_between_two_jobs_of_a_step_is_replaced_at_once(tmp_path, mode):
    config = plane("training.steps=1", EXTRAPOLATED, "cost.estimator=destructive_swap_test", f"execution.mode={mode}")
    with serving() as stand_in:
        stand_in.inject(Fault("session_closes"))
        began = time.monotonic()
        folder = completed(config, tmp_path)
        assert time.monotonic() - began < 10
        assert_paid_once(stand_in, folder)
        first, *others = [job.session_id for job in stand_in.jobs.values()]
        assert first not in others
        assert [first, others[0]] == [session.id for session in stand_in.sessions]


@pytest.mark.parametrize(
    ("before", "after"), [("session", "batch"), ("session", "job"), ("batch", "job"), ("batch", "session")]
)
def test_what_a_killed_run_has_left_open_is_closed_when_it_goes_on_in_another_mode(tmp_path, whole, before, after):
    with serving(seconds_per_job=0.5) as stand_in:
        with forked(plane(*SHORT, f"execution.mode={before}"), tmp_path) as process:
            while len(stand_in.jobs) < 1:
                time.sleep(0.01)
            process.kill()
            process.join()
        assert [session.accepting for session in stand_in.sessions] == [True]
        (session,) = stand_in.sessions
        assert run_status(next(tmp_path.iterdir())).sessions == (f"{before} {session.id}",)
        folder = completed(plane(*SHORT, f"execution.mode={after}"), tmp_path)
        assert run_status(folder).sessions == ()
        assert_paid_once(stand_in, folder)
        assert not any(session.accepting for session in stand_in.sessions)
        assert len(stand_in.sessions) == (1 if after == "job" else 2)
    assert_same_result(folder, whole)


def test_a_run_that_goes_on_in_batch_mode_where_sessions_are_refused_keeps_its_batch(tmp_path):
    config = plane(*SHORT, "execution.mode=session")
    with serving(plan="open", queue_seconds=0.3) as stand_in:
        while run_experiment(config, tmp_path, detach=True).reason is None:
            assert len(stand_in.sessions) == 1
        assert not any(session.accepting for session in stand_in.sessions)


def test_a_session_that_is_closed_just_before_the_submission_is_replaced(tmp_path, whole):
    with serving() as stand_in:
        admit = stand_in.queue.submit

        def submit(job):
            if len(stand_in.jobs) == 1 and len(stand_in.sessions) == 1:
                stand_in.close_sessions()
            admit(job)

        stand_in.queue.submit = submit
        folder = completed(plane(*SHORT, "execution.mode=session"), tmp_path)
        assert_paid_once(stand_in, folder)
        assert len(stand_in.sessions) == 2
    assert_same_result(folder, whole)


def test_where_sessions_are_refused_a_batch_is_taken(tmp_path, whole, caplog):
    config = plane(*SHORT, "execution.mode=session")
    with serving(plan="open") as stand_in:
        run_experiment(config, tmp_path, interrupted=iter([False] * 3 + [True] * 99).__next__)
        folder = completed(config, tmp_path)  # another process knows the batch again, or opens another
        assert_paid_once(stand_in, folder)
        assert {session.mode for session in stand_in.sessions} == {"batch"}
    assert "refuses a session" in caplog.text
    assert "running in batch mode" in caplog.text
    assert_same_result(folder, whole)


def read_rows(results):
    (folder,) = results.iterdir()
    with LedgerReader.open(folder / "ledger.sqlite") as ledger:
        return ledger.job_rows()
