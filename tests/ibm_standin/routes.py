"""The service's endpoints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from .answer import Answer, ServiceError, json_answer
from .catalogue import Catalogue
from .faults import Fault
from .iam import PLAN_ID, Accounts
from .job import FINAL, Job
from .job_queue import JobQueue
from .sessions import Sessions

Query = Mapping[str, Sequence[str]]
PAGE = 10  # jobs, if the client asks for no number


class Routes:
    """Answers requests; ``fault`` is what is to befall a job that is submitted."""

    def __init__(
        self,
        accounts: Accounts,
        catalogue: Catalogue,
        queue: JobQueue,
        sessions: Sessions,
        usage_delay: float,
        plan: str,
    ):
        self.accounts, self._catalogue, self.queue, self._sessions = accounts, catalogue, queue, sessions
        self._usage_delay, self._plan = usage_delay, plan
        self.limit_reached = False
        self._open: list[tuple[str, Callable[..., Answer]]] = [
            ("POST /identity/token", lambda body, **_: accounts.token(parse_qs(body.decode()))),
            ("POST /v3/resources/search", lambda **_: accounts.search()),
            (f"GET /catalog/api/v1/{PLAN_ID}", lambda **_: accounts.plan()),
        ]
        self._closed: list[tuple[str, Callable[..., Answer]]] = [
            ("GET /backends", lambda **_: json_answer(catalogue.list(queue.waiting()))),
            ("GET /backends/(.+)/configuration", lambda key, **_: json_answer(catalogue.configuration(key))),
            ("GET /backends/(.+)/properties", lambda key, **_: json_answer(catalogue.properties(key))),
            ("GET /backends/(.+)/status", lambda key, **_: json_answer(catalogue.status(key, queue.waiting()))),
            ("GET /instances/usage", lambda **_: json_answer(self._usage())),
            ("POST /jobs", self._submit),
            ("GET /jobs", lambda query, crn, **_: json_answer(self._list(query, crn))),
            ("GET /jobs/([^/]+)", self._describe),
            ("DELETE /jobs/([^/]+)", self._delete),
            ("GET /jobs/([^/]+)/results", self._results),
            ("GET /jobs/([^/]+)/metrics", self._metrics),
            ("POST /jobs/([^/]+)/cancel", self._cancel),
            ("PUT /jobs/([^/]+)/tags", self._set_tags),
            ("POST /sessions", lambda body, **_: json_answer(sessions.open(json.loads(body)).details())),
            ("GET /sessions/([^/]+)", lambda key, **_: json_answer(sessions.find(key).details())),
            ("PATCH /sessions/([^/]+)", self._close_session),
            ("DELETE /sessions/([^/]+)/close", self._cancel_session),
        ]

    def answer(
        self, request: str, query: Query, body: bytes, authorization: str, crn: str, fault: Fault | None
    ) -> Answer:
        """The answer to "METHOD path" for an instance."""
        try:
            handler, key = self._handler(request, authorization)
            if key in self.queue.jobs and self.queue.jobs[key].instance != crn:
                key = "another instance's"
            return handler(key=key, query=query, body=body, crn=crn, fault=fault)
        except ServiceError as error:
            return error.answer()

    def _handler(self, request: str, authorization: str) -> tuple[Callable[..., Answer], str]:
        """What answers a request, and the id or name in its path."""
        for table in (self._open, self._closed):
            for pattern, handler in table:
                found = re.fullmatch(pattern, request)
                if found and table is self._closed and not self.accounts.knows(authorization):
                    raise ServiceError(401, 1200, "The access token is not valid.", "Log in again.")
                if found:
                    return handler, found.group(1) if found.groups() else ""
        raise ServiceError(404, 1000, f"There is no {request}.")

    def _find(self, job_id: str) -> Job:
        if job_id not in self.queue.jobs:
            raise ServiceError(404, 1291, f"Job {job_id} not found.", "Verify that the job ID is correct.")
        return self.queue.jobs[job_id]

    def _metrics(self, key: str, **_: object) -> Answer:
        job = self._find(key)
        return json_answer(job.metrics(self._usage_delay, self.queue.place(job)))

    def _submit(self, body: bytes, crn: str, fault: Fault | None, **_: object) -> Answer:
        payload = json.loads(body)
        if payload.get("program_id") != "executor":
            raise ServiceError(404, 1206, f"Program {payload.get('program_id')} not found.")
        try:
            job = Job(payload, fault, crn)
        except (KeyError, TypeError) as error:
            raise ServiceError(400, 1213, f"The job's params are not valid: {error}.") from error
        self.queue.submit(job)
        return json_answer({"id": job.id, "backend": job.backend, "session_id": job.session_id})

    def _describe(self, key: str, query: Query, **_: object) -> Answer:
        return json_answer(self._find(key).description(with_params=query.get("exclude_params") != ["true"]))

    def _results(self, key: str, **_: object) -> Answer:
        job = self._find(key)
        if job.state not in FINAL:
            raise ServiceError(404, 1291, f"Job {key} has no results yet.")
        return Answer(200, job.result, {"Content-Type": "application/json" if job.paid else "text/plain"})

    def _cancel(self, key: str, **_: object) -> Answer:
        self.queue.cancel(self._find(key))
        return Answer(204)

    def _delete(self, key: str, **_: object) -> Answer:
        self.queue.remove(self._find(key))
        return Answer(204)

    def _set_tags(self, key: str, body: bytes, **_: object) -> Answer:
        self._find(key).tags = json.loads(body)["tags"]
        return Answer(204)

    def _close_session(self, key: str, body: bytes, **_: object) -> Answer:
        if json.loads(body).get("accepting_jobs") is False:
            self._sessions.find(key).close()
        return Answer(204)

    def _cancel_session(self, key: str, **_: object) -> Answer:
        session = self._sessions.find(key)
        session.close()
        for job in session.jobs:
            if job.state not in FINAL:
                self.queue.cancel(job)
        session.close()
        return Answer(204)

    def _usage(self) -> dict[str, Any]:
        consumed = sum(job.charged for job in list(self.queue.jobs.values()))
        found = {
            "instance_id": "standin",
            "usage_consumed_seconds": consumed,
            "usage_limit_reached": self.limit_reached,
        }
        return found | ({"usage_limit_seconds": 600} if self._plan == "open" else {})

    def _list(self, query: Query, crn: str) -> dict[str, Any]:
        """GET /jobs; the newest first unless it is to be sorted otherwise."""
        found = [job for job in list(self.queue.jobs.values()) if job.instance == crn and _wanted(job, query)]
        if query.get("sort", ["DESC"]) != ["ASC"]:
            found.reverse()
        offset, limit = int(query.get("offset", ["0"])[0]), int(query.get("limit", [str(PAGE)])[0])
        with_params = query.get("exclude_params") != ["true"]
        page = [job.description(with_params=with_params) for job in found[offset : offset + limit]]
        return {"jobs": page, "count": len(found), "limit": limit, "offset": offset}


def _wanted(job: Job, query: Query) -> bool:
    """Whether a job is one of those that a query asks for."""
    one = {name: values[0] for name, values in query.items()}
    after, before = one.get("created_after"), one.get("created_before")
    return (
        set(query.get("tags", ())) <= set(job.tags)
        and one.get("session_id", job.session_id) == job.session_id
        and one.get("backend", job.backend) == job.backend
        and one.get("program", job.program) == job.program
        and one.get("pending", str(job.state not in FINAL).lower()) == str(job.state not in FINAL).lower()
        and (after is None or job.created >= datetime.fromisoformat(after))
        and (before is None or job.created <= datetime.fromisoformat(before))
    )
