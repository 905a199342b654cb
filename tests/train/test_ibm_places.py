"""Plans that take some jobs at a time, and services that say they have not heard all: the run waits for its turn."""

from __future__ import annotations

import pytest
from ibm_runs import assert_paid_once, assert_same_result, completed, jobs, plane, serving, undisturbed, until_complete
from ibm_standin import Fault

from sggd_qiskit.run.run import run_experiment

PARTS = ("training.steps=1", "execution.limits.executions=1000")
PLACES = 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the run that nothing disturbs."""
    return undisturbed(plane(*PARTS), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("mode", ["job", "batch"])
def test_more_jobs_than_places_wait_for_a_place(tmp_path, whole, mode):
    told = []
    with serving(plan="open", places=PLACES, seconds_per_job=1.0) as stand_in:  # longer than it takes to ask for all
        folder = completed(plane(*PARTS, f"execution.mode={mode}"), tmp_path, on_wait=told.append)
        assert len(stand_in.jobs) > PLACES
        assert not all(submission.accepted for submission in stand_in.submissions)
        assert_paid_once(stand_in, folder)
    assert any("free place" in text for text in told)
    assert_same_result(folder, whole)
    assert set(jobs(folder)["attempts"]) == {1}


def test_a_detached_run_leaves_what_has_a_place_and_brings_the_rest_later(tmp_path, whole):
    with serving(plan="open", places=PLACES, queue_seconds=0.3) as stand_in:
        pending = run_experiment(plane(*PARTS), tmp_path, detach=True).pending
        assert 1 <= len(pending) <= PLACES  # on a slow machine some of them are done, and others in their places
        assert set(pending) <= set(stand_in.jobs)
        folder = until_complete(plane(*PARTS), tmp_path, detach=True)[-1].folder
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)


def test_a_request_that_timed_out_at_the_service_is_sent_again(tmp_path, whole):
    with serving() as stand_in:
        stand_in.inject(Fault("status", code=408), Fault("status", "GET /jobs/ID", code=408))
        folder = completed(plane(*PARTS), tmp_path)
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)
