"""A sweep on a device: each run keeps its own budget, and all together one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from ibm_runs import SMALL, paid_by_unit, serving
from sweeps import small_sweep

from sggd_qiskit.sweep.places import Place
from sggd_qiskit.sweep.results import load_sweep
from sggd_qiskit.sweep.run import run_sweep

TOGETHER = Place(lambda: ThreadPoolExecutor(2), 2)
DEVICE = (*SMALL, "training.steps=2")  # three jobs a run


@pytest.fixture(scope="module")
def stand_in():
    with serving() as found:
        yield found


def test_runs_together_stop_before_they_pass_the_common_budget_and_go_on_when_it_is_raised(tmp_path, stand_in):
    before = len(stand_in.jobs)
    text = "seeds: 2\nbudget: {jobs: %d}\n"
    outcomes = run_sweep(small_sweep(tmp_path, text % 5, *DEVICE), tmp_path, TOGETHER)
    assert len(stand_in.jobs) - before == 5
    told = [outcome.failure for outcome in outcomes.values() if outcome.failure is not None]
    assert told
    assert all("budget.jobs in the job file" in failure for failure in told)
    outcomes = run_sweep(small_sweep(tmp_path, text % 6, *DEVICE), tmp_path, TOGETHER)
    assert [outcome.failure for outcome in outcomes.values()] == [None, None]
    assert len(stand_in.jobs) - before == 6
    assert set(paid_by_unit(stand_in).values()) == {1}
    assert load_sweep(tmp_path / "trial").runs["state"].tolist() == ["complete"] * 2


def test_each_run_keeps_its_own_budget(tmp_path, stand_in):
    text = "cases:\n  poor: {execution.budget.jobs: 2}\n  rich: {cost.weight: 2}\nbudget: {jobs: 100}\n"
    poor, rich = run_sweep(small_sweep(tmp_path, text, *DEVICE), tmp_path, TOGETHER).values()
    assert "execution.budget.jobs" in poor.failure
    assert rich.reason == "all 2 steps are done"
