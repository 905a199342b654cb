"""What is looked at before a step's jobs are submitted: the budget, and whether the device was calibrated anew."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from math import inf

from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.execute.ibm.book import JobBook, Spent
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.ibm.splitting import JobPlan
from sggd_qiskit.execute.job import BudgetError

logger = logging.getLogger(__name__)

_KEY = "calibration"


def require_budget(budget: BudgetConfig, spent: Spent, dedicated_seconds: float, plans: Sequence[JobPlan]) -> float:
    """Refuse to begin what can't be finished within the budget.

    Forecasts are corrected by what finished jobs were billed.

    Args:
        budget: the limits.
        spent: so far, by jobs.
        dedicated_seconds: for which sessions were billed by the clock, which includes their jobs.
        plans: all jobs that are about to be submitted.

    Returns:
        What will be left of the budget, seconds.

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
    needed = spent.correction * sum(plan.qpu_seconds for plan in plans)
    left = (inf if budget.qpu_seconds is None else budget.qpu_seconds) - used - needed
    if left < 0:
        raise BudgetError(
            f"the next step would pass the budget of {budget.qpu_seconds or 0:g} QPU seconds: {used:.1f} s are spent, and it "
            f"is forecast to take {needed:.1f} s; {_go_on('qpu_seconds', round(used + needed + 0.5))}"
        )
    return left


def _go_on(key: str, least: int) -> str:
    return (
        f"nothing more was submitted and all steps are recorded; to go on, give the same command with "
        f"--set execution.budget.{key}={least} or more"
    )


class Calibration:
    """The calibration of a device, as a run follows it.

    Args:
        service: asked for it.
        backend: the device's name.
        book: remembers the last one that was seen.
    """

    def __init__(self, service: Service, backend: str, book: JobBook):
        self._service, self._backend, self._book = service, backend, book

    def watch(self, unit: str) -> datetime | None:
        """The time of the calibration, UTC; noted for the unit when it is another than the run's jobs had before.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        properties = self._service.ask(
            "the device's calibration", lambda client: client.backend(self._backend).properties(refresh=True)
        )
        moment = getattr(properties, "last_update_date", None)
        if not isinstance(moment, datetime):
            return None
        found, former = moment.astimezone(UTC), self._book.recall(_KEY)
        if former != found.isoformat():
            self._book.remember(_KEY, found.isoformat())
        if former and former != found.isoformat():
            text = f"{self._backend} was calibrated anew at {found:%Y-%m-%d %H:%M} UTC; the circuits stay as they are"
            self._book.note(unit, text)
            logger.warning("%s", text)
        return found
