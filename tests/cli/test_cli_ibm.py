"""The commands around a service's jobs, as a user of ``sggd`` sees them."""

from __future__ import annotations

import json
import shutil
from time import sleep

import pandas as pd
import pytest
from command_line import call
from ibm_standin import StandIn
from problems import CONFIGS

from sggd_qiskit import load_results
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.snapshot import snapshot_device

SMALL = (
    "data.train=6",
    "data.test=5",
    "training.steps=2",
    "execution.shots=40",
    "execution.service.poll=0.05",
    "execution.options={resilience_level: 0}",
)
SECRET = "standin-token"


@pytest.fixture
def service():
    with StandIn(seconds_per_job=0.2) as service:
        yield service


def overrides(*more: str) -> list[str]:
    return [part for override in (*SMALL, *more) for part in ("--set", override)]


def run(service, results, *more: str, backend: str = "ibm_manila"):
    command = ["run", CONFIGS / "werner.yaml", "--results", results, *overrides(f"execution.backend={backend}")]
    return call(*command, *more, **service.environment())


def only_run(results):
    (folder,) = results.iterdir()
    return folder


def queued_behind_another(service):
    """The jobs that wait in the queue."""
    return [job for job in service.jobs.values() if job.state == "Queued"]


def test_submit_look_cancel_and_collect(tmp_path):
    with StandIn(seconds_per_job=0.2, queue_seconds=3600) as service:
        first = run(service, tmp_path, "--detach")
        assert (first.returncode, first.stderr) == (0, "")
        assert "0 steps are recorded, and job " in first.stdout
        (job,) = queued_behind_another(service)
        looked = call("status", tmp_path, **service.environment())
        assert looked.returncode == 0
        assert "at the service" in looked.stdout
        assert f"job {job.id} queued" in looked.stdout
        assert "to be continued" in call("status", tmp_path, "--offline").stdout
        again = run(service, tmp_path, "--detach")
        assert job.id in again.stdout
        assert len(service.jobs) == 1
        gone = call("cancel", only_run(tmp_path), **service.environment())
        assert f"cancelled {job.id}" in gone.stdout
        assert service.jobs[job.id].cancelled
        assert "nothing is queued" in call("cancel", tmp_path, **service.environment()).stdout
        assert "at the service" not in call("status", tmp_path, **service.environment()).stdout
        anew = run(service, tmp_path, "--detach", "--set", "execution.budget.jobs=1")
        assert (anew.returncode, anew.stderr) == (0, "")
        assert [job.cancelled for job in service.jobs.values()] == [True, False]


def test_a_detached_run_goes_on_a_step_at_a_time(tmp_path, service):
    for step in range(3):
        assert run(service, tmp_path, "--detach").returncode == 0
        assert len(service.jobs) == step + 1
        while any(not job.finished for job in service.jobs.values()):
            sleep(0.05)
    last = run(service, tmp_path, "--detach")
    assert "Complete: all 2 steps are done." in last.stdout
    looked = call("status", tmp_path)
    assert "complete" in looked.stdout
    assert "3/3" in looked.stdout
    assert set(service.paid_by_tag().values()) == {1, 3}


def test_the_least_busy_device_is_kept(tmp_path, service):
    done = run(service, tmp_path, backend="least_busy")
    assert (done.returncode, done.stderr) == (0, "")
    results = load_results(tmp_path)
    assert set(results.jobs["backend"]) == {"ibm_manila"}
    assert results.manifest["backend"] == "ibm_manila"
    assert len(results.manifest["circuits"]) == 9  # of the outputs, of 7 pairs, and of the reference
    assert results.steps["layout"].map(len).eq(2).all()
    jobs = pd.read_parquet(only_run(tmp_path) / "jobs.parquet")
    assert jobs["qpu_final"].all()
    assert jobs["qpu_seconds"].sum() == pytest.approx(results.steps["qpu_seconds"].sum())
    assert run(service, tmp_path, backend="least_busy").stdout.startswith("This run is complete already")


def test_a_plan_on_a_device_and_without_its_service(tmp_path, service):
    command = ["plan", CONFIGS / "werner.yaml", *overrides("execution.backend=ibm_manila", "execution.rate=2")]
    shown = call(*command, **service.environment())
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "transpiled to ibm_manila" in shown.stdout
    assert "Price" in shown.stdout
    assert not service.submissions
    nowhere = call(*command, **{**service.environment(), "QISKIT_IBM_TOKEN": "wrong-token"})
    assert nowhere.returncode == 0
    assert "The circuits are shown unrouted" in nowhere.stdout
    assert "wrong-token" not in nowhere.stdout + nowhere.stderr


def test_a_snapshot_can_be_rehearsed_on(tmp_path, service):
    saved = call("snapshot", "ibm_manila", "--output", tmp_path / "manila.json", **service.environment())
    assert (saved.returncode, saved.stderr) == (0, "")
    text = (tmp_path / "manila.json").read_text()
    assert json.loads(text)["configuration"]["backend_name"] == "ibm_manila"
    for secret in (SECRET, "crn:", service.url):
        assert secret not in text
    device = snapshot_device(tmp_path / "manila.json")
    assert device.target.num_qubits == fake_device("fake_manila").num_qubits
    command = [
        "run",
        CONFIGS / "werner.yaml",
        "--results",
        tmp_path / "results",
        *overrides("execution.backend=snapshot"),
    ]
    rehearsed = call(*command, "--set", f"execution.snapshot={tmp_path / 'manila.json'}")
    assert (rehearsed.returncode, rehearsed.stderr) == (0, "")
    assert "leaves execution.options, execution.service aside" in rehearsed.stdout
    assert load_results(tmp_path / "results").manifest["backend"] == "ibm_manila_snapshot"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["status", "nowhere"], "there is no such folder"),
        (["cancel", "."], "neither a run nor a folder of runs"),
        (["snapshot", "fake_nowhere"], "is not known"),
        (["snapshot", "fake_manila", "--output", "nowhere/x.json"], "there is no such folder; make it"),
        (["snapshot", "fake_manila", "--output", "."], "is a folder; name another"),
        (["snapshot", "fake_manila", "--output", __file__], "isn't overwritten; name another"),
        (
            ["plan", CONFIGS / "plane.yaml", "--device", "ibm_torino"],
            "set execution.backend to it, or take fake_torino",
        ),
        (
            ["plan", CONFIGS / "plane.yaml", "--device", "fake_manila", "--set", "model.qubits=6"],
            "take a larger device",
        ),
        (
            ["run", CONFIGS / "plane.yaml", "--set", "model.qubits=14", "--set", "execution.backend=fake_torino"],
            "a device's noise is simulated on 12 at most",
        ),
    ],
)
def test_refuses(tmp_path, monkeypatch, command, says):
    monkeypatch.chdir(tmp_path)
    refused = call(*command)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_unknown_device_is_answered_with_those_that_there_are(tmp_path, service):
    refused = run(service, tmp_path / "results", backend="ibm_nowhere")
    assert refused.returncode == 2
    assert "it has ibm_manila" in refused.stderr
    assert not (tmp_path / "results").exists()


def test_a_run_of_a_simulator_has_a_status_too(tmp_path):
    done = call("run", CONFIGS / "werner.yaml", "--results", tmp_path, *overrides("execution.backend=exact"))
    assert done.returncode == 0
    shutil.copytree(only_run(tmp_path), tmp_path / "copy")
    looked = call("status", tmp_path, tmp_path / "copy")
    assert looked.stdout.count("complete") == 2
    assert "nothing is queued" in call("cancel", tmp_path / "copy").stdout
