"""An IBM device as what runs circuits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.execute.ibm.book import Entry, JobBook
from sggd_qiskit.execute.ibm.checks import Calibration, require_budget
from sggd_qiskit.execute.ibm.collection import Collector, JobLost, Usage
from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, meaning, said
from sggd_qiskit.execute.ibm.modes import BRIEFLY, ExecutionMode
from sggd_qiskit.execute.ibm.options import ShotRule, primitive_options
from sggd_qiskit.execute.ibm.payload import Payload, post, prepared
from sggd_qiskit.execute.ibm.pubs import chunk_outcomes, joined
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.ibm.splitting import JobPlan, plan_jobs
from sggd_qiskit.execute.ibm.submission import Submitter
from sggd_qiskit.execute.ibm.timing import remembered_pace
from sggd_qiskit.execute.job import ExecutionError, JobRecord, JobsPending, WorkUnit
from sggd_qiskit.execute.transpiling import transpiled

logger = logging.getLogger(__name__)

_LAST_LOOKS = 5  # for billed times at the end of a run
_NOT_YET = 3  # billed times that the service doesn't say, one after the other; nor will it say those of later jobs


@dataclass
class _Job:
    """A job on its way."""

    plan: JobPlan
    entry: Entry
    outcomes: list[Outcome]
    record: JobRecord | None = None


class IbmExecutor:
    """Runs measurements on a device of IBM's, each unit of work in one job that is paid once.

    Args:
        config: the ``execution`` block.
        service: connected.
        backend: the device's name.
        book: what is remembered between processes.
        leave: asked while a job is waited for; True leaves it to a later call.
        tell: told what is being waited for.
    """

    def __init__(
        self,
        config: ExecutionConfig,
        service: Service,
        backend: str,
        book: JobBook,
        *,
        leave: Callable[[], bool] = lambda: False,
        tell: Callable[[str], None] = lambda _: None,
    ):
        self._config, self._service, self._book, self._tell = config, service, book, tell
        self.backend = backend
        self._options = primitive_options(config.options, config.rep_delay)
        self._rules = {False: ShotRule(self._options[0]), True: ShotRule(self._options[1])}
        self._mode = ExecutionMode(config.mode, service, backend, book, logger.warning)
        self._submitter = Submitter(service, backend, book)
        self._collector = Collector(service, leave, tell)
        self._calibration = Calibration(service, backend, book)

    def prepare(self, measurement: Measurement | Readout) -> Measurement | Readout:
        """The measurement on the device's qubits: the best of several transpilations by its current calibration.

        Raises:
            ExecutionError: if it doesn't fit the device.
        """
        transpiler = self._config.transpiler
        return transpiled(
            measurement,
            self._service.backend(self.backend).target,
            seeds=transpiler.seeds,
            optimization_level=transpiler.optimization_level,
        )

    def run(
        self, settings: Sequence[Setting], seed: np.random.SeedSequence, unit: WorkUnit
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings, as one Estimator job and one Sampler job or, past the service's limits, more of them.

        What the errors of several outputs have in common, the service's Estimator does not tell.

        Args:
            settings: of prepared measurements, the same ones whenever the unit is run.
            seed: not used, as a device has its own randomness.
            unit: what is run, and paid once.

        Raises:
            BudgetError: before anything is submitted that would pass the budget.
            JobsPending: if jobs are left at the service to be collected later.
            ExecutionError: if a job fails for good or its result can't be used.
        """
        del seed
        self._settle()
        self._mode.leave_others()
        pace = remembered_pace(self._service.backend(self.backend), self._config.rep_delay, self._book)
        plans = plan_jobs(settings, unit, self._rules, self._config.limits, pace)
        jobs = [_Job(plan, self._known(plan.unit), []) for plan in plans]
        try:
            self._submit_missing(jobs, settings)
        except JobsPending as pending:
            raise JobsPending(tuple(job.entry.id for job in jobs if job.entry.id is not None)) from pending
        left: list[JobsPending] = []
        for job in jobs:
            try:
                self._collect(job, settings)
            except JobsPending as pending:
                left.append(pending)
        if left:
            raise JobsPending(tuple(job_id for pending in left for job_id in pending.ids))
        outcomes = joined(plans, [job.outcomes for job in jobs], settings)
        return tuple(outcomes), tuple(job.record for job in jobs if job.record is not None)

    def close(self, *, final: bool) -> None:
        """Let the session end, if there is one, and ask for billed times, which the service says late.

        Jobs at the service go on. A service that can't be reached now doesn't undo what is recorded.
        """
        try:
            self._mode.close()
            if final:
                for job_id in self._submitter.cancel_strays(BRIEFLY):
                    logger.warning("job %s came late, when the run was over; cancelled", job_id)
            for _ in range(_LAST_LOOKS if final else 1):
                self._settle(BRIEFLY)
                if not self._book.unsettled():
                    return
                if final:
                    self._service.pause()
        except ExecutionError as error:
            logger.warning("%s", error)
        except JobsPending:
            return  # the user doesn't wait for a service that can't be reached

    def _known(self, unit: WorkUnit) -> Entry:
        """The unit's entry, with the job that the service has for it, if it has one."""
        entry = self._book.plan(unit)
        # Even one that was only planned may have been submitted in the moment before a kill.
        return entry if entry.new else self._submitter.resumed(unit, entry)

    def _submit_missing(self, jobs: Sequence[_Job], settings: Sequence[Setting]) -> None:
        missing = [job for job in jobs if job.entry.id is None]
        if not missing:
            return
        self._mode.look()
        budget, spent = self._config.budget, self._book.spent()
        left = require_budget(budget, spent, self._mode.dedicated_seconds(), [job.plan for job in missing])
        calibration = self._calibration.watch(missing[0].plan.unit.name)
        for job in missing:
            payload = self._prepared(job.plan, settings).within(left + spent.correction * job.plan.qpu_seconds)
            job.entry = replace(job.entry, calibration=calibration, prepare_seconds=payload.seconds)
            if job is missing[0]:
                self._mode.ready()  # now that it has something to run
            self._submit(job, payload)

    def _prepared(self, plan: JobPlan, settings: Sequence[Setting]) -> Payload:
        sets = sum(chunk.parameter_sets * chunk.repeats for chunk in plan.chunks)
        self._tell(f"preparing {plan.unit.name}: {sets:,} parameter sets")
        try:
            return prepared(plan, settings, self._options, self._service.backend(self.backend))
        except CLIENT_ERRORS as error:
            raise self._refused(plan, error) from error

    def _submit(self, job: _Job, payload: Payload) -> None:
        """Submit the job, in another session if the service has closed its own, and as soon as the plan has a place."""
        pause, former = self._service.poll, None
        while True:
            session = self._announce(job)
            try:
                return self._send(job, payload)
            except CLIENT_ERRORS as error:
                if meaning(error) is Meaning.NO_PLACE:
                    self._tell("no free place for another job in the plan")
                    self._collector.rest(pause)
                    pause = self._collector.longer(pause)
                    continue
                self._mode.ready()  # the service may have closed the session just now
                if self._mode.session in {session, former}:
                    raise self._refused(job.plan, error) from error
                former = session

    def _send(self, job: _Job, payload: Payload) -> None:
        session = job.entry.session
        job.entry = self._submitter.submit(
            job.plan.unit, job.entry, lambda backend, tags: post(payload, backend, session, tags)
        )

    def _refused(self, plan: JobPlan, error: Exception) -> ExecutionError:
        return ExecutionError(f"IBM's service refuses the job of {plan.unit.name}: {said(error)}")

    def _announce(self, job: _Job) -> str | None:
        """Write down where the job is going to be submitted: in which session, if any; that is returned."""
        session = self._mode.session
        facts = {
            "backend": self.backend,
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

    def _collect(self, job: _Job, settings: Sequence[Setting]) -> None:
        """Wait for the job, run it again if it failed, and check its result."""
        unit = job.plan.unit

        def current() -> str:
            if job.entry.doubtful:  # a late one is cancelled while it waits behind the one that counts
                job.entry = self._submitter.find(unit, job.entry)
            return str(job.entry.id)

        while True:
            try:
                self._collector.wait(current)
                break
            except JobLost as lost:
                job.entry = self._next_attempt(job.plan, job.entry, lost)
                self._submit_missing([job], settings)
        job_id = str(job.entry.id)
        job.outcomes = self._collector.result(job_id, lambda results: chunk_outcomes(results, job.plan, settings))
        job.entry = self._submitter.find(unit, job.entry)  # whatever else came meanwhile
        job.record = self._record(job, self._collector.usage(job_id, job.plan.qpu_seconds))

    def _next_attempt(self, plan: JobPlan, entry: Entry, lost: JobLost) -> Entry:
        """The entry without its job; a lost one counts as what it was forecast to take, since it may have run."""
        unit, attempts, forecast = plan.unit, entry.attempts + (not lost.cancelled), plan.qpu_seconds
        doubt = 0.0 if lost.cancelled else forecast  # what is cancelled in the queue costs nothing
        billed = self._collector.usage(str(entry.id), doubt).seconds if lost.known else forecast
        seconds = entry.qpu_seconds_failed + billed
        facts = {"id": None, "attempts": attempts, "qpu_seconds_failed": seconds}
        if lost.advice is not None:
            self._book.update(unit, "failed", facts)
            raise ExecutionError(f"job {entry.id} for {unit.name}: {lost.reason}; {lost.advice}")
        if attempts >= self._config.service.attempts:
            self._book.update(unit, "failed", facts)
            raise ExecutionError(
                f"{attempts} jobs for {unit.name} failed, the last one ({entry.id}) with: {lost.reason}. Once the cause is "
                "mended, the same command goes on here"
            )
        self._book.note(unit.name, f"job {entry.id}: {lost.reason}; submitting it again")
        logger.warning("job %s: %s; submitting it again", entry.id, lost.reason)
        self._book.update(unit, "planned", facts)
        forgotten = replace(entry, id=None, state="planned", attempts=attempts, qpu_seconds_failed=seconds)
        return self._submitter.find(unit, forgotten)

    def _record(self, job: _Job, usage: Usage) -> JobRecord:
        plan, now = job.plan, datetime.now(UTC)
        started, finished = usage.started or now, usage.finished or now
        return JobRecord(
            id=str(job.entry.id),
            unit=plan.unit.name,
            backend=self.backend,
            session=job.entry.session,
            pubs=len(plan.chunks),
            parameter_sets=sum(chunk.parameter_sets for chunk in plan.chunks),
            shots=plan.circuits * plan.delivered,
            shots_requested=plan.circuits * plan.shots,
            status="done",
            started=started,
            finished=finished,
            qpu_seconds=usage.seconds,
            wall_seconds=(finished - started).total_seconds(),
            qpu_final=usage.final,
            attempts=job.entry.attempts + 1,
            duplicates=job.entry.duplicates,
            calibration=job.entry.calibration,
            prepare_seconds=job.entry.prepare_seconds,
            qpu_seconds_forecast=plan.qpu_seconds,
        )

    def _settle(self, patience: float | None = None) -> None:
        not_yet = 0
        for unit, job_id, forecast in self._book.unsettled():
            usage = self._collector.usage(job_id, forecast, patience)
            if usage.final:
                self._book.settle(unit, usage.seconds)
            else:
                not_yet += 1
            if not_yet == _NOT_YET:
                return
