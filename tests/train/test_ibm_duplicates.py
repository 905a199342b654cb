"""Jobs that the service takes several times for one unit of work: found, cancelled before they run, and noted."""

from __future__ import annotations

import pytest
from ibm_runs import (
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

SHORT = ("training.steps=1",)  # two jobs


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
        stand_in.inject(Fault("status_after", code=504), Fault("unlisted", times=5))
        folder = completed(plane(*SHORT), tmp_path)
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
        stand_in.inject(Fault("status_after", code=504), Fault("unlisted", times=6))
        folder = completed(plane(*SHORT), tmp_path)
        first, second = list(stand_in.jobs.values())[:2]
        assert {jobs(folder)["id"].iloc[0], *jobs(folder)["duplicates"].iloc[0]} == {first.id, second.id}
    assert_same_result(folder, whole)
    assert any("kept" in note for note in notes(folder))


def test_a_submission_that_takes_effect_after_it_was_given_up_is_cancelled(tmp_path, whole):
    # It arrives 5 s after it was sent; after 4 s it is given up and another is sent, whose job takes 3 s.
    with serving(seconds_per_job=3.0) as stand_in:
        stand_in.inject(Fault("slow", seconds=5.0))
        folder = completed(plane(*SHORT, "execution.service.timeout=0.8"), tmp_path)
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
            stand_in.queue.submit(type(last)(last.payload))

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
