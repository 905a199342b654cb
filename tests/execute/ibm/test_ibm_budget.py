"""Budgets: refused before they are passed, in words that say how to go on."""

from __future__ import annotations

import pytest

from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.execute.ibm.book import Spent
from sggd_qiskit.execute.ibm.checks import require_budget
from sggd_qiskit.execute.ibm.splitting import JobPlan
from sggd_qiskit.execute.job import BudgetError, WorkUnit

PLAN = JobPlan(
    WorkUnit.of_step(0), sampler=False, chunks=(), shots=10, delivered=10, circuits=1, executions=10_000,
    qpu_seconds=5.5,
)  # fmt: skip


def test_what_fits_exactly_is_allowed():
    require_budget(BudgetConfig(), Spent(10**6, 1e9), [PLAN])
    require_budget(BudgetConfig(jobs=5, qpu_seconds=21.0), Spent(3, 10.0), [PLAN, PLAN])


@pytest.mark.parametrize(
    ("budget", "spent", "message"),
    [
        (
            {"jobs": 4},
            Spent(3, 0.0),
            "the budget of 4 jobs is used up: 3 were submitted, and the next step takes 2",
        ),
        (
            {"qpu_seconds": 20.9},
            Spent(3, 10.0),
            r"the budget of 20\.9 QPU seconds: 10\.0 s are spent.*take 11\.0 s",
        ),
    ],
    ids=["jobs", "seconds"],
)
def test_what_does_not_fit_is_refused(budget, spent, message):
    with pytest.raises(BudgetError, match=message) as error:
        require_budget(BudgetConfig(**budget), spent, [PLAN, PLAN])
    key, least = str(error.value).split("--set execution.budget.")[1].split(" ")[0].split("=")
    # What the message proposes is enough, and it is not far too much.
    require_budget(BudgetConfig(**{key: float(least) if key == "qpu_seconds" else int(least)}), spent, [PLAN, PLAN])
    assert float(least) <= 22.5
