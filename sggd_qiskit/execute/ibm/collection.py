"""Waiting for a job, and its result."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from qiskit.primitives import PrimitiveResult, PubResult
from qiskit_ibm_runtime import QiskitRuntimeService, RuntimeJobV2
from qiskit_ibm_runtime.exceptions import RuntimeJobFailureError, RuntimeJobMaxTimeoutError

from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, meaning, said
from sggd_qiskit.execute.ibm.service import LONGEST_PAUSE, SLICE, Service
from sggd_qiskit.execute.job import ExecutionError, JobsPending

T = TypeVar("T")

_DOWNLOADS = 5
_LOOKS = 5  # for a job that the service doesn't know, as it may not show yet what it has just taken
_MISSING = "missing"
_INVALID = "Error code 1517"  # circuits that the device doesn't take
_DAMAGED = (ValueError, TypeError, KeyError, AttributeError, IndexError, EOFError, zlib.error, struct.error)


class JobLost(Exception):  # noqa: N818 - what to do next, not an error of the user's
    """The job failed, was cancelled or is unknown to the service.

    Args:
        reason: what became of it.
        known: whether the service knows it, and so what it has billed.
        advice: what the user should do before it is run again; None if nothing.
        cancelled: whether somebody cancelled it, which is no failure.
    """

    def __init__(self, reason: str, *, known: bool, advice: str | None = None, cancelled: bool = False):
        super().__init__(reason)
        self.reason, self.known, self.advice, self.cancelled = reason, known, advice, cancelled

    @property
    def invalid(self) -> bool:
        """Whether the device doesn't take its circuits, so that the same ones will fail again."""
        return _INVALID in self.reason


class Collector:
    """Waits for jobs and gets their results.

    Args:
        service: where they run.
        leave: asked at each look at a job that isn't done; True leaves it there.
        tell: told the state of the job that is waited for.
    """

    def __init__(self, service: Service, leave: Callable[[], bool], tell: Callable[[str], None]):
        self._service, self._leave, self._tell = service, leave, tell

    def wait(self, current: Callable[[], str], *, steady: bool) -> None:
        """Wait until the job is done, however long it queues.

        Args:
            current: the job's id, asked before each look, since another job may have taken its place.
            steady: whether pauses stay as they are, as where the device waits on the clock; else they grow.

        Raises:
            JobLost: if it will not be.
            JobsPending: if it isn't to be waited for.
            ExecutionError: if the service can't be reached.
        """
        pause, missing = self._service.poll, 0
        while True:
            job_id = current()
            status, place = self._look(job_id)
            if status == "DONE":
                return
            missing = missing + 1 if status == _MISSING else 0
            if missing == _LOOKS:
                raise JobLost("the service doesn't know it any more", known=False)
            self._tell(f"job {job_id} {status.lower()}{place}")
            if missing:
                self._service.pause()
                continue
            self.rest(pause, (job_id,))
            pause = pause if steady else self.longer(pause)

    def result(self, job_id: str, unit: str, check: Callable[[Sequence[PubResult]], T]) -> T:
        """What ``check`` makes of the result of a job that is done; downloaded again if it came damaged.

        Args:
            job_id: the job's.
            unit: the name of the unit of work that it ran.
            check: raises `ExecutionError` if the result can't be used.

        Raises:
            ExecutionError: if the result stays damaged, or the service can't be reached.
        """
        problem = ""
        for attempt in range(_DOWNLOADS):
            if attempt:
                time.sleep(self._service.poll)
            try:
                found = self._service.patiently(
                    lambda: self._service.once(lambda client: _result(client, job_id), 5 * self._service.timeout)
                )
                return check(found)
            except CLIENT_ERRORS as error:
                raise self._service.failure(f"the result of job {job_id}", error) from error
            except ExecutionError as error:
                problem = str(error)
        raise ExecutionError(
            f"job {job_id} is done, but its result can't be used: {problem}. It was downloaded {_DOWNLOADS} times; the same "
            f"command downloads it again, without paying again. If that doesn't help, --again {unit} runs and pays it anew"
        )

    def longer(self, pause: float) -> float:
        """The pause after a pause, seconds."""
        return min(1.2 * pause, LONGEST_PAUSE * self._service.poll)

    def rest(self, pause: float, jobs: tuple[str, ...] = ()) -> None:
        """Pause, unless jobs are to be left; a long pause doesn't keep the user who wants to leave.

        Args:
            pause: seconds.
            jobs: ids of those that are waited for.

        Raises:
            JobsPending: if nothing is to be waited for.
        """
        end = time.monotonic() + pause
        while not self._leave():
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, SLICE))
        raise JobsPending(jobs)

    def _look(self, job_id: str) -> tuple[str, str]:
        """The job's status, or that the service doesn't know it, and its place in the queue in words.

        Raises:
            JobLost: if it failed, was cancelled or ran too long.
            ExecutionError: if the service can't be reached.
        """

        def look(client: QiskitRuntimeService) -> tuple[str, str]:
            job = client.job(job_id)
            status = str(job.status())
            if status == "ERROR":
                job.result()  # raises the reason
            return status, _place(job) if status == "QUEUED" else ""

        try:
            status, place = self._service.patiently(lambda: self._service.once(look))
        except RuntimeJobMaxTimeoutError as error:
            advice = (
                "choose fewer shots, or smaller execution.limits.executions, which splits steps into more jobs; or a larger "
                "execution.budget.qpu_seconds, if it was the last of it"
            )
            raise JobLost(
                f"it ran longer than the service allows ({said(error)})", known=True, advice=advice
            ) from error
        except RuntimeJobFailureError as error:
            raise JobLost(said(error), known=True) from error
        except CLIENT_ERRORS as error:
            if meaning(error) is Meaning.MISSING:
                return _MISSING, ""
            raise self._service.failure(f"job {job_id}", error) from error
        if status == "CANCELLED":
            raise JobLost("it was cancelled", known=True, advice="the same command submits it again", cancelled=True)
        return status, place


def _place(job: RuntimeJobV2) -> str:
    """The job's place in the queue, where the service tells it."""
    place = None
    with suppress(*CLIENT_ERRORS, *_DAMAGED):  # it isn't worth a second try
        place = job.metrics().get("position_in_queue")
    return "" if place is None else f", place {place} in the queue"


def _result(client: QiskitRuntimeService, job_id: str) -> list[PubResult]:
    """The job's result.

    Raises:
        ExecutionError: if there is none in what came.
    """
    try:
        found = client.job(job_id).result()
    except CLIENT_ERRORS:
        raise
    except _DAMAGED as error:  # half of a result, whichever half it is
        raise ExecutionError(f"it can't be decoded ({said(error)})") from error
    if not isinstance(found, PrimitiveResult):
        raise ExecutionError("it is empty" if not found else f"it is a {type(found).__name__}")
    return list(found)
