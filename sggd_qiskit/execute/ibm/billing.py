"""What jobs were billed: asked for when they are done, and again until the service has said its last word."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from qiskit_ibm_runtime import QiskitRuntimeService

from sggd_qiskit.execute.ibm.book import Bill, JobBook
from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, meaning, said
from sggd_qiskit.execute.ibm.service import BRIEFLY, Service
from sggd_qiskit.execute.job import JobsPending

logger = logging.getLogger(__name__)

_NOT_YET = (
    3  # billed times that the service doesn't say, one after the other; it will not say those of later jobs either
)


@dataclass(frozen=True)
class Usage:
    """What a job was billed.

    Attributes:
        seconds: on the device.
        final: whether the service has done its sums.
        created: when the service took it, UTC.
        started: when it began to run, UTC.
        finished: when it ended, UTC.
    """

    seconds: float
    final: bool
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None


def usage(service: Service, job_id: str, forecast: float) -> Usage:
    """What a job was billed; ``forecast`` until the service says, and for good if it doesn't know the job any more.

    A service that doesn't say it now keeps nobody waiting: it is asked again later.

    Args:
        service: where it ran.
        job_id: the job's.
        forecast: seconds.
    """

    def look(client: QiskitRuntimeService) -> Usage:
        metrics = dict(client.job(job_id).metrics())
        told, times = metrics.get("usage") or {}, metrics.get("timestamps") or {}
        seconds = told.get("qpu_charge_time_seconds")
        if seconds is None:
            seconds = told.get("quantum_seconds")
        final = told.get("status") == "complete" and seconds is not None
        created, started, finished = (_time(times.get(key)) for key in ("created", "running", "finished"))
        return Usage(float(seconds or 0) if final else forecast, final, created, started, finished)

    try:
        return service.patiently(lambda: service.once(look), BRIEFLY)
    except JobsPending:
        return Usage(forecast, final=False)
    except CLIENT_ERRORS as error:
        if meaning(error) is not Meaning.MISSING:
            logger.info("the billed time of job %s is not known yet: %s", job_id, said(error))
        return Usage(forecast, final=meaning(error) is Meaning.MISSING)


def bill(service: Service, found: Usage, duplicates: tuple[str, ...], forecast: float) -> Bill:
    """What a unit of work cost: the job that counts, and whatever ran beside it.

    Args:
        service: where they ran.
        found: what the job that counts was billed.
        duplicates: ids of further jobs; one that never ran was cancelled in time, and cost nothing.
        forecast: of each of them, seconds.
    """
    asked = [usage(service, job, forecast) for job in duplicates]
    others = [other for other in asked if other.started is not None or other.created is None]
    return Bill(found.seconds, sum(other.seconds for other in others), found.final and all(o.final for o in others))


def settle(service: Service, book: JobBook) -> None:
    """Ask for billed times that were forecasts when their steps were recorded."""
    not_yet = 0
    for unit in book.unsettled():
        found = bill(service, usage(service, unit.id, unit.forecast), unit.duplicates, unit.forecast)
        if found.final:
            book.settle(unit.name, found)
        else:
            not_yet += 1
        if not_yet == _NOT_YET:
            return


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
