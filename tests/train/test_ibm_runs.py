"""Runs on a device of IBM's in every mode: their jobs, what is recorded of them, and what may change meanwhile."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from ibm_runs import (
    EXTRAPOLATED,
    assert_paid_once,
    assert_same_result,
    completed,
    jobs,
    notes,
    plane,
    serving,
    undisturbed,
    until_complete,
    werner,
)

from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import forecast
from sggd_qiskit.run.results import load_results
from sggd_qiskit.run.run import run_experiment

MODES = {"job": None, "batch": "batch", "session": "dedicated"}
SHORT = ("training.steps=2",)  # three jobs
DEFAULT_LEVEL = "execution.options={}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a short run that nothing disturbs."""
    return undisturbed(plane(*SHORT), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "config", [werner("data.train=2", "training.steps=1"), plane(DEFAULT_LEVEL)], ids=["werner", "plane"]
)
def test_a_run_in_each_mode_submits_the_jobs_that_are_planned(tmp_path, config, mode):
    planned = forecast(build_problem(config)).total
    with serving() as stand_in:
        folder = completed(config.model_copy(update={"execution": with_mode(config, mode)}), tmp_path)
        assert_paid_once(stand_in, folder)
        assert len(stand_in.jobs) == len(stand_in.submissions) == planned.jobs
        sessions = stand_in.sessions
        assert [session.mode for session in sessions] == ([] if mode == "job" else [MODES[mode]])
        assert all(session.closed for session in sessions)
    units = jobs(folder)
    assert len(units) == planned.jobs == len(load_results(folder).steps)
    assert set(units["session"].dropna()) == {session.id for session in sessions}
    assert units["attempts"].tolist() == [1] * len(units)
    executed = sum(job.executions for job in stand_in.jobs.values())
    if config.execution.options == {"resilience_level": 0}:
        assert units["shots"].sum() == units["shots_requested"].sum() == planned.shots == executed
    else:  # a job takes one number of shots, which twirls round up
        assert planned.shots < units["shots_requested"].sum() < units["shots"].sum() == executed


def test_penalties_of_the_sampler_take_a_second_job_a_step_beside_extrapolated_values(tmp_path):
    config = plane(*SHORT, "cost.estimator=destructive_swap_test", EXTRAPOLATED)
    with serving() as stand_in:
        folder = completed(config, tmp_path)
        assert_paid_once(stand_in, folder)
        assert len(stand_in.jobs) == forecast(build_problem(config)).total.jobs == 6
    assert sorted(jobs(folder).index) == [
        unit for step in range(3) for unit in (f"step-{step:06d}", f"step-{step:06d}-sampler")
    ]
    assert load_results(folder).steps["jobs"].tolist() == [2, 2, 2]


def test_a_step_that_is_too_large_is_split_the_same_way_whenever_it_is_planned(tmp_path):
    config = plane(*SHORT, "execution.limits.executions=1000")
    with serving() as stand_in:
        folder = completed(config, tmp_path / "whole")
        assert_paid_once(stand_in, folder)
        assert all(job.executions <= 1000 for job in stand_in.jobs.values())
    units = jobs(folder)
    assert units.index[:6].tolist() == [*(f"step-000000-part-{number}" for number in range(1, 6)), units.index[5]]
    assert units.index[5] == "step-000001-part-1"
    unsplit = sum(jobs(undisturbed(plane(*SHORT), tmp_path / "unsplit"))["shots"])
    assert units["shots"].sum() == unsplit
    with serving(queue_seconds=0.1) as stand_in:
        results = until_complete(config, tmp_path / "parts", interrupted=lambda: True)
        assert_paid_once(stand_in, results[-1].folder)
    assert len(results) > 3
    assert_same_result(results[-1].folder, folder)


def test_billed_time_becomes_final_when_the_service_says_it(tmp_path, whole):
    seen = []

    def look(row):
        seen.append((row["qpu_seconds"], jobs(folder_of(tmp_path))["qpu_final"].tolist()))

    with serving(usage_delay=3.0) as stand_in:
        config = plane(*SHORT, "execution.service.poll=0.8")
        folder = completed(config, tmp_path, on_step=look)
        charged = {job.id: job.charged for job in stand_in.jobs.values()}
    units, steps = jobs(folder), load_results(folder).steps
    assert seen[0][1][0] is None or not seen[0][1][0]  # when its step was recorded it was a forecast
    assert units["qpu_final"].all()
    assert units["qpu_seconds"].tolist() == [charged[job] for job in units["id"]]
    assert steps["qpu_seconds"].tolist() == units["qpu_seconds"].tolist()
    forecasts = [seconds for seconds, _ in seen]
    np.testing.assert_allclose(forecasts, steps["qpu_seconds"], rtol=0.02)


def test_billed_time_that_the_service_never_says_stays_the_forecast(tmp_path):
    with serving(usage_delay=1e6):
        folder = completed(plane(*SHORT), tmp_path)
    units = jobs(folder)
    assert not units["qpu_final"].any()
    assert units["qpu_seconds"].tolist() == units["qpu_seconds_forecast"].tolist()


@pytest.mark.parametrize("interrupted", [False, True], ids=["in one go", "continued"])
def test_a_new_calibration_is_noted_and_changes_no_circuit(tmp_path, whole, interrupted):
    circuits = []

    def recalibrate(row):
        circuits.append((folder_of(tmp_path) / "circuits.qpy").read_bytes())
        if row["step"] == 0:
            stand_in.recalibrate()

    with serving() as stand_in:
        if interrupted:
            run_experiment(plane(*SHORT), tmp_path, on_step=recalibrate, interrupted=lambda: bool(circuits))
            assert len(circuits) == 1
        folder = completed(plane(*SHORT), tmp_path, on_step=recalibrate)
        assert_paid_once(stand_in, folder)
    assert len(circuits) == 3
    assert set(circuits) == {(folder / "circuits.qpy").read_bytes()}
    first, *others = jobs(folder)["calibration"]
    assert {other - first for other in others} == {pd.Timedelta(days=1)}
    (note,) = notes(folder)
    assert "ibm_manila was calibrated anew" in note
    assert_same_result(folder, whole)


def test_a_job_that_was_adopted_keeps_the_calibration_of_its_submission(tmp_path):
    with serving(queue_seconds=0.3) as stand_in:
        assert run_experiment(plane("training.steps=1"), tmp_path, detach=True).pending
        stand_in.recalibrate()
        folder = completed(plane("training.steps=1"), tmp_path)
        one, other = jobs(folder)["calibration"]
        assert other - one == pd.Timedelta(days=1)


def with_mode(config, mode):
    return config.execution.model_copy(update={"mode": mode})


def folder_of(results):
    (folder,) = results.iterdir()
    return folder
