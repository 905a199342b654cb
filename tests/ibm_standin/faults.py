"""What goes wrong, by rule."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

SUBMIT, RESULTS = "POST /jobs", "GET /jobs/ID/results"

KINDS = {
    # kind: (where by default, the details that it knows)
    "status": (SUBMIT, {"code", "reason"}),
    "status_after": (SUBMIT, {"code"}),
    "drop": (SUBMIT, set()),
    "drop_after": (SUBMIT, set()),
    "hang": (SUBMIT, {"seconds"}),
    "hang_after": (SUBMIT, {"seconds"}),
    "slow": (SUBMIT, {"seconds"}),
    "retry_429": (SUBMIT, {"retry_after"}),
    "unauthorized": (SUBMIT, set()),
    "empty_body": (RESULTS, set()),
    "cut_body": (RESULTS, set()),
    "nan_body": (RESULTS, set()),
    "other_body": (SUBMIT, {"reason"}),
    "unlisted": ("GET /jobs", set()),
    "session_closes": (SUBMIT, set()),
    "job_fails": (SUBMIT, {"reason", "code", "seconds"}),
    "job_too_long": (SUBMIT, set()),
    "invalid_program": (SUBMIT, {"reason"}),
}
BEFORE = {"status", "drop", "hang", "retry_429", "unauthorized"}
JOB_FATES = {"job_fails", "job_too_long", "invalid_program", "session_closes"}


@dataclass(frozen=True)
class Fault:
    """A rule for what goes wrong.

    Args:
        kind: before the request takes effect: ``status``, ``drop`` (the connection is closed), ``hang`` (no answer, then
            a drop), ``retry_429``, ``unauthorized`` (all access tokens are revoked first), ``slow`` (it waits, and then goes
            well). After it took effect: ``status_after``, ``drop_after``, ``hang_after``, ``unlisted`` (a list of jobs that
            shows none yet), ``empty_body``, ``cut_body`` (half of it), ``nan_body`` (the coefficient of
            an observable is NaN, and so the first PUB's value; results of a Sampler are bits and stay as they are),
            ``other_body`` (what ``reason`` says).
            For the job that is submitted: ``job_fails``, ``job_too_long``, ``invalid_program``; ``session_closes`` (its
            session or batch takes no job after it).
        on: "METHOD path" as a regular expression, in which ``ID`` is any id, such as ``GET /jobs/ID``.
        times: how many requests it is for; None for all.
        after: how many matching requests go well first.
        code: the status of ``status`` and ``status_after`` (503), the reason code of ``job_fails``.
        seconds: of ``hang``, ``hang_after`` and ``slow`` (5); what ``job_fails`` charges (0).
        retry_after: the header of ``retry_429``, in seconds; None for no header.
        reason: of a job's failure; what ``status`` and ``other_body`` say.
    """

    kind: str
    on: str | None = None
    times: int | None = 1
    after: int = 0
    code: int | None = None
    seconds: float | None = None
    retry_after: int | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"found the fault {self.kind!r}; wanted one of {', '.join(KINDS)}")
        details = {"code", "seconds", "retry_after", "reason"}
        unused = [name for name in details - KINDS[self.kind][1] if getattr(self, name) is not None]
        if unused:
            raise ValueError(f"a fault {self.kind!r} has no {' and no '.join(sorted(unused))}")

    def matches(self, request: str) -> bool:
        """Whether the rule is for a request, "METHOD path"."""
        return bool(re.fullmatch((self.on or KINDS[self.kind][0]).replace("ID", "[^/]+"), request))


class Faults:
    """Rules in force, in the order in which they were given; at most one for a request."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self._seen: list[int] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """More rules."""
        with self._lock:
            self.rules.extend(faults)
            self._seen.extend(0 for _ in faults)

    def clear(self) -> None:
        """No rules any more."""
        with self._lock:
            self.rules.clear()
            self._seen.clear()

    def take(self, request: str) -> Fault | None:
        """The rule for a request, counting it."""
        with self._lock:
            for number, rule in enumerate(self.rules):
                if not rule.matches(request) or self.is_spent(number):
                    continue
                self._seen[number] += 1
                if self._seen[number] > rule.after:
                    return rule
        return None

    def is_spent(self, number: int) -> bool:
        rule = self.rules[number]
        return rule.times is not None and self._seen[number] >= rule.after + rule.times
