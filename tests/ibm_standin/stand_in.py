"""The stand-in for the IBM Quantum Runtime service, as tests use it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .answer import Answer
from .catalogue import Catalogue
from .execution import Simulator, flipping_simulator, simulate_exactly
from .faults import BEFORE, SUBMIT, Fault, Faults
from .iam import Accounts, crn
from .job import Job
from .job_queue import JobQueue
from .noise import noisy_simulator
from .routes import Routes
from .server import PREFIX, Request, Server
from .sessions import Session, Sessions


@dataclass(frozen=True)
class Submission:
    """A POST /jobs that the server received; ``job`` is None if it was not accepted."""

    time: float
    job: Job | None

    @property
    def accepted(self) -> bool:
        return self.job is not None


class StandIn:
    """The service on a port of 127.0.0.1, for clients in this process and in others.

    Args:
        devices: snapshots to serve; ``fake_manila`` becomes ``ibm_manila``.
        port: 0 for any free one.
        plan: ``paid`` or ``open``, which has no sessions.
        tokens: API keys that are good.
        seconds_per_job: how long a job runs at least.
        queue_seconds: how long a job waits at least.
        places: jobs that may be queued or running at a time; None for any number.
        usage_delay: seconds from a job's end until its usage is counted.
        noisy: with the noise of the device's snapshot.
        instances: names of those that the account has; clients are told the first.
        subjob: executions in a sub-job at most; each is billed 2 s.
        flips: probabilities to read 1 for 0 and 0 for 1, in place of that noise.
    """

    def __init__(
        self,
        devices: tuple[str, ...] = ("fake_manila",),
        port: int = 0,
        *,
        plan: str = "paid",
        tokens: tuple[str, ...] = ("standin-token",),
        seconds_per_job: float = 0.0,
        queue_seconds: float = 0.0,
        places: int | None = None,
        usage_delay: float = 0.0,
        noisy: bool = False,
        instances: tuple[str, ...] = ("standin",),
        subjob: int = 10_000_000,
        flips: tuple[float, float] | None = None,
    ):
        self._subjob = subjob
        self._flipping = None if flips is None else flipping_simulator(*flips)
        self._port, self._plan, self._tokens, self._usage_delay, self._noisy = port, plan, tokens, usage_delay, noisy
        self.queue_seconds, self._seconds_per_job, self._places = queue_seconds, seconds_per_job, places
        self.accounts = Accounts(tokens, plan, instances)
        self._catalogue = Catalogue(devices)
        self.faults = Faults()
        self.server: Server | None = None
        self._return: threading.Timer | None = None
        self._lock = threading.Lock()
        self.requests: list[Request] = []
        self.submissions: list[Submission] = []
        self._forget()

    def __enter__(self) -> StandIn:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, and run jobs."""
        self.queue.start()
        self._listen()

    def stop(self) -> None:
        """Listen no more, and run no more jobs."""
        if self._return:
            self._return.cancel()
            self._return.join()
        self._deafen()
        self.queue.stop()

    def restart(self, *, keep_jobs: bool = True) -> None:
        """Stop and start on the same port, with its jobs and sessions or without."""
        self.stop()
        if not keep_jobs:
            self._forget()
        self.start()

    def away(self, seconds: float) -> None:
        """Listen no more from now on, and again in so many seconds; jobs go on."""
        if self._return:
            self._return.cancel()
            self._return.join()
        self._deafen()
        self._return = threading.Timer(seconds, self._listen)
        self._return.start()

    @property
    def url(self) -> str:
        """The root of the server.

        Raises:
            RuntimeError: before the first start, when it has no port yet.
        """
        if not self._port:
            raise RuntimeError("found a stand-in that was never started; its port is not known before")
        return f"http://127.0.0.1:{self._port}"

    def environment(self) -> dict[str, str]:
        """The variables with which a client's process finds the stand-in, and nothing else.

        Requests to any other host go to a proxy that is not there.
        """
        nowhere, here = "http://127.0.0.1:9", "127.0.0.1,localhost"
        return {
            "QISKIT_IBM_CHANNEL": "ibm_quantum_platform",
            "QISKIT_IBM_TOKEN": self._tokens[0],
            "QISKIT_IBM_INSTANCE": crn(self.accounts.instances[0]),
            "QISKIT_IBM_URL": f"{self.url}{PREFIX}",
            "IAM_URL": self.url,
            "GLOBAL_SEARCH_URL": self.url,
            "GLOBAL_CATALOG_URL": f"{self.url}/catalog/api/v1",
            **dict.fromkeys(("NO_PROXY", "no_proxy"), here),
            **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"), nowhere),
        }

    @property
    def jobs(self) -> dict[str, Job]:
        """All jobs that were accepted, by id."""
        return dict(self.queue.jobs)

    @property
    def sessions(self) -> list[Session]:
        """All sessions and batches, in the order in which they were opened."""
        return list(self._sessions.by_id.values())

    def paid_by_tag(self) -> dict[str, int]:
        """For each tag the number of jobs that ran to completion."""
        return dict(Counter(tag for job in self.jobs.values() if job.paid for tag in job.tags))

    def inject(self, *faults: Fault) -> None:
        """Let things go wrong from now on."""
        self.faults.add(*faults)

    def clear_faults(self) -> None:
        """Let nothing go wrong from now on."""
        self.faults.clear()

    def revoke_tokens(self) -> None:
        """Make every access token worthless that clients hold."""
        self.accounts.revoke_tokens()

    def recalibrate(self) -> None:
        """Calibrate every device anew."""
        self._catalogue.recalibrate()

    def retire(self, backend: str, pair: tuple[int, int], *, recalibrated: bool = True) -> None:
        """Take a coupler of a device out of use; without a new calibration only jobs tell."""
        self._catalogue.retire(backend, pair)
        if recalibrated:
            self.recalibrate()

    def run_out(self) -> None:
        """Use up the instance's time, and begin the devices' maintenance; jobs run all the same."""
        self._routes.limit_reached, self._catalogue.state = True, "maintenance"

    def close_sessions(self) -> None:
        """Close all sessions and batches from the service's side."""
        for session in list(self._sessions.by_id.values()):
            session.close()

    def _forget(self) -> None:
        self._sessions = Sessions(self._plan)
        self.queue = JobQueue(
            self._catalogue,
            self._sessions,
            self._simulator,
            self.queue_seconds,
            self._seconds_per_job,
            self._places,
            self._subjob,
        )
        self._routes = Routes(self.accounts, self._catalogue, self.queue, self._sessions, self._usage_delay, self._plan)

    def _simulator(self, backend: str) -> Simulator:
        if self._flipping is not None:
            return self._flipping
        return noisy_simulator(self._catalogue.sources[backend]) if self._noisy else simulate_exactly

    def _listen(self) -> None:
        self.server = Server(self._port, self._answer, self._take_fault, self._note, self.accounts.revoke_tokens)
        self._port = self.server.server_address[1]

    def _deafen(self) -> None:
        if self.server:
            self.server.stop()
            self.server = None

    def _answer(self, request: str, *details: Any) -> Answer:
        if request != SUBMIT:
            return self._routes.answer(request, *details)
        with self._lock:  # one at a time, so that a new job is that of this request
            before = self.jobs
            answer = self._routes.answer(request, *details)
            new = [job for key, job in self.jobs.items() if key not in before]
        self.submissions.append(Submission(time.time(), new[0] if new else None))
        return answer

    def _take_fault(self, request: str) -> Fault | None:
        fault = self.faults.take(request)
        if request == SUBMIT and fault and fault.kind in BEFORE:
            self.submissions.append(Submission(time.time(), None))
        return fault

    def _note(self, method: str, path: str, query: dict[str, list[str]], status: int | None) -> None:
        self.requests.append(Request(method, path, query, status, time.time()))
