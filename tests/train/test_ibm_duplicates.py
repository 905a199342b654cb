"""Jobs that the service takes several times for one unit of work: found, cancelled before they run, and noted."""

from __future__ import annotations

import pytest
from ibm_runs import (
    EXTRAPOLATED,
    assert_paid_once,
    assert_same_result,
    completed,
    jobs,
    notes,
    paid_by_unit,
    plane,
    serving,
    undisturbed,
)
from ibm_standin import Fault

from sggd_qiskit.execute.job import BudgetError
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment
from sggd_qiskit.run.status import run_status

SHORT = ("training.steps=1",)  # two jobs
AT_ONCE = "execution.service.listing=0"  # a job that isn't listed at once is sent again
SLOWLY = "execution.service.poll=1"  # jobs are done between two looks


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the run that nothing disturbs."""
    return undisturbed(plane(*SHORT), tmp_path_factory.mktemp("whole"))


def test_an_error_after_the_service_took_a_job_is_no_reason_to_send_it_again(tmp_path, whole):
    with serving() as stand_in:
        stand_in.inject(Fault("status_after", code=504, times=2))
        folder = completed(plane(*SHORT), tmp_path)
        assert len(stand_in.submissions) == len(stand_in.jobs) == 2
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)
    assert not any(map(len, jobs(folder)["duplicates"]))
    assert notes(folder) == []


def test_a_job_that_is_listed_late_is_not_sent_again(tmp_path, whole):
    with serving() as stand_in:
        stand_in.inject(Fault("status_after", code=504), Fault("unlisted", times=3))
        folder = completed(plane(*SHORT), tmp_path)
        assert len(stand_in.submissions) == 2
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)


def test_a_job_that_was_sent_again_while_the_first_was_not_listed_is_cancelled(tmp_path, whole):
    with serving(seconds_per_job=2.5) as stand_in:
        stand_in.inject(Fault("status_after", code=504), Fault("unlisted"))
        folder = completed(plane(*SHORT, AT_ONCE), tmp_path)
        first, second, last = stand_in.jobs.values()
        assert [job.state for job in (first, second, last)] == ["Completed", "Cancelled", "Completed"]
        assert not second.charged
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)
    units = jobs(folder)
    assert units["id"].tolist() == [first.id, last.id]
    assert list(units["duplicates"].iloc[0]) == [second.id]
    assert units["attempts"].tolist() == [1, 1]
    (note,) = notes(folder)
    assert f"kept {first.id}" in note
    assert second.id in note


def test_a_duplicate_that_has_run_before_it_was_found_is_noted(tmp_path, whole):
    with serving() as stand_in:
        stand_in.inject(Fault("status_after", code=504), Fault("unlisted", times=3))
        folder = completed(plane(*SHORT, AT_ONCE, SLOWLY), tmp_path)
        first, second = list(stand_in.jobs.values())[:2]
        units, paid = jobs(folder), sum(job.charged for job in stand_in.jobs.values())
        assert {units["id"].iloc[0], *units["duplicates"].iloc[0]} == {first.id, second.id}
        assert units["qpu_seconds_duplicates"].tolist() == pytest.approx([second.charged, 0.0])
        assert first.charged == second.charged > 0
        assert load_results(folder).steps["qpu_seconds"].sum() == pytest.approx(paid)
        assert run_status(folder).qpu_seconds == pytest.approx(paid)
        assert run_status(folder).jobs == len(stand_in.jobs) == 3
    assert_same_result(folder, whole)
    assert any("kept" in note for note in notes(folder))


def test_a_duplicate_that_has_run_uses_up_the_budget(tmp_path):
    with serving() as stand_in:
        stand_in.inject(Fault("status_after", code=504), Fault("unlisted", times=3))
        with pytest.raises(BudgetError, match=r"[67]\.\d s are spent"):
            run_experiment(plane(*SHORT, AT_ONCE, SLOWLY, "execution.budget.qpu_seconds=8"), tmp_path)
        assert [job.paid for job in stand_in.jobs.values()] == [True, True]


def test_a_sampler_job_in_doubt_is_watched_while_the_estimator_job_is_waited_for(tmp_path):
    swap = (EXTRAPOLATED, "cost.estimator=destructive_swap_test")
    with serving(seconds_per_job=1.5) as stand_in:
        stand_in.inject(Fault("status_after", code=504, after=1), Fault("unlisted", times=2, after=1))
        folder = completed(plane(*SHORT, AT_ONCE, *swap), tmp_path)
        estimator, *samplers = list(stand_in.jobs.values())[:3]
        assert [job.state for job in samplers] == ["Completed", "Cancelled"]
        assert samplers[1].running is None
        assert estimator.paid
        assert_paid_once(stand_in, folder)


def test_a_submission_that_takes_effect_after_it_was_given_up_is_cancelled(tmp_path, whole):
    # It arrives 5 s after it was sent; after 4 s it is given up and another is sent, whose job takes 3 s.
    with serving(seconds_per_job=3.0) as stand_in:
        stand_in.inject(Fault("slow", seconds=5.0))
        folder = completed(plane(*SHORT, "execution.service.timeout=0.8", AT_ONCE), tmp_path)
        kept, late = list(stand_in.jobs.values())[:2]
        assert (kept.state, late.state, late.running) == ("Completed", "Cancelled", None)
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)
    assert list(jobs(folder)["duplicates"].iloc[0]) == [late.id]


def test_what_arrives_when_its_unit_is_done_is_cancelled_at_the_end(tmp_path, whole):
    def stray(row):
        # The last job once more, as if its submission had been repeated and had come very late.
        last = list(stand_in.jobs.values())[-1]
        if row["step"] == 1:
            stand_in.queue.queue_seconds = 60.0
            stand_in.queue.submit(type(last)(last.payload, instance=last.instance))

    with serving() as stand_in:
        folder = completed(plane(*SHORT), tmp_path, on_step=stray)
        late = list(stand_in.jobs.values())[-1]
        assert (late.state, late.charged) == ("Cancelled", 0.0)
        assert_paid_once(stand_in, folder)
    assert_same_result(folder, whole)
    assert notes(folder) == [f"job {late.id} came to the service late, when the unit was done; cancelled"]


def test_the_jobs_of_another_folder_with_the_same_configuration_are_left_alone(tmp_path, whole):
    with serving() as stand_in:
        for name in ("one", "other"):
            assert_same_result(completed(plane(*SHORT), tmp_path / name), whole)
        assert len(stand_in.jobs) == 4
        assert set(paid_by_unit(stand_in).values()) == {1}
        assert len(paid_by_unit(stand_in)) == 4
