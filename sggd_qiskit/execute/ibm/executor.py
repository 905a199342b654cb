"""An IBM device as what runs circuits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from sggd_qiskit.circuit.measurement import Measurement, Outcome, Readout, Setting
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.execute.ibm.billing import bill, settle, usage
from sggd_qiskit.execute.ibm.book import Entry, JobBook
from sggd_qiskit.execute.ibm.collection import Collector, JobLost
from sggd_qiskit.execute.ibm.options import primitive_options
from sggd_qiskit.execute.ibm.pubs import chunk_outcomes, joined
from sggd_qiskit.execute.ibm.sampling import Sampling, SentStep
from sggd_qiskit.execute.ibm.sending import Sender, StepJob
from sggd_qiskit.execute.ibm.service import BRIEFLY, Service
from sggd_qiskit.execute.ibm.splitting import plan_jobs
from sggd_qiskit.execute.ibm.timing import remembered_pace
from sggd_qiskit.execute.job import ExecutionError, JobRecord, JobsPending, WorkUnit
from sggd_qiskit.execute.transpiling import transpiled

logger = logging.getLogger(__name__)

_LAST_LOOKS = 5  # for billed times at the end of a run


class IbmExecutor:
    """Runs measurements on a device of IBM's, each unit of work in one job that is paid once.

    Args:
        config: the ``execution`` block.
        service: connected.
        backend: the device's name.
        book: what is remembered between processes.
        leave: asked while a job is waited for; True leaves it to a later call.
        tell: told what is being waited for.
        again: names of units whose jobs are dropped, to be run and paid anew.
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
        again: Set[str] = frozenset(),
    ):
        self._config, self._service, self._book = config, service, book
        self.backend = backend
        options = primitive_options(config.options, config.rep_delay)
        self._rules, self._sampling = options.rules, Sampling(options, lambda: service.backend(backend).target)
        self._collector = Collector(service, leave, tell)
        self._sender = Sender(config, service, backend, book, collector=self._collector, tell=tell)
        self._mode, self._submitter = self._sender.mode, self._sender.submitter
        self._again = set(again)
        self._ended: dict[str, datetime] = {}  # when the last job of each session ended

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
            initial_layout=transpiler.initial_layout,
            exclude=transpiler.exclude,
        )

    def run(
        self, settings: Sequence[Setting], seed: np.random.SeedSequence, unit: WorkUnit
    ) -> tuple[tuple[Outcome, ...], tuple[JobRecord, ...]]:
        """All settings as one Sampler job, beside one of the Estimator if expectation values are extrapolated to zero noise.

        Past the service's limits there are more of them.

        Args:
            settings: of prepared measurements, the same ones whenever the unit is run.
            seed: not used, as a device has its own randomness.
            unit: what is run, and paid once.

        Raises:
            BudgetError: before anything is submitted that would pass the budget.
            CircuitsOutdated: likewise, if the device has changed and doesn't take the circuits any more.
            JobsPending: if jobs are left at the service to be collected later.
            ExecutionError: if a job fails for good or its result can't be used.
        """
        del seed
        settle(self._service, self._book)
        self._mode.leave_others()
        pace = remembered_pace(self._service.backend(self.backend), self._config.rep_delay, self._book)
        step = self._sampling.step(settings)
        plans = plan_jobs(step.settings, unit, self._rules, self._config.limits, pace)
        jobs = [StepJob(plan, self._known(plan.unit, plan.qpu_seconds)) for plan in plans]
        left: list[str] = []
        try:
            self._sender.send(jobs, step.settings)
        except JobsPending:
            left = [job.entry.id for job in jobs if job.entry.id is not None]
            self._mode.rest()
            raise JobsPending(tuple(left)) from None
        for job in jobs:
            try:
                self._collect(job, jobs, step)
            except JobsPending as pending:
                left.extend(pending.ids)
        if left:
            self._mode.rest()
            raise JobsPending(tuple(left))
        found = joined(plans, [job.found for job in jobs], step.settings)
        return self._sampling.outcomes(step, found), tuple(job.record for job in jobs if job.record is not None)

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
                settle(self._service, self._book)
                if not self._book.unsettled():
                    return
                if final:
                    self._service.pause()
        except ExecutionError as error:
            logger.warning("%s", error)
        except JobsPending:
            return  # the user doesn't wait for a service that can't be reached

    def _known(self, unit: WorkUnit, forecast: float) -> Entry:
        """The unit's entry, with the job that the service has for it, if it has one."""
        entry = self._book.plan(unit)
        if unit.name in self._again:
            self._again.remove(unit.name)
            return self._renewed(unit, entry, forecast)
        # Even one that was only planned may have been submitted in the moment before a kill.
        return entry if entry.new else self._submitter.resumed(unit, entry)

    def _renewed(self, unit: WorkUnit, entry: Entry, forecast: float) -> Entry:
        """The entry begun anew; what its job was billed stays on the account."""
        self._submitter.drop(entry)
        ran = entry.id is not None
        spent = usage(self._service, str(entry.id), forecast).seconds if ran else 0.0
        facts = {
            "id": None,
            "attempts": entry.attempts + ran,
            "qpu_seconds_failed": entry.qpu_seconds_failed + spent,
        }
        self._book.note(unit.name, f"job {entry.id} was dropped, as the user wanted, and {unit.name} is run again")
        return self._book.renew(unit, facts)

    def _collect(self, job: StepJob, jobs: Sequence[StepJob], step: SentStep) -> None:
        """Wait for the job, run it again if it failed, and check its result."""
        unit, forecast = job.plan.unit, job.plan.qpu_seconds

        def current() -> str:
            for one in jobs:
                if one.entry.doubtful and one.record is None:
                    # A late one is cancelled while it waits behind the one that counts.
                    one.entry = self._submitter.find(one.plan.unit, one.entry)
            return str(job.entry.id)

        while True:
            try:
                self._collector.wait(current, steady=self._mode.dedicated)
                break
            except JobLost as lost:
                job.entry = self._next_attempt(job, lost, step.settings)
                self._sender.send([job], step.settings)
        job_id = str(job.entry.id)
        found = self._collector.result(
            job_id, unit.name, lambda results: chunk_outcomes(results, job.plan, step.settings, step.calibration)
        )
        job.found = tuple(found)
        job.entry = self._submitter.find(unit, job.entry)  # whatever else came meanwhile
        job.record = self._record(job, forecast)

    def _next_attempt(self, job: StepJob, lost: JobLost, settings: Sequence[Setting]) -> Entry:
        """The entry without its job; a lost one counts as what it was forecast to take, since it may have run."""
        plan, entry, forecast = job.plan, job.entry, job.plan.qpu_seconds
        unit = plan.unit
        if not lost.known:
            found = self._submitter.find(unit, replace(entry, id=None))
            if found.id is not None:  # it is listed, whatever was said of it before
                return found
        attempts = entry.attempts + (not lost.cancelled)
        doubt = 0.0 if lost.cancelled else forecast  # what is cancelled in the queue costs nothing
        billed = usage(self._service, str(entry.id), doubt).seconds if lost.known else forecast
        seconds = entry.qpu_seconds_failed + billed
        facts = {"id": None, "attempts": attempts, "qpu_seconds_failed": seconds}
        if lost.advice is not None:
            self._book.update(unit, "failed", facts)
            raise ExecutionError(f"job {entry.id} for {unit.name}: {lost.reason}; {lost.advice}")
        if lost.invalid:
            self._book.update(unit, "failed", facts)
            self._sender.calibration.check(unit.name, [settings[c.setting].measurement.circuit for c in plan.chunks])
            raise ExecutionError(
                f"{self.backend} doesn't take the circuits of {unit.name}, though its target has all of their "
                f"instructions (job {entry.id}: {lost.reason}); wait for its next calibration, or choose another device"
            )
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

    def _record(self, job: StepJob, forecast: float) -> JobRecord:
        plan, entry, now = job.plan, job.entry, datetime.now(UTC)
        found = usage(self._service, str(entry.id), forecast)
        cost = bill(self._service, found, entry.duplicates, forecast)
        started, finished = found.started or now, found.finished or now
        before = self._ended.get(entry.session or "")
        idle = None if before is None or found.created is None else max((found.created - before).total_seconds(), 0.0)
        if entry.session is not None:
            self._ended[entry.session] = finished if before is None else max(before, finished)
        return JobRecord(
            id=str(entry.id),
            unit=plan.unit.name,
            backend=self.backend,
            session=entry.session,
            pubs=len(plan.chunks),
            parameter_sets=sum(chunk.parameter_sets for chunk in plan.chunks),
            shots=plan.circuits * plan.delivered,
            shots_requested=plan.circuits * plan.shots,
            status="done",
            started=started,
            finished=finished,
            qpu_seconds=cost.qpu_seconds,
            wall_seconds=(finished - started).total_seconds(),
            qpu_final=cost.final,
            attempts=entry.attempts + 1,
            duplicates=entry.duplicates,
            calibration=entry.calibration,
            prepare_seconds=entry.prepare_seconds,
            idle_seconds=idle,
            qpu_seconds_failed=entry.qpu_seconds_failed,
            qpu_seconds_duplicates=cost.duplicates,
            qpu_seconds_forecast=job.plan.qpu_seconds,
        )
