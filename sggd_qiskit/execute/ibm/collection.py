"""Waiting for a job, and its result."""

from __future__ import annotations

import struct
import time
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from qiskit.primitives import PrimitiveResult, PubResult
from qiskit_ibm_runtime import QiskitRuntimeService
from qiskit_ibm_runtime.exceptions import RuntimeJobFailureError, RuntimeJobMaxTimeoutError

from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, meaning, said
from sggd_qiskit.execute.ibm.service import LONGEST_PAUSE, SLICE, Service
from sggd_qiskit.execute.job import ExecutionError, JobsPending

T = TypeVar("T")

_DOWNLOADS = 5
_LOOKS = 5  # for a job that the service doesn't know, as it may not show yet what it has just taken
_MISSING = "missing"
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


@dataclass(frozen=True)
class Usage:
    """What a job was billed.

    Attributes:
        seconds: on the device.
        final: whether the service has done its sums.
        started: when it began to run, UTC.
        finished: when it ended, UTC.
    """

    seconds: float
    final: bool
    started: datetime | None
    finished: datetime | None


class Collector:
    """Waits for jobs and gets their results.

    Args:
        service: where they run.
        leave: asked at each look at a job that isn't done; True leaves it there.
        tell: told the state of the job that is waited for.
    """

    def __init__(self, service: Service, leave: Callable[[], bool], tell: Callable[[str], None]):
        self._service, self._leave, self._tell = service, leave, tell

    def wait(self, current: Callable[[], str]) -> None:
        """Wait until the job is done, however long it queues.

        Args:
            current: the job's id, asked before each look, since another job may have taken its place.

        Raises:
            JobLost: if it will not be.
            JobsPending: if it isn't to be waited for.
            ExecutionError: if the service can't be reached.
        """
        pause, missing = self._service.poll, 0
        while True:
            job_id = current()
            status = self._look(job_id)
            if status == "DONE":
                return
            missing = missing + 1 if status == _MISSING else 0
            if missing == _LOOKS:
                raise JobLost("the service doesn't know it any more", known=False)
            self._tell(f"job {job_id} {status.lower()}")
            if missing:
                self._service.pause()
                continue
            self.rest(pause, (job_id,))
            pause = self.longer(pause)

    def result(self, job_id: str, check: Callable[[Sequence[PubResult]], T]) -> T:
        """What ``check`` makes of the result of a job that is done; downloaded again if it came damaged.

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
            except CLIENT_ERRORS as error:
                raise self._service.failure(f"the result of job {job_id}", error) from error
            except _DAMAGED as error:
                problem = f"it can't be decoded ({said(error)})"  # half of a result, whichever half it is
                continue
            if not isinstance(found, PrimitiveResult):
                problem = "it is empty" if not found else f"it is a {type(found).__name__}"
                continue
            try:
                return check(list(found))
            except ExecutionError as error:
                problem = str(error)
        raise ExecutionError(
            f"job {job_id} is done, but its result can't be used: {problem}. It was downloaded {_DOWNLOADS} times; the same "
            "command downloads it again, without paying again"
        )

    def usage(self, job_id: str, forecast: float, patience: float | None = None) -> Usage:
        """What the job was billed; ``forecast`` until the service says, and for good if it doesn't know the job any more.

        Args:
            job_id: the job's.
            forecast: seconds.
            patience: seconds, if less than the configured ones.

        Raises:
            ExecutionError: if the service can't be reached.
        """

        def look(client: QiskitRuntimeService) -> dict[str, Any]:
            return dict(client.job(job_id).metrics())

        try:
            metrics = self._service.patiently(lambda: self._service.once(look), patience)
        except CLIENT_ERRORS as error:
            if meaning(error) is Meaning.MISSING:
                return Usage(forecast, final=True, started=None, finished=None)
            raise self._service.failure(f"the usage of job {job_id}", error) from error
        usage, times = metrics.get("usage") or {}, metrics.get("timestamps") or {}
        seconds = usage.get("qpu_charge_time_seconds")
        if seconds is None:
            seconds = usage.get("quantum_seconds")
        final = usage.get("status") == "complete" and seconds is not None
        return Usage(
            float(seconds) if final and seconds is not None else forecast,
            final,
            _time(times.get("running")),
            _time(times.get("finished")),
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

    def _look(self, job_id: str) -> str:
        """The job's status, or that the service doesn't know it.

        Raises:
            JobLost: if it failed, was cancelled or ran too long.
            ExecutionError: if the service can't be reached.
        """

        def look(client: QiskitRuntimeService) -> str:
            job = client.job(job_id)
            status = str(job.status())
            if status == "ERROR":
                job.result()  # raises the reason
            return status

        try:
            status = self._service.patiently(lambda: self._service.once(look))
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
                return _MISSING
            raise self._service.failure(f"job {job_id}", error) from error
        if status == "CANCELLED":
            raise JobLost("it was cancelled", known=True, advice="the same command submits it again", cancelled=True)
        return status


def _result(client: QiskitRuntimeService, job_id: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about fits; what comes of them is checked
        return client.job(job_id).result()


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
