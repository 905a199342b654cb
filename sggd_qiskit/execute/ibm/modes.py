"""Sessions and batches: opened once, found again after a kill, opened anew when the service has closed them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from qiskit_ibm_runtime import Batch, QiskitRuntimeService, Session

from sggd_qiskit.execute.ibm.book import SESSION_SECONDS, JobBook, dedicated_seconds
from sggd_qiskit.execute.ibm.faults import CLIENT_ERRORS, Meaning, meaning, said
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.job import ExecutionError

Mode = Literal["job", "batch", "session"]

_KINDS: dict[Mode, type[Session]] = {"session": Session, "batch": Batch}
_FALLBACK: dict[Mode, Mode] = {"session": "batch", "batch": "job"}
BRIEFLY = 15.0
"""Seconds for which the service is asked to close a session, which it does by itself before long."""


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
        if known and not self._accepts(self._mode, known):
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

    def leave_others(self) -> None:
        """Close what the run has opened in a mode that it isn't in any more, as when it was killed and goes on in another."""
        reachable = set(_reachable(self._mode))
        for mode in _KINDS.keys() - reachable:
            if known := self._book.recall(mode):
                self._warn(f"closing {mode} {known}, which was left open")
                try:
                    self._end(mode, known)
                except ExecutionError as error:
                    self._warn(str(error))

    def close(self) -> None:
        """Let all sessions end after their jobs; what is queued or running is not touched.

        Raises:
            ExecutionError: if the service can't be reached.
        """
        for mode in _KINDS:
            if known := self._book.recall(mode):
                self._end(mode, known)

    def _end(self, mode: Mode, session: str) -> None:
        kind = _KINDS[mode]
        try:
            self._service.patiently(
                lambda: self._service.once(lambda client: kind.from_id(session, client).close()), BRIEFLY
            )
            self._accepts(mode, session, BRIEFLY)  # for the time that it has taken
        except CLIENT_ERRORS as error:
            if meaning(error) not in {Meaning.MISSING, Meaning.REFUSED}:
                raise self._service.failure(f"closing the {mode}", error) from error
        self._book.remember(mode, "")

    def dedicated_seconds(self) -> float:
        """Time for which sessions have been billed by the clock, seconds."""
        return dedicated_seconds(self._book.recall)

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
                self.look()
                if self.session:  # of an earlier process, which was refused the same
                    return
                continue
            self._book.remember(self._mode, session)
            return

    def _opened(self) -> str:
        backend, kind = (
            self._service.backend(self._backend),
            _KINDS[self._mode],
        )  # after a rejected token it is another object
        return self._service.once(lambda _: str(kind(backend).session_id))

    def _accepts(self, mode: Mode, session: str, patience: float | None = None) -> bool:
        """Whether the session takes jobs; notes on the way how long it has been billed."""
        kind = _KINDS[mode]

        def details(client: QiskitRuntimeService) -> dict[str, object]:
            return kind.from_id(session, client).details() or {}

        try:
            found = self._service.patiently(lambda: self._service.once(details), patience)
        except CLIENT_ERRORS as error:
            if meaning(error) in {Meaning.MISSING, Meaning.REFUSED}:
                return False
            raise self._service.failure(f"the {mode}", error) from error
        if found.get("mode") == "dedicated":
            others = [entry for entry in self._entries() if not entry.startswith(f"{session}=")]
            self._book.remember(
                SESSION_SECONDS, " ".join([*others, f"{session}={float(str(found.get('usage_time') or 0)):g}"])
            )
        return bool(found.get("accepting_jobs")) and found.get("state") != "closed"

    def _entries(self) -> list[str]:
        return (self._book.recall(SESSION_SECONDS) or "").split()


def _reachable(mode: Mode) -> Iterator[Mode]:
    """The mode, and those that are taken in its place where it is refused."""
    yield mode
    if mode in _FALLBACK:
        yield from _reachable(_FALLBACK[mode])
