"""What is looked at before a step's jobs are submitted: the budget, and whether the device was calibrated anew."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from qiskit import QuantumCircuit

from sggd_qiskit.config.execution import BudgetConfig
from sggd_qiskit.execute.ibm.book import JobBook, Spent
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.ibm.splitting import JobPlan
from sggd_qiskit.execute.job import BudgetError, CircuitsOutdated, ExecutionError
from sggd_qiskit.execute.transpiling import require_isa

logger = logging.getLogger(__name__)

_KEY = "calibration"


def require_budget(budget: BudgetConfig, spent: Spent, plans: Sequence[JobPlan]) -> Spent:
    """Refuse to begin what can't be finished within the budget; what will have been spent then is returned.

    Forecasts are corrected by what finished jobs were billed.

    Args:
        budget: the limits.
        spent: so far.
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
    used = spent.qpu_seconds
    needed = sum(spent.correction.corrected(plan.qpu_seconds) for plan in plans)
    if budget.qpu_seconds is not None and used + needed > budget.qpu_seconds:
        raise BudgetError(
            f"the next step would pass the budget of {budget.qpu_seconds:g} QPU seconds: {used:.1f} s are spent, and it "
            f"is forecast to take {needed:.1f} s; {_go_on('qpu_seconds', round(used + needed + 0.5))}"
        )
    return Spent(jobs, used + needed)


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

    def watch(self, unit: str, circuits: Sequence[QuantumCircuit]) -> datetime | None:
        """The time of the calibration, UTC; noted for the unit when it is another than the run's jobs had before.

        Args:
            unit: the name of the unit of work that is about to be submitted.
            circuits: that it runs; checked against the device when it was calibrated anew.

        Raises:
            CircuitsOutdated: if the device doesn't have all instructions of the circuits any more.
            ExecutionError: if the service can't be reached.
        """
        properties = self._service.ask(
            "the device's calibration", lambda client: client.backend(self._backend).properties(refresh=True)
        )
        moment = getattr(properties, "last_update_date", None)
        if not isinstance(moment, datetime):
            return None
        found, former = moment.astimezone(UTC), self._book.recall(_KEY)
        if former and former != found.isoformat():
            self.check(unit, circuits)
            self._tell(unit, f"was calibrated anew at {found:%Y-%m-%d %H:%M} UTC; the circuits stay as they are")
        if former != found.isoformat():
            self._book.remember(_KEY, found.isoformat())
        return found

    def check(self, unit: str, circuits: Sequence[QuantumCircuit]) -> None:
        """Check circuits against the device as it is now.

        Args:
            unit: the name of the unit of work that runs them.
            circuits: transpiled before.

        Raises:
            CircuitsOutdated: if it doesn't have all of their instructions any more.
            ExecutionError: if the service can't be reached.
        """
        target = self._service.refreshed(self._backend).target
        try:
            for circuit in {id(circuit): circuit for circuit in circuits}.values():
                require_isa(circuit, target)
        except ExecutionError as error:
            self._tell(unit, f"has changed, and the circuits are transpiled again: {error}")
            raise CircuitsOutdated from error

    def _tell(self, unit: str, what: str) -> None:
        self._book.note(unit, f"{self._backend} {what}")
        logger.warning("%s %s", self._backend, what)
