"""Whatever goes wrong at the service, a run on it ends as if nothing had, and no job is paid twice."""

from __future__ import annotations

import pytest
from ibm_runs import (
    EXTRAPOLATED,
    assert_paid_once,
    assert_same_result,
    completed,
    jobs,
    paid_by_unit,
    plane,
    serving,
    undisturbed,
)
from ibm_standin import Fault

JOB, LIST = "GET /jobs/ID", "GET /jobs"
RESULTS, METRICS = "GET /jobs/ID/results", "GET /jobs/ID/metrics"
CALIBRATION = "GET /backends/.*/properties"
BRISK = ("execution.service.timeout=0.8",)  # for requests that hang

PASSING = {
    "submissions": [
        *(Fault("status", code=503), Fault("drop", times=2), Fault("drop_after"), Fault("status", code=500)),
        *(Fault("drop_after", after=1), Fault("drop_after", after=1)),
    ],
    "lookups": [
        *(Fault("status", f"{LIST}|{JOB}|{METRICS}", after=3), Fault("status", RESULTS)),
        Fault("drop", f"{LIST}|{JOB}|{RESULTS}|{METRICS}", after=4, times=3),
    ],
    "too many requests": [Fault("retry_429", times=2), Fault("retry_429", f"{JOB}|{RESULTS}|{METRICS}", times=4)],
    "Retry-After": [Fault("retry_429", retry_after=1), Fault("retry_429", JOB, retry_after=1)],
    "tokens that die at submissions": [
        Fault("unauthorized"),
        Fault("unauthorized", after=2),
        Fault("unauthorized", LIST),
    ],
    "tokens that die at lookups": [
        *(Fault("unauthorized", JOB, after=3), Fault("unauthorized", RESULTS, after=1), Fault("unauthorized", METRICS)),
        Fault("unauthorized", CALIBRATION, after=2),
    ],
    "damaged results": [Fault("empty_body", times=3), Fault("cut_body", times=3, after=1)],
    "damaged answers": [
        *(Fault("cut_body", "POST /jobs"), Fault("empty_body", "POST /jobs", after=1), Fault("empty_body", METRICS)),
        *(Fault("cut_body", LIST, times=2), Fault("cut_body", JOB, after=2, times=2)),
        *(Fault("cut_body", CALIBRATION, after=2), Fault("empty_body", JOB, after=3)),
    ],
    "a list that doesn't show the job yet": [Fault("drop_after", after=1), Fault("unlisted", after=3)],
    "a job that isn't known yet": [Fault("status", JOB, code=404, times=4)],
    "a job neither listed nor known yet": [Fault("unlisted", times=2), Fault("status", JOB, code=404, times=3)],
}

HANGING = {
    "submissions": [Fault("hang", seconds=20), Fault("hang_after", seconds=20, after=1)],
    "lookups": [
        Fault("hang", JOB, seconds=20, after=2),
        Fault("hang", METRICS, seconds=20),
        Fault("hang", LIST, seconds=20),
    ],
    "a result": [Fault("hang", RESULTS, seconds=20)],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the run that nothing disturbs."""
    return undisturbed(plane(), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_changes_nothing_and_costs_nothing(tmp_path, whole, faults):
    with serving() as stand_in:
        stand_in.inject(*faults)
        folder = completed(plane(), tmp_path)
        assert not any(rule_left(stand_in))
        assert_same_result(folder, whole)
        assert_paid_once(stand_in, folder)


def test_values_that_are_not_finite_are_asked_for_again(tmp_path):
    whole = undisturbed(plane(EXTRAPOLATED), tmp_path / "whole")
    with serving() as stand_in:
        stand_in.inject(Fault("nan_body", times=3, after=1))
        folder = completed(plane(EXTRAPOLATED), tmp_path)
        assert not any(rule_left(stand_in))
        assert_same_result(folder, whole)
        assert_paid_once(stand_in, folder)


@pytest.mark.parametrize("faults", HANGING.values(), ids=HANGING)
def test_a_request_that_hangs_is_given_up(tmp_path, whole, faults):
    with serving() as stand_in:
        stand_in.inject(*faults)
        folder = completed(plane(*BRISK), tmp_path)
        assert not any(rule_left(stand_in))
        assert_same_result(folder, whole)
        assert_paid_once(stand_in, folder)


def test_a_service_that_is_away_for_a_while_is_waited_for(tmp_path, whole):
    with serving() as stand_in:
        folder = completed(plane(), tmp_path, on_step=lambda row: row["step"] == 1 and stand_in.away(3.0))
        assert_same_result(folder, whole)
        assert_paid_once(stand_in, folder)


@pytest.mark.parametrize("login", ["as before", "fails"])
def test_a_service_that_is_away_just_when_the_token_has_died(tmp_path, whole, login):
    def strike(row):
        if row["step"] == 1:
            stand_in.revoke_tokens()
            if login == "fails":
                stand_in.inject(Fault("status", "POST /identity/token|POST /v3/.*", times=5))
            stand_in.away(2.0)

    with serving() as stand_in:
        folder = completed(plane(), tmp_path, on_step=strike)
        assert_same_result(folder, whole)
        assert_paid_once(stand_in, folder)


def test_a_restart_of_the_service_with_its_jobs(tmp_path, whole):
    with serving(seconds_per_job=0.2) as stand_in:
        folder = completed(plane(), tmp_path, on_step=lambda row: stand_in.restart())
        assert_same_result(folder, whole)
        assert_paid_once(stand_in, folder)


def test_a_job_that_the_service_has_lost_is_submitted_again(tmp_path, whole):
    lost = []

    def restart(text):
        if not lost and len(stand_in.jobs) == 2:
            lost.extend(stand_in.jobs.values())
            stand_in.restart(keep_jobs=False)

    with serving(queue_seconds=0.3) as stand_in:
        folder = completed(plane(), tmp_path, on_wait=restart)
        assert_same_result(folder, whole)
        assert not lost[1].paid
        units = jobs(folder)
        # The first unit was paid to the service before it forgot; all others are known to it, and were paid once.
        assert paid_by_unit(stand_in) == dict.fromkeys(units["tag"][1:], 1)
        assert units["attempts"].tolist() == [1, 2, 1, 1]


def rule_left(stand_in):
    """For each fault whether it has not come to pass as often as it should."""
    faults = stand_in.faults
    return [not faults.is_spent(number) for number in range(len(faults.rules))]
