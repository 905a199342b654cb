"""A job that the service accepted, and what the service tells of it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from .answer import now, stamp
from .bill import SECONDS_PER_SUBJOB
from .execution import content_hash, executions
from .faults import Fault

SECONDS_PER_EXECUTION = 0.00035  # before a job is looked at
FINAL = {"Completed", "Failed", "Cancelled"}
TOO_LONG = 1305


@dataclass(frozen=True)
class End:
    """A final state, the result or the error's text, and the reason."""

    state: str
    result: bytes = b""
    reason: str | None = None
    reason_code: int | None = None


@dataclass
class Job:
    """What was asked for, how far it is, and what it cost; times in UTC.

    Attributes:
        billed: what it costs if it runs to its end, seconds of quantum time.
        charged: what it has cost.
    """

    payload: dict[str, Any]
    fault: Fault | None = None
    instance: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(10))
    created: datetime = field(default_factory=now)
    running: datetime | None = None
    finished: datetime | None = None
    state: str = "Queued"
    reason: str | None = None
    reason_code: int | None = None
    billed: float = 0.0
    charged: float = 0.0
    result: bytes = b""
    executions: int = field(init=False)
    tags: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.executions = executions(self.params)
        self.tags = list(self.payload.get("tags") or [])

    @property
    def params(self) -> dict[str, Any]:
        return dict(self.payload["params"])

    @property
    def backend(self) -> str:
        return str(self.payload["backend"])

    @property
    def session_id(self) -> str | None:
        return self.payload.get("session_id")

    @property
    def program(self) -> str:
        return str(self.payload["program_id"])

    @property
    def items(self) -> int:
        """Items of the program: one for each PUB, and one more for a calibration of the measurement."""
        return len(self.payload["params"]["quantum_program"]["items"])

    @property
    def pubs(self) -> int | None:
        """PUBs, where the program tells."""
        passed = self.payload["params"]["quantum_program"].get("passthrough_data") or {}
        recipe = passed.get("post_processor") or {}
        found = recipe.get("num_pubs", len(recipe.get("circuits_metadata") or []))
        return int(found) or None

    @property
    def cancelled(self) -> bool:
        return self.state == "Cancelled"

    @property
    def paid(self) -> bool:
        """Whether it ran to completion."""
        return self.state == "Completed"

    @cached_property
    def content_hash(self) -> str:
        """Equal for jobs that must give equal results."""
        return content_hash(self.params)

    @property
    def estimated_seconds(self) -> float:
        """At first sight; what is billed is known when it is run."""
        return SECONDS_PER_SUBJOB + SECONDS_PER_EXECUTION * self.executions

    def end(self, end: End) -> None:
        """Set a final state."""
        self.finished, self.result, self.reason, self.reason_code = now(), end.result, end.reason, end.reason_code
        self.state = end.state  # last: who sees it final may read the rest

    def description(self, *, with_params: bool) -> dict[str, Any]:
        """GET /jobs/ID."""
        state: dict[str, Any] = {"status": self.state}
        if self.reason:
            state |= {"reason": self.reason, "reason_code": self.reason_code}
        found = {
            "id": self.id,
            "backend": self.backend,
            "state": state,
            "status": self.state,
            "program": {"id": self.program},
            "created": stamp(self.created),
            "session_id": self.session_id,
            "tags": list(self.tags),
            "private": bool(self.payload.get("private", False)),
            "cost": self.payload.get("cost"),
            "usage": {"seconds": self.charged},
            "estimated_running_time_seconds": self.estimated_seconds,
        }
        return found | ({"params": self.params} if with_params else {})

    def metrics(self, usage_delay: float, place: int | None) -> dict[str, Any]:
        """GET /jobs/ID/metrics, with the job's place in the queue."""
        counted = self.finished is not None and now() >= self.finished + timedelta(seconds=usage_delay)
        return {
            "timestamps": {
                "created": stamp(self.created),
                "running": stamp(self.running),
                "finished": stamp(self.finished),
            },
            "usage": {
                "quantum_seconds": self.charged,
                "seconds": self.charged,
                "qpu_charge_time_seconds": self.charged,
                "status": "complete" if counted else "pending",
            },
            "estimated_start_time": stamp(self.running),
            "executions": self.executions,
            "position_in_queue": place,
        }


def with_nan(result: bytes) -> bytes:
    """A result in which one coefficient of the first observable is NaN."""
    if not result.startswith(b"{"):
        return result
    content = json.loads(result)
    tasks = (content.get("passthrough_data") or {}).get("qiskit_mitigation") or []
    for task in tasks:
        observable = task.get("observables")
        while isinstance(observable, list):
            observable = observable[0]
        if observable:
            observable[next(iter(observable))] = float("nan")
            break
    return json.dumps(content).encode()
