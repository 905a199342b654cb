"""What stops a run on a device: one message, nothing lost, and nothing written if nothing was begun."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ibm_runs import EXTRAPOLATED, assert_paid_once, assert_same_result, command, completed, plane, serving, undisturbed
from ibm_standin import Fault
from typer.testing import CliRunner

from sggd_qiskit.cli.app import app
from sggd_qiskit.execute.job import BudgetError, ExecutionError
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment

SHORT = ("training.steps=3",)  # four jobs
SECONDS = 2.0 + 0.00027 * 4360  # of the first step, about


def sggd(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def assert_one_message(result, *parts, code=1):
    assert result.exit_code == code
    assert isinstance(result.exception, SystemExit)
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in result.output
    for part in parts:
        assert part in line


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the run that nothing disturbs."""
    return undisturbed(plane(*SHORT), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize(
    ("budget", "jobs", "said", "least"),
    [
        ("execution.budget.jobs=2", 2, "the budget of 2 jobs is used up: 2 were submitted", "execution.budget.jobs=3"),
        (f"execution.budget.qpu_seconds={2.5 * SECONDS}", 2, "would pass the budget of 7.943 QPU seconds: 6.3 s", "="),
    ],
    ids=["jobs", "seconds"],
)
def test_a_budget_stops_the_run_before_it_is_passed_and_a_larger_one_goes_on(
    tmp_path, whole, budget, jobs, said, least
):
    with serving() as stand_in:
        result = sggd(*command(tmp_path, *SHORT, budget))
        assert_one_message(result, said, "nothing more was submitted and all steps are recorded", least)
        assert len(stand_in.submissions) == jobs
        (folder,) = tmp_path.iterdir()
        assert len(load_results(folder).steps) == jobs
        again = sggd(*command(tmp_path, *SHORT, budget))
        assert_one_message(again, said)
        assert len(stand_in.submissions) == jobs
        key = budget.split("=")[0]
        last = sggd(*command(tmp_path, *SHORT, f"{key}=100"))
        assert (last.exit_code, last.stderr) == (0, "")
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)


@pytest.mark.parametrize("budget", ["execution.budget.qpu_seconds=1", "execution.budget.jobs=1"])
def test_a_budget_that_is_smaller_than_the_first_step_submits_nothing(tmp_path, budget):
    config = plane(*SHORT, budget, EXTRAPOLATED, "cost.estimator=destructive_swap_test")  # two jobs a step
    with serving() as stand_in:
        with pytest.raises(BudgetError, match="nothing more was submitted"):
            run_experiment(config, tmp_path)
        assert stand_in.submissions == []


def test_jobs_that_failed_and_were_cancelled_use_up_the_budget_too(tmp_path):
    with serving() as stand_in:
        stand_in.inject(Fault("job_fails", seconds=50.0))
        with pytest.raises(BudgetError, match=r"would pass the budget of 51 QPU seconds: 50\.0 s are spent"):
            run_experiment(plane(*SHORT, "execution.budget.qpu_seconds=51"), tmp_path)
        with pytest.raises(BudgetError, match="the budget of 1 jobs is used up: 1 were submitted"):
            run_experiment(plane(*SHORT, "execution.budget.jobs=1"), tmp_path)
        assert len(stand_in.submissions) == 1


def test_time_in_a_session_uses_up_the_budget(tmp_path):
    def wait(row):
        for session in stand_in.sessions:
            session.started -= timedelta(seconds=100)

    with serving() as stand_in:
        config = plane(*SHORT, "execution.mode=session", "execution.budget.qpu_seconds=90")
        with pytest.raises(BudgetError, match=r"would pass the budget of 90 QPU seconds: 10\d\.\d s are spent"):
            run_experiment(config, tmp_path, on_step=wait)
        assert len(stand_in.submissions) == 1


def test_a_backend_that_is_not_known_leaves_nothing_behind(tmp_path):
    with serving() as stand_in:
        result = sggd(*command(tmp_path / "results", "execution.backend=ibm_nowhere"))
        assert_one_message(result, "has no backend ibm_nowhere for this account; it has ibm_manila", code=2)
        assert stand_in.submissions == []
    assert not (tmp_path / "results").exists()


def test_a_wrong_token_leaves_nothing_behind(tmp_path, monkeypatch):
    with serving() as stand_in:
        monkeypatch.setenv("QISKIT_IBM_TOKEN", "a-wrong-token-of-somebody")
        result = sggd(*command(tmp_path / "results"))
        assert_one_message(result, "doesn't take the credentials", "QISKIT_IBM_TOKEN")
        assert "a-wrong-token-of-somebody" not in result.output
        assert stand_in.submissions == []
    assert not (tmp_path / "results").exists()


def test_no_network_at_the_start_leaves_nothing_behind(tmp_path):
    with serving() as stand_in:
        stand_in.stop()
        assert_one_message(sggd(*command(tmp_path / "results")), "IBM's service can't be reached")
    assert not (tmp_path / "results").exists()


def test_a_service_that_stays_away_stops_the_run_which_goes_on_later(tmp_path, whole):
    def vanish(row):
        if row["step"] == 1:
            stand_in.away(1000.0)

    with serving() as stand_in:
        config = plane(*SHORT, "execution.service.patience=0.1")
        with pytest.raises(ExecutionError, match=r"can't be reached about .* tried for 0\.1 s; what is recorded stays"):
            run_experiment(config, tmp_path, on_step=vanish)
        (folder,) = tmp_path.iterdir()
        assert len(load_results(folder).steps) == 2
        stand_in.away(0.0)
        while stand_in.server is None:
            pass
        assert completed(plane(*SHORT), tmp_path) == folder
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)
