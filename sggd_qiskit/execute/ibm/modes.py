"""Sessions and batches: opened once, found again after a kill, opened anew when the service has closed them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from qiskit_ibm_runtime import Batch, QiskitRuntimeService, Session

from sggd_qiskit.execute.ibm.book import JobBook
from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, meaning, said
from sggd_qiskit.execute.ibm.service import Service

Mode = Literal["job", "batch", "session"]

_FALLBACK: dict[Mode, Mode] = {"session": "batch", "batch": "job"}
BRIEFLY = 15.0
"""Seconds for which the service is asked to close a session, which it does by itself before long."""
_SECONDS = "session seconds"


class ExecutionMode:
    """How jobs reach the backend.

    A session is never closed by leaving a block of code, since a run that is killed or stopped may come back to it.

    Args:
        mode: as configured; the next simpler one is taken where the service refuses it.
        service: asked for sessions.
        backend: its name.
        book: remembers the session's id.
        warn: told when another mode is taken, or another session.
    """

    def __init__(self, mode: Mode, service: Service, backend: str, book: JobBook, warn: Callable[[str], None]):
        self._mode, self._service, self._backend = mode, service, backend
        self._book, self._warn = book, warn

    @property
    def session(self) -> str | None:
        """The id of the session or batch, if there is one."""
        return None if self._mode == "job" else (self._book.recall(self._mode) or None)

    def look(self) -> None:
        """See how the session is, if there is one, and how long it has been billed; one that takes no jobs is forgotten.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        known = self.session
        if known and not self._accepts(known):
            self._warn(f"{self._mode} {known} takes no more jobs; opening another")
            self.forget()

    def ready(self) -> None:
        """See that jobs can be submitted at once: that the session takes jobs, or open another.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        self.look()
        if self.session is None:
            self._open()

    def forget(self) -> None:
        """Don't use the session again."""
        if self._mode != "job":
            self._book.remember(self._mode, "")

    def close(self) -> None:
        """Let the session end after its jobs; what is queued or running is not touched."""
        known, kind = self.session, self._kind
        if not known:
            return
        self._service.ask(f"closing the {self._mode}", lambda client: kind.from_id(known, client).close(), BRIEFLY)
        self._accepts(known, BRIEFLY)  # for the time that it has taken
        self.forget()

    def dedicated_seconds(self) -> float:
        """Time for which sessions have been billed by the clock, seconds."""
        return sum(float(entry.split("=")[1]) for entry in self._entries())

    def _open(self) -> None:
        while self._mode != "job":
            try:
                session = self._service.patiently(self._opened)
            except CLIENT_ERRORS as error:
                if meaning(error) is not Meaning.REFUSED:
                    raise self._service.failure(f"a {self._mode}", error) from error
                simpler = _FALLBACK[self._mode]
                self._warn(f"the service refuses a {self._mode} ({said(error)}); running in {simpler} mode")
                self._mode = simpler
                continue
            self._book.remember(self._mode, session)
            return

    def _opened(self) -> str:
        backend, kind = self._service.backend(self._backend), self._kind  # after a rejected token it is another object
        return self._service.once(lambda _: str(kind(backend).session_id))

    def _accepts(self, session: str, patience: float | None = None) -> bool:
        """Whether the session takes jobs; notes on the way how long it has been billed."""
        kind = self._kind

        def details(client: QiskitRuntimeService) -> dict[str, object]:
            return kind.from_id(session, client).details() or {}

        try:
            found = self._service.patiently(lambda: self._service.once(details), patience)
        except CLIENT_ERRORS as error:
            if meaning(error) in {Meaning.MISSING, Meaning.REFUSED}:
                return False
            raise self._service.failure(f"the {self._mode}", error) from error
        if found.get("mode") == "dedicated":
            others = [entry for entry in self._entries() if not entry.startswith(f"{session}=")]
            self._book.remember(
                _SECONDS, " ".join([*others, f"{session}={float(str(found.get('usage_time') or 0)):g}"])
            )
        return bool(found.get("accepting_jobs")) and found.get("state") != "closed"

    @property
    def _kind(self) -> type[Session]:
        kind: type[Session] = Session if self._mode == "session" else Batch
        return kind

    def _entries(self) -> list[str]:
        return (self._book.recall(_SECONDS) or "").split()
