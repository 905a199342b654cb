"""Trainings whose circuits run side by side on patches of a device."""

from __future__ import annotations

import pytest
from ibm_runs import (
    EXTRAPOLATED,
    assert_paid_once,
    assert_same_result,
    completed,
    plane,
    serving,
    until_complete,
)
from training_runs import small, steps_of

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.execute.job import ExecutionError
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.forecast import forecast
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.run import run_experiment

PATCHES = "execution.patches=2"


def slots(folder):
    with LedgerReader.open(folder / "ledger.sqlite") as ledger:
        return [ledger.patches(f"step-{step:06d}") for step in range(3)]


def test_a_run_on_patches_takes_half_the_executions_and_goes_on_bit_by_bit(tmp_path):
    with serving() as stand_in:
        folder = completed(plane(PATCHES), tmp_path / "whole")
        assert_paid_once(stand_in, folder)
        executions, count = sum(job.executions for job in stand_in.jobs.values()), len(stand_in.jobs)
        total = forecast(build_problem(plane(PATCHES))).total
        assert (total.shots, total.device_jobs) == (executions, count)
    with serving() as stand_in:
        completed(plane(), tmp_path / "alone")
        alone = sum(job.executions for job in stand_in.jobs.values())
        assert 0.5 * alone <= executions <= 0.55 * alone  # odd numbers of rows leave a slot
        assert count <= len(stand_in.jobs)
    with serving(queue_seconds=0.1) as stand_in:
        results = until_complete(plane(PATCHES), tmp_path / "parts", interrupted=lambda: True)
        assert_paid_once(stand_in, results[-1].folder)
    assert len(results) > 3
    assert_same_result(results[-1].folder, folder)
    assert slots(results[-1].folder) == slots(folder)
    drawn = [rows[0] for rows in slots(folder)]
    assert drawn[0] != drawn[1]  # afresh every step


@pytest.mark.parametrize(
    ("overrides", "words"),
    [((PATCHES, EXTRAPOLATED), "zero-noise"), (("execution.patches=3",), "room for 2 patches of 2 qubits")],
)
def test_patches_that_do_not_go_are_refused_and_nothing_is_spent(tmp_path, overrides, words):
    with serving() as stand_in:
        with pytest.raises((ConfigError, ExecutionError), match=rf"{words}"):
            run_experiment(plane(*overrides), tmp_path)
        assert stand_in.submissions == []


def test_a_rehearsal_on_patches_goes_on_bit_by_bit(tmp_path):
    config = small(
        "plane", "execution.backend=fake_manila", "execution.transpiler.trials=1", PATCHES, "training.steps=3"
    )
    whole = completed(config, tmp_path / "whole")

    def stop(row):
        if row["step"] == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_experiment(config, tmp_path / "parts", on_step=stop)
    parts = completed(config, tmp_path / "parts")
    assert steps_of(parts).equals(steps_of(whole))
    assert slots(parts) == slots(whole)
