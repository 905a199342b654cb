"""When a device was calibrated, and that it was calibrated anew."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sggd_qiskit.execute.ibm.book import JobBook
from sggd_qiskit.execute.ibm.service import Service

logger = logging.getLogger(__name__)

_KEY = "calibration"


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
