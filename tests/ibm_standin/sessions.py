"""Sessions and batches."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .answer import ServiceError, now, stamp
from .job import Job

DEFAULT_MAX_SECONDS = 8 * 3600
INTERACTIVE_SECONDS = 60


@dataclass
class Session:
    """A session (mode ``dedicated``) or a batch."""

    mode: str
    backend: str
    max_seconds: float = DEFAULT_MAX_SECONDS
    id: str = field(default_factory=lambda: secrets.token_hex(10))
    created: datetime = field(default_factory=now)
    started: datetime | None = None
    closed: datetime | None = None
    accepting: bool = True
    jobs: list[Job] = field(default_factory=list)

    def admit(self) -> None:
        """Let a job in.

        Raises:
            ServiceError: 400 if the session takes no more jobs.
        """
        self._settle()
        if not self.accepting:
            raise ServiceError(400, 1217, "Session has been closed.", "Open a new session.")

    def note_start(self) -> None:
        """A job of it starts."""
        self.started = self.started or now()

    def close(self, *, at_once: bool = False) -> None:
        """Take no more jobs, and end when those that are there have ended, or at once; they run all the same."""
        self.accepting = False
        if at_once:
            self.closed = now()
        self._settle()

    def details(self) -> dict[str, Any]:
        """GET /sessions/ID."""
        self._settle()
        ends = [job.finished for job in self.jobs if job.finished]
        starts = [job.running for job in self.jobs if job.running]
        return {
            "id": self.id,
            "backend_name": self.backend,
            "mode": self.mode,
            "interactive_ttl": INTERACTIVE_SECONDS,
            "active_ttl": self.max_seconds,
            "max_ttl": self.max_seconds,
            "state": "closed" if self.closed else "active" if self.started else "open",
            "state_reason": None,
            "accepting_jobs": self.accepting,
            "last_job_started": stamp(max(starts, default=None)),
            "last_job_completed": stamp(max(ends, default=None)),
            "started_at": stamp(self.started),
            "activated_at": stamp(self.started),
            "closed_at": stamp(self.closed),
            "elapsed_time": self._elapsed(),
            "timestamps": [],
        }

    def _settle(self) -> None:
        """Close it when its time is over or its last job after its closing has ended."""
        if self.started and now() - self.started > timedelta(seconds=self.max_seconds):
            self.accepting = False
        if not self.accepting and not self.closed and all(job.finished for job in self.jobs):
            self.closed = now()

    def _elapsed(self) -> float:
        if self.mode == "batch":
            return sum(job.charged for job in self.jobs)
        return ((self.closed or now()) - self.started).total_seconds() if self.started else 0.0


class Sessions:
    """All sessions of an instance."""

    def __init__(self, plan: str):
        self._plan = plan
        self.by_id: dict[str, Session] = {}

    def open(self, request: dict[str, Any]) -> Session:
        """POST /sessions.

        Raises:
            ServiceError: 400 for a dedicated session on the open plan.
        """
        mode = request.get("mode", "dedicated")
        if mode == "dedicated" and self._plan == "open":
            raise ServiceError(
                400,
                1352,
                "You are not authorized to run a session when using the open plan.",
                "Create an instance of a different plan type or use a different execution mode.",
            )
        session = Session(mode, request["backend"], request.get("max_ttl") or DEFAULT_MAX_SECONDS)
        self.by_id[session.id] = session
        return session

    def find(self, session_id: str) -> Session:
        """A session by its id.

        Raises:
            ServiceError: 404 if there is none.
        """
        if session_id not in self.by_id:
            raise ServiceError(404, 1211, f"Session {session_id} not found.")
        return self.by_id[session_id]
