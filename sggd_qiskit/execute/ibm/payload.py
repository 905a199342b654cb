"""What a job sends to the service, prepared by the client before anything is asked of the service.

The client's primitives prepare and post in one call. Preparing takes seconds for thousands of parameter sets, so it is done
once, here, without a time limit; only what is left, the request, is watched and repeated.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, inf, isinf
from typing import Any

from qiskit_ibm_runtime import IBMBackend, RuntimeJobV2, Session
from qiskit_ibm_runtime.executor_estimator import Estimator
from qiskit_ibm_runtime.executor_sampler import Sampler

from sggd_qiskit.circuit.measurement import Setting
from sggd_qiskit.execute.ibm.options import PrimitiveOptions, precision_for
from sggd_qiskit.execute.ibm.pubs import job_pubs
from sggd_qiskit.execute.ibm.splitting import JobPlan


@dataclass(frozen=True)
class Payload:
    """A job that is ready to be sent.

    Attributes:
        request: the arguments of the client's last step.
        seconds: that its preparation took.
    """

    request: dict[str, Any] = field(repr=False)
    seconds: float

    def within(self, qpu_seconds: float) -> Payload:
        """The same, to be ended by the service when it has run for so long, if it isn't ended earlier anyway."""
        options = self.request["options"]
        most = min(qpu_seconds, options.get("max_execution_time") or inf)
        limit = None if isinf(most) else max(1, ceil(most))
        return replace(self, request={**self.request, "options": {**options, "max_execution_time": limit}})


class _Held(Session):  # type: ignore[misc]
    """A mode in which the client's primitives prepare a job and don't post it; what they prepare can be posted later.

    Args:
        backend: on which it will run.
        session: the id of the session or batch, if any.
    """

    def __init__(self, backend: IBMBackend, session: str | None = None):
        super().__init__(backend, create_new=False)
        self._session_id = session
        self.request: dict[str, Any] = {}

    def _run(self, **request: Any) -> None:
        self.request = request

    def post(self, request: Mapping[str, Any], tags: Sequence[str]) -> RuntimeJobV2:
        """Post what was prepared, with tags."""
        options = {**request["options"], "job_tags": list(tags)}
        return super()._run(**{**request, "options": options})


def prepared(plan: JobPlan, settings: Sequence[Setting], options: PrimitiveOptions, backend: IBMBackend) -> Payload:
    """The payload of a job; nothing is asked of the service.

    Args:
        plan: of the job.
        settings: that are sent in the step.
        options: of the Estimator and the Sampler.
        backend: on which it will run.

    Raises:
        Exception: the client's, if it can't make a job of this; see ``faults``.
    """
    began, held, pubs = time.monotonic(), _Held(backend), job_pubs(plan, settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if plan.sampler:
            Sampler(mode=held, options=options.sampler).run(pubs, shots=plan.shots)
        else:
            Estimator(mode=held, options=options.estimator).run(pubs, precision=precision_for(plan.shots))
    return Payload(held.request, time.monotonic() - began)


def post(payload: Payload, backend: IBMBackend, session: str | None, tags: Sequence[str]) -> RuntimeJobV2:
    """Submit a job that was prepared.

    Args:
        payload: of the job.
        backend: on which it runs.
        session: the id of its session or batch, if any.
        tags: by which it is found again.

    Raises:
        Exception: the client's; see ``faults``.
    """
    return _Held(backend, session).post(payload.request, tags)
