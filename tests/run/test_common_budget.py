"""One budget for several runs: nobody passes it, however many ask at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.execute.ibm.book import SESSION_CLOCKS, Spent
from sggd_qiskit.execute.job import BudgetError, WorkUnit
from sggd_qiskit.run.common_budget import keep_budget, reserve, settle
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.ledger import Ledger


def run_folder(sweep, name):
    (sweep / name).mkdir()
    return sweep / name


def test_the_sum_of_what_is_promised_stays_within_the_budget_with_many_asking_at_a_time(tmp_path):
    keep_budget(tmp_path, BudgetConfig(qpu_seconds=10))

    def took(number):
        try:
            reserve(tmp_path / f"run-{number}", Spent(1, 1.5))
        except BudgetError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(took, range(12))) == 6


@pytest.mark.parametrize(
    ("budget", "key"), [(BudgetConfig(jobs=5), "jobs"), (BudgetConfig(qpu_seconds=5.5), "qpu_seconds")]
)
def test_a_refusal_names_the_budget_and_what_to_do(tmp_path, budget, key):
    keep_budget(tmp_path, budget)
    reserve(tmp_path / "one", Spent(3, 3.0))
    reserve(tmp_path / "one", Spent(4, 4.0))  # in place of what it had reserved before
    with pytest.raises(BudgetError, match=f"budget.{key} in the job file"):
        reserve(tmp_path / "two", Spent(2, 2.0))
    reserve(tmp_path / "two", Spent(1, 1.0))
    keep_budget(tmp_path, BudgetConfig(jobs=100, qpu_seconds=100))
    reserve(tmp_path / "two", Spent(50, 50.0))


def test_what_runs_have_spent_is_known_from_their_ledgers_though_the_file_was_deleted(tmp_path):
    folder = run_folder(tmp_path, "one")
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        ledger.plan(WorkUnit.of_step(0))
        ledger.update(WorkUnit.of_step(0), "submitted", {"id": "a", "qpu_seconds": 7.0})
    broken = run_folder(tmp_path, "two")
    (broken / "ledger.sqlite").write_bytes(b"damaged" * 100)
    keep_budget(tmp_path, BudgetConfig(qpu_seconds=10))
    with pytest.raises(BudgetError, match="7"):
        reserve(tmp_path / "three", Spent(1, 4.0))
    reserve(tmp_path / "three", Spent(1, 3.0))


def test_a_run_gives_back_what_it_has_not_spent_unless_jobs_are_under_way(tmp_path):
    keep_budget(tmp_path, BudgetConfig(qpu_seconds=10))
    folder, unit = run_folder(tmp_path, "one"), WorkUnit.of_step(0)
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        ledger.reserve(Spent(1, 9.0))
        ledger.plan(unit)
        ledger.update(unit, "submitted", {"id": "a", "session": "s", "qpu_seconds": 9.0})
        settle(folder, ledger)
        with pytest.raises(BudgetError):
            reserve(tmp_path / "two", Spent(1, 5.0))
        ledger.remember(SESSION_CLOCKS, '{"s": {"seconds": 4.5, "over": true}}')  # billed by the clock
        ledger.update(unit, "failed", {"id": None, "attempts": 1, "qpu_seconds_failed": 2.0})
        settle(folder, ledger)
    reserve(tmp_path / "two", Spent(1, 5.5))
    with pytest.raises(BudgetError):
        reserve(tmp_path / "two", Spent(1, 5.6))


@pytest.mark.parametrize("text", ["", "[]", '{"limits": 3}', "{"])
def test_a_damaged_file_is_told_with_place_and_remedy_and_nothing_is_promised(tmp_path, text):
    (tmp_path / "budget.json").write_text(text, encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        reserve(tmp_path / "one", Spent(1, 1.0))
    assert str(caught.value).startswith(str(tmp_path / "budget.json"))
    assert "delete it" in str(caught.value)
    assert (tmp_path / "budget.json").read_text(encoding="utf-8") == text


def test_without_a_budget_nothing_is_written(tmp_path):
    keep_budget(tmp_path, BudgetConfig())
    reserve(tmp_path / "one", Spent(100, 1e9))
    assert list(tmp_path.iterdir()) == []
