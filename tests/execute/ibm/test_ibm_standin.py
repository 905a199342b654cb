"""The stand-in for IBM's service, seen through the unmodified client."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from ibm_standin import StandIn
from ibm_standin.client import SHOTS, VALUES, ansatz, connect, exact, pub, submit, values_of
from qiskit.quantum_info import Statevector
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime import Batch, QiskitRuntimeService, Session
from qiskit_ibm_runtime.accounts.exceptions import InvalidAccountError
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.exceptions import (
    IBMRuntimeError,
    RuntimeInvalidStateError,
    RuntimeJobNotFound,
    RuntimeJobTimeoutError,
)
from qiskit_ibm_runtime.executor_estimator import Estimator
from qiskit_ibm_runtime.executor_sampler import Sampler

SIGMAS = 5


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


@pytest.mark.parametrize("device", ["ibm_manila", "ibm_torino"])
@pytest.mark.parametrize("level", [0, 1])
def test_estimates_agree_with_exact_values(monkeypatch, device, level):
    with StandIn(("fake_manila", "fake_torino")) as stand_in:
        backend = connect(monkeypatch, stand_in).backend(device)
        job = Estimator(backend, options={"resilience_level": level, "default_shots": SHOTS}).run([pub(backend)] * 2)
        first, second = job.result(poll_interval=0.1)
        for result in (first, second):
            assert np.all(np.abs(result.data.evs - exact()) < SIGMAS * result.data.stds)
        assert np.any(first.data.evs != second.data.evs)  # equal PUBs have shots of their own
        (accepted,) = stand_in.jobs.values()
        assert (accepted.id, accepted.pubs, accepted.paid) == (job.job_id(), 2, True)
        if level == 0:
            assert accepted.items == 2
            assert accepted.executions == 2 * 6 * 2 * SHOTS  # two bases


@pytest.mark.parametrize("twirled", [False, True])
def test_samples_agree_with_exact_probabilities(backend, twirled):
    circuit, angles = ansatz()
    chances = [
        Statevector(circuit.assign_parameters(dict(zip(angles, row, strict=True)))).probabilities() for row in VALUES
    ]
    circuit.measure_all()
    isa = generate_preset_pass_manager(optimization_level=1, backend=backend, seed_transpiler=1).run(circuit)
    sampler = Sampler(backend, options={"twirling": {"enable_gates": twirled, "enable_measure": twirled}})
    found = sampler.run([(isa, {tuple(angles): VALUES})], shots=SHOTS).result(poll_interval=0.1)[0].data.meas
    assert found.shape == (6,)
    for k in range(6):
        counts = found.get_int_counts(k)
        total = sum(counts.values())
        for outcome, chance in enumerate(chances[k]):
            deviation = np.sqrt(chance / total) + 1 / total  # the wider Poisson bound, for rare outcomes
            assert abs(counts.get(outcome, 0) / total - chance) < SIGMAS * deviation


@pytest.mark.parametrize(
    "options",
    [
        {"resilience_level": 2},
        {"resilience_level": 0, "twirling": {"enable_gates": True}},
        {"resilience_level": 1, "dynamical_decoupling": {"enable": True, "sequence_type": "XY4"}},
    ],
    ids=str,
)
def test_other_options_run_as_well(backend, options):
    job = Estimator(backend, options={"default_shots": 10 * SHOTS, **options}).run([pub(backend)])
    np.testing.assert_allclose(values_of(job), exact(), atol=0.2)


def test_noise_pulls_values_towards_zero(monkeypatch):
    zeros = np.zeros((1, 8))
    with StandIn(noisy=True) as stand_in:
        backend = connect(monkeypatch, stand_in).backend("ibm_manila")
        first, again = (values_of(submit(backend, values=zeros)) for _ in range(2))
    assert abs(first[0]) < abs(exact(zeros)[0]) - 0.02
    np.testing.assert_array_equal(again, first)


def test_states_usage_and_metrics(monkeypatch):
    with StandIn(queue_seconds=1, seconds_per_job=1, usage_delay=5) as stand_in:
        job = submit(connect(monkeypatch, stand_in).backend("ibm_manila"))
        assert job.usage_estimation["quantum_seconds"] == pytest.approx(2 + 0.00035 * 6 * 2 * SHOTS)
        seen = [job.status()]
        with pytest.raises(RuntimeJobTimeoutError):
            job.result(timeout=0.1)
        while seen[-1] != "DONE":
            if (status := job.status()) != seen[-1]:
                seen.append(status)
            time.sleep(0.02)
        assert seen == ["QUEUED", "RUNNING", "DONE"]
        assert job.metrics()["usage"]["status"] == "pending"
        assert job.usage() == 0
        while not job.usage():
            time.sleep(0.1)
        (billed,) = (job.charged for job in stand_in.jobs.values())
        assert job.usage() == job.metrics()["usage"]["quantum_seconds"] == billed
        assert 2 + 6 * 2 * SHOTS * 250e-6 < billed < 2 + 6 * 2 * SHOTS * 275e-6  # delay and circuit
        times = job.metrics()["timestamps"]
        assert times["created"] < times["running"] < times["finished"]


def test_a_job_that_is_cancelled_in_the_queue_costs_nothing(monkeypatch):
    with StandIn(queue_seconds=30) as stand_in:
        service = connect(monkeypatch, stand_in)
        job = submit(service.backend("ibm_manila"), tags=["lost"])
        job.cancel()
        assert service.job(job.job_id()).status() == "CANCELLED"
        with pytest.raises(RuntimeInvalidStateError):
            job.result()
        with pytest.raises(RuntimeInvalidStateError):
            service.job(job.job_id()).cancel()
        assert service.job(job.job_id()).usage() == 0
        assert stand_in.paid_by_tag() == {}
        assert [entry.job.cancelled for entry in stand_in.submissions] == [True]


def test_jobs_are_found_by_what_is_asked_for(service, backend, stand_in):
    first = submit(backend, tags=["run", "step-1"])
    second = submit(backend, tags=["run", "step-2"])
    values_of(second)

    def found(**query):
        return [job.job_id() for job in service.jobs(**query)]

    both = [second.job_id(), first.job_id()]
    assert found() == found(job_tags=["run"]) == found(backend_name="ibm_manila") == found(pending=False) == both
    assert found(job_tags=["run", "step-1"]) == [first.job_id()]
    assert found(job_tags=["step"]) == found(pending=True) == found(program_id="sampler") == []
    assert found(descending=False) == both[::-1]
    assert found(limit=1) == both[:1]
    assert found(skip=1) == both[1:]
    assert found(limit=None, created_after=second.creation_date) == [second.job_id()]
    assert service.job(first.job_id()).tags == ["run", "step-1"]
    assert first.update_tags(["other"]) == ["other"]
    assert stand_in.paid_by_tag() == {"run": 1, "step-2": 1, "other": 1}


def test_sessions(service, backend, stand_in):
    session = Session(backend)
    assert session.details()["accepting_jobs"]
    job = submit(session)
    values_of(job)
    assert job.session_id == session.session_id == stand_in.jobs[job.job_id()].session_id
    assert [found.job_id() for found in service.jobs(session_id=session.session_id)] == [job.job_id()]
    assert session.status() == "In progress, accepting new jobs"
    assert Session.from_id(session.session_id, service).details()["mode"] == "dedicated"
    stand_in.close_sessions()
    assert session.status() == "Closed"
    with pytest.raises(IBMRuntimeError, match="Session has been closed") as refusal:
        submit(session)
    assert refusal.value.__context__.status_code == 400
    assert [entry.accepted for entry in stand_in.submissions] == [True, False]


def test_closing_and_cancelling_a_batch(monkeypatch):
    with StandIn(queue_seconds=30, plan="open") as stand_in:
        backend = connect(monkeypatch, stand_in).backend("ibm_manila")
        with pytest.raises(RequestsApiError, match="1352"):
            Session(backend)
        batch = Batch(backend)
        job = submit(batch)
        batch.close()
        assert batch.details()["state"] == "open"  # until its jobs are done
        assert not batch.details()["accepting_jobs"]
        batch.cancel()
        assert job.status() == "CANCELLED"
        assert batch.status() == "Closed"
        assert backend.service.usage()["usage_remaining_seconds"] == 600


def test_equal_programs_give_equal_results(monkeypatch, tmp_path):
    environment, found = {}, []
    for level in (0, 1):
        with StandIn() as stand_in:
            backend = connect(monkeypatch, stand_in).backend("ibm_manila")
            jobs = [
                submit(backend, ["a"], level),
                submit(Batch(backend), ["b"], level),
                # Sorted the other way round, with other names and other uuids.
                submit(backend, level=level, names="zy"),
                submit(backend, level=level, values=VALUES + 1e-9),
            ]
            stand_in.restart()
            jobs.append(submit(backend, level=level))
            found = [values_of(job) for job in jobs]
            hashes = [stand_in.jobs[job.job_id()].content_hash for job in jobs]
            for k in (1, 2, 4):
                np.testing.assert_array_equal(found[k], found[0])
                assert hashes[k] == hashes[0]
            assert np.any(found[3] != found[0])
            assert hashes[3] != hashes[0]
    with StandIn() as other:
        environment = {**os.environ, **other.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
        script = tmp_path / "client.py"
        script.write_text(
            "import json, sys\n"
            "from ibm_standin.client import submit, values_of\n"
            "from qiskit_ibm_runtime import QiskitRuntimeService\n"
            "backend = QiskitRuntimeService().backend('ibm_manila')\n"
            "sys.stdout.write(json.dumps(values_of(submit(backend, level=1)).tolist()))\n"
        )
        process = subprocess.run(
            [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True
        )
    np.testing.assert_array_equal(json.loads(process.stdout), found[0])


def test_restarts_and_absences(service, backend, stand_in):
    job = submit(backend)
    before = values_of(job)
    stand_in.restart()
    np.testing.assert_array_equal(values_of(service.job(job.job_id())), before)
    stand_in.away(0.3)
    np.testing.assert_array_equal(values_of(service.job(job.job_id())), before)  # the client tries again
    stand_in.restart(keep_jobs=False)
    with pytest.raises(RuntimeJobNotFound):
        service.job(job.job_id())


def test_calibrations_change(backend, stand_in):
    old = backend.properties(refresh=True)
    stand_in.recalibrate()
    new = backend.properties(refresh=True)
    assert (new.last_update_date - old.last_update_date).days == 1
    assert new.t1(0) < old.t1(0)


def test_who_is_let_in(monkeypatch, stand_in, service):
    missing = service._active_api_client  # noqa: SLF001 - the client hides what it sends by
    with pytest.raises(RequestsApiError) as refusal:
        missing.backend_properties("ibm_nowhere")
    assert refusal.value.status_code == 404
    for name, value in (stand_in.environment() | {"QISKIT_IBM_TOKEN": "wrong"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidAccountError, match="valid API token"):
        QiskitRuntimeService()


def test_nothing_else_is_asked(monkeypatch, stand_in):
    hosts = set()
    connects, looks_up = socket.socket.connect, socket.getaddrinfo

    def connecting(self, address):
        hosts.add(address[0])
        return connects(self, address)

    def looking_up(host, *rest, **more):
        hosts.add(host)
        return looks_up(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr(socket, "getaddrinfo", looking_up)
    values_of(submit(connect(monkeypatch, stand_in).backend("ibm_manila"), level=1))
    assert hosts == {"127.0.0.1"}
    assert {request.status for request in stand_in.requests} == {200}
    polls = [request for request in stand_in.requests if request.path == f"/jobs/{next(iter(stand_in.jobs))}"]
    assert 1 <= len(polls) < 100
