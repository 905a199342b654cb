"""Answers that are none, jobs that are denied though they live, and results that are damaged for good."""

from __future__ import annotations

import pytest
from ibm_runs import (
    assert_paid_once,
    assert_same_result,
    command,
    completed,
    jobs,
    paid_by_unit,
    plane,
    serving,
    undisturbed,
)
from ibm_standin import Fault
from typer.testing import CliRunner

from sggd_qiskit.cli.app import app
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.status import run_status

SHORT = ("training.steps=1",)  # two jobs
HTML = "<html><body>Please log in.</body></html>"
NOTHING = "execution.service.patience=0.1"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the run that nothing disturbs."""
    return undisturbed(plane(*SHORT), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("request_", ["POST /jobs", "GET /jobs", "GET /jobs/ID", "GET /backends/.*/status"])
@pytest.mark.parametrize("body", ["{}", "[]", HTML])
def test_an_answer_that_is_none_is_asked_for_again(tmp_path, whole, request_, body):
    with serving() as stand_in:
        stand_in.inject(Fault("other_body", request_, reason=body))
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)


@pytest.mark.parametrize(
    "request_", ["POST /identity/token", "POST /v3/.*", "GET /backends", "POST /jobs", "GET /jobs"]
)
@pytest.mark.parametrize("body", ["{}", HTML])
def test_answers_that_stay_none_are_a_message(tmp_path, request_, body):
    with serving() as stand_in:
        stand_in.inject(Fault("other_body", request_, reason=body, times=None))
        result = CliRunner().invoke(
            app, [*map(str, command(tmp_path, *SHORT, NOTHING, "execution.service.listing=0.1"))]
        )
    if request_ == "POST /jobs" and result.exit_code == 0:  # what was taken without an answer was found by its tag
        return
    assert result.exit_code in {1, 2}
    assert isinstance(result.exception, SystemExit)
    assert "error: " in result.stderr
    assert "Traceback" not in result.output


def test_a_job_that_is_denied_though_it_is_listed_is_waited_for_and_costs_nothing_twice(tmp_path, whole):
    with serving() as stand_in:
        stand_in.inject(Fault("status", "GET /jobs/ID", code=404, times=20))
        folder = completed(plane(*SHORT), tmp_path)
        assert_paid_once(stand_in, folder)
        billed = sum(job.charged for job in stand_in.jobs.values())
    assert_same_result(folder, whole)
    assert jobs(folder)["attempts"].tolist() == [1, 1]
    assert run_status(folder).qpu_seconds == pytest.approx(billed)


def test_a_unit_whose_result_is_damaged_for_good_is_run_again_on_demand(tmp_path, whole):
    with serving() as stand_in:
        stand_in.inject(Fault("cut_body", times=None))
        for _ in range(2):
            with pytest.raises(ExecutionError, match="--again step-000000"):
                run_experiment(plane(*SHORT), tmp_path)
        assert len(stand_in.jobs) == 1
        stand_in.clear_faults()
        with pytest.raises(RecordError, match=r"step-000007.*name one of step-000000"):
            run_experiment(plane(*SHORT), tmp_path, again=["step-000007"])
        folder = completed(plane(*SHORT), tmp_path, again=["step-000000"])
        assert len(stand_in.jobs) == 3
        dropped, *paid = paid_by_unit(stand_in).items()
        assert dict(paid) == dict.fromkeys(jobs(folder)["tag"], 1)
        assert dropped == (jobs(folder)["tag"].iloc[0].removesuffix("-again"), 1)
        billed = sum(job.charged for job in stand_in.jobs.values())
    assert_same_result(folder, whole)
    assert run_status(folder).qpu_seconds == pytest.approx(billed)
    assert run_status(folder).jobs == 3
    assert jobs(folder)["attempts"].tolist() == [2, 1]


def test_a_unit_that_is_run_again_has_its_waiting_job_cancelled(tmp_path):
    with serving(queue_seconds=3600) as stand_in:
        run_experiment(plane(*SHORT), tmp_path, detach=True)
        stand_in.queue.queue_seconds = 0.0
        folder = completed(plane(*SHORT), tmp_path, again=["step-000000"])
        first, *others = stand_in.jobs.values()
        assert (first.state, first.charged) == ("Cancelled", 0.0)
        assert [job.paid for job in others] == [True, True]
        assert_paid_once(stand_in, folder)
