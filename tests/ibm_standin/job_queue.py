"""The device's queue: jobs run one after another in a thread of the server."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta

from . import execution
from .answer import ServiceError, now
from .bill import bill
from .catalogue import Catalogue
from .execution import Simulator
from .job import FINAL, TOO_LONG, End, Job
from .sessions import Sessions

FAILURE, INVALID = 9999, 1517  # reason codes
NOT_ISA = "The instruction ccz on qubits (0, 1, 2) is not supported by the target system."


class JobQueue:
    """Jobs in the order of their submission.

    Args:
        catalogue: the devices.
        sessions: to be told of starts.
        simulator: gives what takes the shots for a device.
        queue_seconds: how long every job waits at least before it starts.
        seconds_per_job: how long every job runs at least.
        places: jobs that may be queued or running at a time; None for any number.
        subjob: executions in a sub-job at most.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        sessions: Sessions,
        simulator: Callable[[str], Simulator],
        queue_seconds: float,
        seconds_per_job: float,
        places: int | None = None,
        subjob: int = 10_000_000,
    ):
        self._subjob = subjob
        self._catalogue, self._sessions, self._simulator = catalogue, sessions, simulator
        self.queue_seconds, self._seconds_per_job, self._places = queue_seconds, seconds_per_job, places
        self.changed = threading.Condition(threading.RLock())
        self._stopping = False
        self._worker: threading.Thread | None = None
        self.invalid: dict[str, str] = {}
        self.jobs: dict[str, Job] = {}

    def start(self) -> None:
        """Begin to run jobs; a job that was interrupted runs again from its start."""
        with self.changed:
            self._stopping = False
            for job in self.jobs.values():
                if job.state == "Running":
                    job.state, job.running = "Queued", None
        self._worker = threading.Thread(target=self._work, name="stand-in queue", daemon=True)
        self._worker.start()

    def stop(self) -> None:
        """End the thread; what is not finished stays in the queue."""
        with self.changed:
            self._stopping = True
            self.changed.notify_all()
        if self._worker:
            self._worker.join()

    def submit(self, job: Job) -> None:
        """Take a job.

        Raises:
            ServiceError: if its backend is not known, its session not open, or all places are taken.
        """
        self._catalogue.configuration(job.backend)
        with self.changed:
            if self._places is not None and self.waiting() >= self._places:
                raise ServiceError(400, 3458, "Job create exceeds open plan job limits", "Wait for a job to end.")
            if job.session_id:
                session = self._sessions.find(job.session_id)
                session.admit()
                session.jobs.append(job)
                if job.fault and job.fault.kind == "session_closes":
                    session.close(at_once=True)
            self.jobs[job.id] = job
            self.changed.notify_all()

    def cancel(self, job: Job) -> None:
        """Cancel a job that is not final.

        Raises:
            ServiceError: 409 if it is.
        """
        with self.changed:
            if job.state in FINAL:
                raise ServiceError(409, 1203, f"Job {job.id} is already in the final state {job.state}.")
            job.charged = (now() - job.running).total_seconds() if job.running else 0.0
            job.end(End("Cancelled", reason="Cancelled by the user."))
            self.changed.notify_all()

    def remove(self, job: Job) -> None:
        """Forget a job that is final.

        Raises:
            ServiceError: 409 if it is not.
        """
        with self.changed:
            if job.state not in FINAL:
                raise ServiceError(409, 1203, f"Job {job.id} is {job.state}.", "Cancel the job first.")
            del self.jobs[job.id]

    def place(self, job: Job) -> int | None:
        """A job's place in the queue, counted from 1; None if it isn't in it."""
        queued = [other for other in list(self.jobs.values()) if other.state == "Queued"]
        return queued.index(job) + 1 if job in queued else None

    def waiting(self) -> int:
        """The number of jobs that are not final."""
        return sum(job.state not in FINAL for job in list(self.jobs.values()))

    def _work(self) -> None:
        while True:
            with self.changed:
                job = next((job for job in self.jobs.values() if job.state == "Queued"), None)
                if self._stopping:
                    return
                wait = None if job is None else self.queue_seconds - (now() - job.created).total_seconds()
                if job is None or (wait is not None and wait > 0):
                    self.changed.wait(wait)
                    continue
                job.state, job.running = "Running", now()
                if job.session_id:
                    self._sessions.find(job.session_id).note_start()
            self._run(job)

    def _run(self, job: Job) -> None:
        """Run a job and, unless it was cancelled meanwhile, end it."""
        end = self._end(job)
        until = (job.running or now()) + timedelta(seconds=self._seconds_per_job)
        with self.changed:
            while job.state == "Running" and not self._stopping and now() < until:
                self.changed.wait((until - now()).total_seconds())
            if job.state == "Running" and now() >= until:
                failed = (job.fault.seconds if job.fault else None) or 0.0
                job.charged = failed if end.state == "Failed" else job.billed
                job.end(end)

    def _rep_delay(self, job: Job) -> float:
        """Seconds: that of the request, or the device's own."""
        asked: float | None = job.params["options"].get("rep_delay")
        return 1e-6 * self._catalogue.configuration(job.backend)["default_rep_delay"] if asked is None else asked

    def _end(self, job: Job) -> End:
        """How a job ends: as its fault wants, or with its results."""
        kind = job.fault.kind if job.fault else None
        wanted = job.fault.reason if job.fault else None
        if job.fault and kind == "job_fails":
            reason = wanted or "Internal error of the device."
            return End("Failed", reason.encode(), reason, job.fault.code or FAILURE)
        cost = job.payload.get("cost")
        if kind == "job_too_long":
            job.billed = job.estimated_seconds
            return End("Cancelled", b"", "Ran too long", TOO_LONG)
        if kind == "invalid_program":
            self.invalid[job.content_hash] = wanted or NOT_ISA
        if self.invalid and job.content_hash in self.invalid:
            reason = self.invalid[job.content_hash]
            return End("Failed", reason.encode(), reason, INVALID)
        try:
            program = execution.decoded(job.params)
            execution.require_isa(program, self._catalogue.configuration(job.backend))
            device = self._catalogue.target(job.backend)
            job.billed = bill(program, device, self._rep_delay(job), self._subjob)
            if cost and job.billed > cost:
                job.billed = cost
                return End("Cancelled", b"", "Ran too long", TOO_LONG)
            results = execution.run(program, self._simulator(job.backend))
            body = execution.encoded(job.params, results, job.running or now(), now())
        except Exception as error:  # noqa: BLE001 - whatever a job does, the queue goes on
            return End("Failed", traceback.format_exc().encode(), str(error), INVALID)
        return End("Completed", json.dumps(body).encode())
