"""Sending the jobs of a step: prepared, announced in the book, and submitted once to the right session."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf

from sggd_qiskit.circuit.measurement import Setting
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.execute.ibm.book import Entry, JobBook
from sggd_qiskit.execute.ibm.checks import Calibration, require_budget
from sggd_qiskit.execute.ibm.collection import Collector
from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, meaning, said
from sggd_qiskit.execute.ibm.modes import ExecutionMode
from sggd_qiskit.execute.ibm.options import primitive_options
from sggd_qiskit.execute.ibm.payload import Payload, post, prepared
from sggd_qiskit.execute.ibm.pubs import Found
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.ibm.splitting import JobPlan
from sggd_qiskit.execute.ibm.submission import Submitter
from sggd_qiskit.execute.job import ExecutionError, JobRecord

logger = logging.getLogger(__name__)


@dataclass
class StepJob:
    """A job on its way."""

    plan: JobPlan
    entry: Entry
    found: tuple[Found, ...] = ()
    record: JobRecord | None = None


class Sender:
    """Sends jobs to a device.

    Args:
        config: the ``execution`` block.
        service: connected.
        backend: the device's name.
        book: what is remembered between processes.
        collector: waits, where the plan has no place for another job.
        tell: told what is being done.
    """

    def __init__(
        self,
        config: ExecutionConfig,
        service: Service,
        backend: str,
        book: JobBook,
        *,
        collector: Collector,
        tell: Callable[[str], None],
    ):
        self._config, self._service, self._backend, self._book = config, service, backend, book
        self._collector, self._tell = collector, tell
        self._options = primitive_options(config.options, config.rep_delay)
        self.mode = ExecutionMode(config.mode, service, backend, book, logger.warning, budget=config.budget.qpu_seconds)
        self.submitter = Submitter(service, backend, book, config.tags)
        self.calibration = Calibration(service, backend, book)

    def send(self, jobs: Sequence[StepJob], settings: Sequence[Setting]) -> None:
        """Submit the jobs that are not at the service yet.

        Args:
            jobs: of the step.
            settings: of the step.

        Raises:
            BudgetError: before anything is submitted that would pass the budget.
            CircuitsOutdated: likewise, if the device has changed and doesn't take the circuits any more.
            JobsPending: if the user would not wait for a free place.
            ExecutionError: if the service refuses a job or can't be reached.
        """
        missing = [job for job in jobs if job.entry.id is None]
        if not missing:
            return
        self.mode.look()
        plans = [job.plan for job in missing]
        budget, spent = self._config.budget, self._book.spent()
        after = require_budget(budget, spent, plans)
        self._book.reserve(after)
        left = inf if budget.qpu_seconds is None else budget.qpu_seconds - after.qpu_seconds
        circuits = [settings[chunk.setting].measurement.circuit for job in missing for chunk in job.plan.chunks]
        calibration = self.calibration.watch(missing[0].plan.unit.name, circuits)
        for job in missing:
            payload = self._prepared(job.plan, settings).within(left + spent.correction.corrected(job.plan.qpu_seconds))
            job.entry = replace(job.entry, calibration=calibration, prepare_seconds=payload.seconds)
            if job is missing[0]:
                self.mode.ready()  # now that it has something to run
            self._submit(job, payload)

    def _prepared(self, plan: JobPlan, settings: Sequence[Setting]) -> Payload:
        sets = sum(chunk.parameter_sets * chunk.repeats for chunk in plan.chunks)
        self._tell(f"preparing {plan.unit.name}: {sets:,} parameter sets")
        try:
            return prepared(plan, settings, self._options, self._service.backend(self._backend))
        except CLIENT_ERRORS as error:
            raise self._refused(plan, error) from error

    def _submit(self, job: StepJob, payload: Payload) -> None:
        """Submit the job, in another session if the service has closed its own, and as soon as the plan has a place."""
        pause, former = self._service.poll, None
        while True:
            session = self._announce(job)
            try:
                return self._post(job, payload, session)
            except CLIENT_ERRORS as error:
                if meaning(error) is Meaning.NO_PLACE:
                    self._tell("no free place for another job in the plan")
                    self._collector.rest(pause)
                    pause = self._collector.longer(pause)
                    continue
                self.mode.ready()  # the service may have closed the session just now
                if self.mode.session in {session, former}:
                    raise self._refused(job.plan, error) from error
                former = session

    def _post(self, job: StepJob, payload: Payload, session: str | None) -> None:
        job.entry = self.submitter.submit(
            job.plan.unit, job.entry, lambda backend, tags: post(payload, backend, session, tags)
        )

    def _refused(self, plan: JobPlan, error: Exception) -> ExecutionError:
        return ExecutionError(f"IBM's service refuses the job of {plan.unit.name}: {said(error)}")

    def _announce(self, job: StepJob) -> str | None:
        """Write down where the job is going to be submitted: in which session, if any; that is returned."""
        session = self.mode.session
        facts = {
            "backend": self._backend,
            "session": session,
            "qpu_seconds": job.plan.qpu_seconds,
            "qpu_seconds_forecast": job.plan.qpu_seconds,
            "qpu_final": False,
            "calibration": job.entry.calibration,
            "prepare_seconds": job.entry.prepare_seconds,
            "started": datetime.now(UTC),
        }
        self._book.update(job.plan.unit, "planned", facts)
        job.entry = replace(job.entry, session=session)
        return session
