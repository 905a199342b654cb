"""Bills: those that come late, the clock of sessions, and sessions that nobody needs."""

from __future__ import annotations

import time
from datetime import timedelta

import pandas as pd
import pytest
from ibm_runs import EXTRAPOLATED, assert_paid_once, completed, jobs, notes, plane, serving
from ibm_standin import Fault

from sggd_qiskit.execute.job import BudgetError
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.status import Services, cancel_queued, run_status

SHORT = ("training.steps=1",)  # two jobs
SESSION = "execution.mode=session"
TWO_JOBS = (EXTRAPOLATED, "cost.estimator=destructive_swap_test")  # a step
METRICS = "GET /jobs/ID/metrics"


@pytest.mark.parametrize("how", ["the same command", "status"])
def test_a_bill_that_comes_when_the_run_is_complete_is_taken_by(tmp_path, how):
    with serving(usage_delay=2.5) as stand_in:
        folder = completed(plane(*SHORT), tmp_path)
        assert not run_status(folder).qpu_final
        for job in stand_in.jobs.values():
            job.charged += 10.0  # more than was forecast
        time.sleep(2.5)
        if how == "status":
            assert run_status(folder, Services()).qpu_final
        else:
            assert run_experiment(plane(*SHORT), tmp_path).was_complete
        billed = sum(job.charged for job in stand_in.jobs.values())
    assert run_status(folder).qpu_seconds == pytest.approx(billed)
    for table in ("jobs.parquet", "steps.parquet"):
        assert pd.read_parquet(folder / table)["qpu_seconds"].sum() == pytest.approx(billed)


def test_a_usage_that_can_not_be_asked_stops_no_run(tmp_path):
    with serving() as stand_in:
        stand_in.inject(Fault("status", METRICS, code=400, times=None))
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
        assert not run_status(folder).qpu_final
        stand_in.clear_faults()
        assert run_status(folder, Services()).qpu_final


def test_a_session_lasts_no_longer_than_the_budget(tmp_path):
    with serving() as stand_in:
        completed(plane(*SHORT, SESSION, "execution.budget.qpu_seconds=50.5"), tmp_path)
        assert [session.max_seconds for session in stand_in.sessions] == [51]
        completed(plane(*SHORT, SESSION, "name=free"), tmp_path)
        assert stand_in.sessions[1].max_seconds > 3600


def test_the_clock_of_a_session_and_the_jobs_outside_add_up(tmp_path):
    def stop(row):
        raise KeyboardInterrupt

    def tick(row):
        for session in stand_in.sessions:
            session.started -= timedelta(seconds=100)

    with serving() as stand_in:
        config = plane("training.steps=2", "execution.budget.qpu_seconds=20")
        with pytest.raises(KeyboardInterrupt):
            run_experiment(config, tmp_path, on_step=stop)
        (folder,) = tmp_path.iterdir()
        outside = run_status(folder).qpu_seconds
        assert outside > 0
        with pytest.raises(BudgetError):
            run_experiment(
                plane("training.steps=2", SESSION, "execution.budget.qpu_seconds=100"), tmp_path, on_step=tick
            )
        assert run_status(folder).qpu_seconds == pytest.approx(100 + outside, abs=3)


def test_cancelling_closes_what_is_open(tmp_path):
    with serving(queue_seconds=3600) as stand_in:
        run_experiment(plane(*SHORT, "execution.mode=batch"), tmp_path, detach=True)
        (folder,) = tmp_path.iterdir()
        (batch,) = stand_in.sessions
        assert run_status(folder).sessions == (f"batch {batch.id}",)
        gone, _ = cancel_queued(folder, Services())
        assert gone == tuple(stand_in.jobs)
        assert run_status(folder).sessions == ()
        assert not batch.accepting


def test_a_stop_by_the_budget_leaves_no_jobs_pending_that_there_are_not(tmp_path):
    with serving():
        with pytest.raises(BudgetError):
            run_experiment(
                plane(*SHORT, EXTRAPOLATED, "execution.budget.jobs=3", "cost.estimator=destructive_swap_test"), tmp_path
            )
        (folder,) = tmp_path.iterdir()
        for services in (None, Services()):
            assert run_status(folder, services).pending == ()
            assert run_status(folder, services).jobs == 2


def test_warnings_of_the_service_are_told_once_and_kept(tmp_path, caplog):
    with serving() as stand_in:
        stand_in.run_out()
        folder = completed(plane(*SHORT), tmp_path)
    told = notes(folder)
    assert len(told) == 2
    for word in ("no more time available", "maintenance"):
        assert sum(word in note for note in told) == caplog.text.count(word) == 1
        assert any(word in note for _, note in run_status(folder).notes)


def test_the_place_in_the_queue_is_told(tmp_path):
    told = []
    with serving(queue_seconds=0.5):
        completed(plane(*SHORT), tmp_path, on_wait=told.append)
    assert any(text.endswith("queued, place 1 in the queue") for text in told)


def test_the_idle_time_of_sessions_is_recorded(tmp_path):
    with serving():
        folder = completed(
            plane("training.steps=2", SESSION), tmp_path, on_step=lambda row: time.sleep(row["step"] * 0.7)
        )
    first, second, third = jobs(folder)["idle_seconds"]
    assert pd.isna(first)
    assert second > 0
    assert third > 0.7
    assert len(load_results(folder).steps) == 3
