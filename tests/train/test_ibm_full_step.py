"""A full step of the plane example on 133 qubits: prepared and submitted in seconds, and never twice."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from ibm_runs import completed, jobs, paid_by_unit, plane, serving
from problems import CONFIGS

from sggd_qiskit.execute.ibm import payload

CPU_SECONDS, MEGABYTES = 30, 1000

CHILD = """
import resource, sys
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.run.run import run_experiment

result = run_experiment(load_config(sys.argv[1], sys.argv[3:]), sys.argv[2], detach=True)
used = resource.getrusage(resource.RUSAGE_SELF)
print(len(result.pending), used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3)
"""


@pytest.mark.parametrize(("shots", "parts"), [(64, 1), (4096, 6)])
def test_a_full_step_is_submitted_in_seconds(tmp_path, shots, parts):
    overrides = ["execution.backend=ibm_torino", f"execution.shots={shots}", "execution.mode=batch"]
    overrides.append("execution.shots_for=value")
    with serving(devices=("fake_torino",), queue_seconds=1e6) as stand_in:
        found = subprocess.run(
            [sys.executable, "-c", CHILD, str(CONFIGS / "plane.yaml"), str(tmp_path), *overrides],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        pending, seconds, megabytes = map(float, found.stdout.split())
        assert pending == len(stand_in.jobs) == len(stand_in.submissions) == parts
        executions = sum(job.executions for job in stand_in.jobs.values())
        circuits = 11_700 * shots + (1552 + 16 * 32) * max(64, shots // 16)  # each run once
        assert circuits < executions <= 1.01 * circuits  # readout errors are measured too
        order = [(request.method, request.path) for request in stand_in.requests if request.method == "POST"]
        assert order.index(("POST", "/sessions")) + 1 == order.index(("POST", "/jobs"))
    assert seconds < CPU_SECONDS
    assert megabytes < MEGABYTES


def test_slow_preparation_is_no_hung_request(tmp_path, monkeypatch):
    prepared, told = payload.job_pubs, []

    def slowly(*arguments):
        assert len(stand_in.sessions) <= len(stand_in.jobs)  # a session waits for nothing to be prepared
        time.sleep(1.2)
        return prepared(*arguments)

    monkeypatch.setattr(payload, "job_pubs", slowly)
    config = plane("training.steps=1", "execution.service.timeout=0.2", "execution.mode=session")
    with serving() as stand_in:
        folder = completed(config, tmp_path, on_wait=told.append)
        time.sleep(1.5)
        assert set(paid_by_unit(stand_in).values()) == {1}
        assert len(stand_in.submissions) == len(stand_in.jobs) == 2
    assert (jobs(folder)["prepare_seconds"] > 1).all()
    preparing = [text.split(":")[0] for text in told if text.endswith("parameter sets")]
    assert preparing == ["preparing step-000000", "preparing step-000001"]
