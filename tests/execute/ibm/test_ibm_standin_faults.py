"""What goes wrong at the stand-in for IBM's service, as the unmodified client tells it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from ibm_standin import Fault, StandIn
from ibm_standin.client import VALUES, connect, pub, submit, values_of
from qiskit import QuantumCircuit
from qiskit.providers import QiskitBackendNotFoundError
from qiskit.quantum_info import SparsePauliOp
from qiskit_ibm_runtime import QiskitRuntimeService
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.exceptions import (
    IBMNotAuthorizedError,
    IBMRuntimeError,
    RuntimeJobFailureError,
    RuntimeJobMaxTimeoutError,
)
from qiskit_ibm_runtime.executor_estimator import Estimator


@pytest.fixture
def stand_in():
    with StandIn() as found:
        yield found


@pytest.fixture
def service(stand_in, monkeypatch):
    return connect(monkeypatch, stand_in)


@pytest.fixture
def backend(service):
    return service.backend("ibm_manila")


def submitted(stand_in):
    """Numbers of submissions received and accepted."""
    return len(stand_in.submissions), sum(entry.accepted for entry in stand_in.submissions)


def test_the_client_submits_again_after_5xx(backend, stand_in):
    stand_in.inject(Fault("status", code=502), Fault("status_after", code=504))
    job = submit(backend, ["twice"])
    values_of(job)
    assert submitted(stand_in) == (3, 2)  # 502, 504 after effect, then 200
    assert stand_in.paid_by_tag() == {"twice": 2}


@pytest.mark.parametrize(
    ("fault", "accepted", "status"),
    [
        (Fault("status", code=400), 0, 400),
        (Fault("status_after", code=413), 1, 413),
        (Fault("retry_429"), 0, 429),
        (Fault("retry_429", retry_after=1), 0, 429),
        (Fault("drop"), 0, -1),
        (Fault("drop_after"), 1, -1),
        (Fault("hang", seconds=0.3), 0, -1),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_submissions_that_fail(backend, stand_in, fault, accepted, status):
    stand_in.inject(fault)
    with pytest.raises(IBMRuntimeError) as error:
        submit(backend)
    assert error.value.__context__.status_code == status
    assert submitted(stand_in) == (1, accepted)
    values_of(submit(backend))  # once only


def test_lookups_that_fail(service, backend, stand_in):
    job = submit(backend)
    before = values_of(job)
    stand_in.inject(
        Fault("retry_429", "GET /jobs/ID/results", retry_after=1),
        Fault("drop", "GET /jobs/ID/results"),
        Fault("hang", "GET /jobs/ID", seconds=0.5, after=1),
        Fault("status", "GET /jobs/ID/(results|metrics)", code=503),
    )
    started = time.monotonic()
    again = service.job(job.job_id())  # the first request goes well, the second hangs
    np.testing.assert_array_equal(values_of(again), before)
    assert time.monotonic() - started > 1.5
    stand_in.inject(Fault("retry_429", "GET /jobs/ID", times=None))
    with pytest.raises(RequestsApiError, match="429"):
        job._api_client.job_get(job.job_id())  # noqa: SLF001 - the client hides what it sends by
    stand_in.clear_faults()
    assert service.job(job.job_id()).status() == "DONE"


def test_a_revoked_token_is_dead_until_there_is_a_new_one(service, backend, stand_in):
    stand_in.inject(Fault("unauthorized"))
    with pytest.raises(IBMNotAuthorizedError):
        submit(backend)
    with pytest.raises(QiskitBackendNotFoundError):  # the client can't list the devices, and says it found none
        submit(backend)
    assert submitted(stand_in) == (1, 0)
    values_of(submit(QiskitRuntimeService().backend("ibm_manila")))


@pytest.mark.parametrize("kind", ["empty_body", "cut_body", "nan_body"])
def test_results_that_are_spoilt(service, backend, stand_in, kind):
    job = submit(backend)
    whole = values_of(job)
    stand_in.inject(Fault(kind))
    again = service.job(job.job_id())
    if kind == "cut_body":
        with pytest.raises(TypeError):  # the client indexes the text that it could not decode
            again.result()
    elif kind == "empty_body":
        assert again.result() is None
    else:
        assert np.all(np.isnan(values_of(again)))
    np.testing.assert_array_equal(values_of(service.job(job.job_id())), whole)


def test_jobs_that_fail(backend, stand_in):
    stand_in.inject(Fault("job_fails", reason="The fridge is warm."), Fault("job_too_long"))
    with pytest.raises(RuntimeJobFailureError, match="The fridge is warm"):
        values_of(submit(backend, ["failed"]))
    with pytest.raises(RuntimeJobMaxTimeoutError):
        values_of(submit(backend))
    assert values_of(submit(backend)).shape == (6,)
    stand_in.inject(Fault("invalid_program", reason="The rule is broken."))
    for _ in range(2):  # for good, though the fault was injected once
        with pytest.raises(RuntimeJobFailureError, match="The rule is broken"):
            values_of(submit(backend))
    values_of(submit(backend, values=VALUES[:2]))
    assert stand_in.paid_by_tag() == {}


def test_circuits_that_the_device_does_not_have(backend):
    circuit = QuantumCircuit(5)
    circuit.cx(0, 4)
    with pytest.raises(RuntimeJobFailureError, match=r"instruction cx on qubits \(0, 4\) is not supported"):
        values_of(Estimator(backend).run([(circuit, SparsePauliOp("IIIIZ"))]))


def test_a_limit_on_the_time_of_a_job(backend):
    options = {"resilience_level": 0, "max_execution_time": 3}
    with pytest.raises(RuntimeJobMaxTimeoutError):
        values_of(Estimator(backend, options=options).run([pub(backend)]))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"kind": "storm"}, "wanted one of"), ({"kind": "drop", "code": 500}, "has no code")],
)
def test_faults_are_checked(wrong, words):
    with pytest.raises(ValueError, match=words):
        Fault(**wrong)
