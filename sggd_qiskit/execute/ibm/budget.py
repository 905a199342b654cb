"""What a run may spend, looked at before each step's jobs are submitted."""

from __future__ import annotations

from collections.abc import Sequence

from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.execute.ibm.book import Spent
from sggd_qiskit.execute.ibm.splitting import JobPlan
from sggd_qiskit.execute.job import BudgetError


def require_budget(budget: BudgetConfig, spent: Spent, dedicated_seconds: float, plans: Sequence[JobPlan]) -> None:
    """Refuse to begin what can't be finished within the budget.

    Args:
        budget: the limits.
        spent: so far, by jobs.
        dedicated_seconds: for which sessions were billed by the clock, which includes their jobs.
        plans: all jobs that are about to be submitted.

    Raises:
        BudgetError: saying what is spent, what is needed, and how to go on.
    """
    jobs = spent.jobs + len(plans)
    if budget.jobs is not None and jobs > budget.jobs:
        raise BudgetError(
            f"the budget of {budget.jobs} jobs is used up: {spent.jobs} were submitted, and the next step takes "
            f"{len(plans)}; {_go_on('jobs', jobs)}"
        )
    used = max(spent.qpu_seconds, dedicated_seconds)
    needed = sum(plan.qpu_seconds for plan in plans)
    if budget.qpu_seconds is not None and used + needed > budget.qpu_seconds:
        raise BudgetError(
            f"the next step would pass the budget of {budget.qpu_seconds:g} QPU seconds: {used:.1f} s are spent, and it is "
            f"forecast to take {needed:.1f} s; {_go_on('qpu_seconds', round(used + needed + 0.5))}"
        )


def _go_on(key: str, least: int) -> str:
    return (
        f"nothing more was submitted and all steps are recorded; to go on, give the same command with "
        f"--set execution.budget.{key}={least} or more"
    )
