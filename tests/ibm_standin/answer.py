"""What the server answers, and errors in the service's format."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A status and a body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class ServiceError(Exception):
    """What the service refuses, with the HTTP status and the service's own code."""

    def __init__(self, status: int, code: int, message: str, solution: str = ""):
        super().__init__(message)
        self.status, self.code, self.message, self.solution = status, code, message, solution

    def answer(self) -> Answer:
        """The refusal as it is sent."""
        error = {"code": self.code, "message": self.message, "solution": self.solution, "more_info": ""}
        return json_answer({"errors": [error], "trace": "stand-in", "status_code": self.status}, self.status)


def json_answer(content: Any, status: int = 200) -> Answer:
    """A JSON body."""
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})


def now() -> datetime:
    """This moment, in UTC as all times of the service."""
    return datetime.now(UTC)


def stamp(moment: datetime | None) -> str | None:
    """A time as the service writes it."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
