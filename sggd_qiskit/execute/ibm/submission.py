"""Submitting a unit of work once.

The service has no idempotency key, only tags. So the unit is written down before its job is submitted, and after every
outcome that leaves it open whether there is a job, the service is asked for jobs with the unit's tag.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from qiskit_ibm_runtime import IBMBackend, QiskitRuntimeService, RuntimeJobV2
from qiskit_ibm_runtime.exceptions import RuntimeInvalidStateError, RuntimeJobNotFound

from sggd_qiskit.execute.ibm.book import Entry, JobBook
from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, HungError, Meaning, meaning
from sggd_qiskit.execute.ibm.redaction import redacted
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.job import WorkUnit

logger = logging.getLogger(__name__)

QUEUED = "QUEUED"
LIVING = ("INITIALIZING", QUEUED, "RUNNING", "DONE")
SUBMIT_FACTOR = 5
"""Submitting uploads the circuits, and so may take this many times as long as another request."""

_WARNED = "warned"
_PAGE = 50  # of jobs of one unit; there are never as many


@dataclass(frozen=True)
class Found:
    """A job at the service."""

    id: str
    status: str
    created: str


def known_jobs(client: QiskitRuntimeService, entry: Entry) -> list[Found]:
    """The jobs with the entry's tag, and the one whose id is known, which a list may not show yet."""
    jobs = [job for job in client.jobs(job_tags=[entry.tag], limit=_PAGE) if entry.tag in (job.tags or [])]
    if entry.id is not None and entry.id not in {job.job_id() for job in jobs}:
        with suppress(RuntimeJobNotFound):
            jobs.append(client.job(entry.id))
    return [Found(job.job_id(), _status(job), str(job.creation_date or "")) for job in jobs]


def _status(job: RuntimeJobV2) -> str:
    try:
        return str(job.status())
    except CLIENT_ERRORS as error:
        if meaning(error) is Meaning.MISSING:  # though it was found a moment ago: who waits for it looks again
            return "INITIALIZING"
        raise


def _preference(job: Found, known: str | None) -> tuple[int, bool, str, str]:
    """What has run is kept before what runs, and that before what waits; else the earliest.

    Of several that have run it is the known one, whose result may have been read already.
    """
    rank = {"DONE": 0, "RUNNING": 1}.get(job.status, 2)
    return rank, rank == 0 and job.id != known, job.created, job.id


def pending_jobs(client: QiskitRuntimeService, tag: str) -> tuple[tuple[str, str], ...]:
    """Ids and states of the jobs with a tag that are not done."""
    jobs = [job for job in client.jobs(job_tags=[tag], pending=True, limit=_PAGE) if tag in (job.tags or [])]
    return tuple((job.job_id(), str(job.status())) for job in jobs)


def cancelled(client: QiskitRuntimeService, job: str) -> bool:
    """Cancel a job; False if it is too late for that."""
    try:
        client.job(job).cancel()
    except RuntimeInvalidStateError:
        return False
    return True


def _was_cancelled(client: QiskitRuntimeService, entry: Entry) -> bool:
    try:
        return str(client.job(str(entry.id)).status()) == "CANCELLED"
    except RuntimeJobNotFound:
        return False


class Submitter:
    """Submits units of work, and adopts jobs that are there already.

    Args:
        service: where.
        backend: the name of the device.
        book: written before and after.
        tags: the user's own, which all jobs get.
    """

    def __init__(self, service: Service, backend: str, book: JobBook, tags: Sequence[str] = ()):
        self._service, self._backend, self._book, self._tags = service, backend, book, tuple(tags)

    def find(self, unit: WorkUnit, entry: Entry) -> Entry:
        """The entry with the job that counts, if the service has one; others of the same unit are cancelled.

        A job that has failed is kept only if its failure has not been counted yet.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        found = self._service.ask("jobs submitted before", lambda client: known_jobs(client, entry))
        living = sorted((job for job in found if job.status in LIVING), key=lambda job: _preference(job, entry.id))
        if not living:
            return self._uncounted(unit, entry, found)
        kept, *others = living
        fresh = tuple(job.id for job in others if job.id not in entry.duplicates)
        for job in others:
            if job.status != "DONE":
                self._cancel(job.id)
        if kept.id != entry.id or fresh:
            entry = replace(entry, state="submitted", id=kept.id, duplicates=(*entry.duplicates, *fresh))
            self._book.update(unit, "submitted", {"id": kept.id, "duplicates": list(entry.duplicates)})
        if fresh:
            late = sum(job.status in {"RUNNING", "DONE"} and job.id in fresh for job in others)
            self._book.note(
                unit.name,
                f"the service held {len(living)} jobs for one unit of work, as happens when a request is repeated; "
                f"kept {kept.id}, cancelled {', '.join(fresh)}" + (f" ({late} had begun to run)" if late else ""),
            )
        return entry

    def resumed(self, unit: WorkUnit, entry: Entry) -> Entry:
        """As ``find``, for a unit of an earlier process: a job that was cancelled meanwhile is as if it had never been.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        age = 0.0 if entry.announced is None else (datetime.now(UTC) - entry.announced).total_seconds()
        entry = self._looked_for(unit, entry, 0.0 if entry.announced is None else self._service.listing - age)
        if entry.id is None or not self._service.ask("a job submitted before", lambda c: _was_cancelled(c, entry)):
            return entry
        self._book.update(unit, "planned", {"id": None, "qpu_seconds": None})
        return replace(entry, id=None, state="planned")

    def submit(self, unit: WorkUnit, entry: Entry, send: Callable[[IBMBackend, Sequence[str]], RuntimeJobV2]) -> Entry:
        """Submit the unit, unless its job turns out to be there after an unclear outcome.

        Args:
            unit: what is submitted; planned before.
            entry: what is known of it.
            send: submits the job, which is prepared, to the backend with the tags that it is given, in a thread of its
                own; called again only when there is no job.

        Raises:
            Exception: the client's, if the service refuses; see ``faults``.
            ExecutionError: if the service can't be reached.
        """
        tags = [entry.tag, self._book.run_tag, *self._tags]
        open_question = False

        def attempt() -> Entry:
            nonlocal open_question, entry
            if open_question:
                entry = self._looked_for(unit, replace(entry, doubtful=True), self._service.listing)
                if entry.id is not None:
                    return entry
            backend = self._service.backend(self._backend)  # after a rejected token it is another object
            before, open_question = open_question, True
            try:
                job_id = self._service.once(
                    lambda _: str(send(backend, tags).job_id()),
                    SUBMIT_FACTOR * self._service.timeout,
                    lambda text: self._warn(unit, text),
                )
            except HungError as error:
                open_question = before or error.posted
                raise
            self._book.update(unit, "submitted", {"id": job_id})
            # What was given up before may have come meanwhile.
            return self.find(unit, replace(entry, state="submitted", id=job_id))

        try:
            return self._service.patiently(attempt)
        except CLIENT_ERRORS as error:
            if meaning(error) in {Meaning.REFUSED, Meaning.MISSING, Meaning.NO_PLACE}:
                raise
            raise self._service.failure("a job", error) from error

    def cancel_strays(self, patience: float) -> tuple[str, ...]:
        """Cancel what still waits of a run that is over: what came late of requests that were given up.

        Args:
            patience: seconds, if less than the configured ones.

        Returns:
            The jobs' ids.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        run_tag = self._book.run_tag

        def pending(client: QiskitRuntimeService) -> list[tuple[str, tuple[str, ...]]]:
            jobs = client.jobs(job_tags=[run_tag], pending=True, limit=_PAGE)
            return [(job.job_id(), tuple(job.tags or ())) for job in jobs]

        found = self._service.ask("jobs that are left", pending, patience)
        strays = tuple((job, tags) for job, tags in found if run_tag in tags)
        for job, tags in strays:
            self._cancel(job, patience)
            unit = next((tag for tag in tags if tag.startswith(f"{run_tag}-")), "").removeprefix(f"{run_tag}-")
            self._book.note(unit, f"job {job} came to the service late, when the unit was done; cancelled")
        return tuple(job for job, _ in strays)

    def drop(self, entry: Entry) -> None:
        """Cancel the jobs of an entry, whatever they are worth.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        for job in self._service.ask("jobs submitted before", lambda client: known_jobs(client, entry)):
            if job.status in LIVING and job.status != "DONE":
                self._cancel(job.id)

    def _looked_for(self, unit: WorkUnit, entry: Entry, seconds: float) -> Entry:
        """The entry with its job if there is one, looked for so many seconds, as lists may show a new job late."""
        end = time.monotonic() + seconds
        while True:
            entry = self.find(unit, entry)
            if entry.id is not None or time.monotonic() >= end:
                return entry
            self._service.pause()

    def _warn(self, unit: WorkUnit, text: str) -> None:
        """Pass on what the client warns of at a submission, such as a limit or maintenance, once a run."""
        text, told = redacted(text), (self._book.recall(_WARNED) or "").splitlines()
        if text not in told:
            self._book.remember(_WARNED, "\n".join([*told, text]))
            self._book.note(unit.name, text)
            logger.warning("%s", text)

    def _uncounted(self, unit: WorkUnit, entry: Entry, found: Sequence[Found]) -> Entry:
        """The entry with a job that failed without being noticed, as when the process was killed; else as it is."""
        if entry.id is not None:
            return entry  # who waits for it is told what became of it
        failed = [job for job in found if job.status == "ERROR" and job.id not in entry.duplicates]
        if len(failed) <= entry.attempts:
            return entry
        last = max(failed, key=lambda job: (job.created, job.id))
        self._book.update(unit, "submitted", {"id": last.id})
        return replace(entry, state="submitted", id=last.id)

    def _cancel(self, job: str, patience: float | None = None) -> None:
        try:
            self._service.patiently(lambda: self._service.once(lambda client: cancelled(client, job)), patience)
        except CLIENT_ERRORS as error:  # finished meanwhile: nothing is left to be saved
            if meaning(error) not in {Meaning.REFUSED, Meaning.MISSING}:
                raise self._service.failure("cancelling a duplicate", error) from error
