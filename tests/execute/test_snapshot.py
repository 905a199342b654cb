"""Snapshots: a device comes back as it was, without its owner's secrets, and bad files are told apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from builders import random_ansatz
from qiskit import QuantumCircuit
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import SparsePauliOp
from qiskit_ibm_runtime import IBMBackend
from qiskit_ibm_runtime.models import QasmBackendConfiguration

from sggd_qiskit.circuit.measurement import Measurement, Setting
from sggd_qiskit.execute.devices import DeviceError, fake_device
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.snapshot import snapshot_device, snapshot_text

SECRETS = {"hub", "group", "project", "instance", "crn", "url", "token", "account", "provider", "api_key"}


@pytest.fixture(scope="module")
def torino():
    return fake_device("fake_torino")


@pytest.fixture(scope="module")
def path(torino, tmp_path_factory):
    path = tmp_path_factory.mktemp("devices") / "torino.json"
    path.write_text(snapshot_text(torino), encoding="utf-8")
    return path


def _entries(target):
    return {
        (name, qubits): None if found is None else (found.error, found.duration)
        for name in target.operation_names
        for qubits, found in (target[name] or {None: None}).items()
    }


def test_a_device_comes_back_with_its_gates_errors_and_times(torino, path):
    device = snapshot_device(path)
    assert device.name == "fake_torino_snapshot"
    assert device.calibrated == torino.properties().last_update_date
    assert _entries(device.target) == _entries(torino.target)
    assert [(q.t1, q.t2) for q in device.target.qubit_properties] == [
        (q.t1, q.t2) for q in torino.target.qubit_properties
    ]
    assert (device.target.dt, device.num_qubits, device.max_circuits) == (torino.target.dt, 133, None)
    assert device.properties().readout_error(5) == torino.properties().readout_error(5)
    # A snapshot of a snapshot is the same, under the same name.
    assert snapshot_text(device) == path.read_text(encoding="utf-8")


def test_its_noise_is_the_devices(torino, path):
    rng = np.random.default_rng(1)
    ansatz = random_ansatz(rng, 3, 12, affine=True)
    values = rng.uniform(-3, 3, size=(6, ansatz.num_parameters))
    found = []
    for device in (torino, snapshot_device(path)):
        executor = RehearsalExecutor(device, seeds=[1])
        measurement = executor.prepare(Measurement(ansatz, (SparsePauliOp(["ZZZ", "XIX"]),)))
        setting = Setting(measurement, {tuple(ansatz.parameters): values}, (6,), 500)
        (outcome,), (job,) = executor.run([setting], np.random.SeedSequence(2), WorkUnit(0, "t"))
        assert job.backend == device.name
        found.append(outcome.values)
    np.testing.assert_array_equal(*found)


def test_it_runs_circuits_with_noise(tmp_path):
    path = tmp_path / "manila.json"
    path.write_text(snapshot_text(fake_device("fake_manila")), encoding="utf-8")
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.measure_all()
    counts = snapshot_device(path).run(circuit, shots=4000, seed_simulator=1).result().get_counts()
    assert 0 < counts["0"] < 800


def _keys(value):
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in _keys(item)}
    return {key for item in value for key in _keys(item)} if isinstance(value, list) else set()


def test_a_device_of_an_account_leaves_no_trace_of_it(torino, tmp_path):
    configuration = torino.configuration().to_dict() | {
        "backend_name": "ibm_torino",
        "url": "https://secret.example",
        "hub": "secret-hub",
        "instance": "crn:v1:secret",
        "token": "secret-token",
    }
    properties = torino.properties().to_dict() | {"instance": "crn:v1:secret"}
    client = SimpleNamespace(backend_properties=lambda *args, **kwargs: properties)
    backend = IBMBackend(
        QasmBackendConfiguration.from_dict(configuration), service=None, api_client=client, instance="crn:v1:secret"
    )
    text = snapshot_text(backend)
    assert "secret" not in text
    assert not _keys(json.loads(text)) & SECRETS
    path = tmp_path / "device.json"
    path.write_text(text, encoding="utf-8")
    device = snapshot_device(path)
    assert device.name == "ibm_torino_snapshot"
    assert _entries(device.target) == _entries(backend.target)
    assert device.calibrated == backend.properties().last_update_date


def test_times_of_any_zone_are_kept(path, tmp_path):
    content = json.loads(path.read_text(encoding="utf-8"))
    content["properties"]["last_update_date"] = "2026-01-02T03:04:05+00:00"
    moved = tmp_path / "moved.json"
    moved.write_text(json.dumps(content), encoding="utf-8")
    assert snapshot_device(moved).calibrated == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_files_that_are_no_snapshot_are_told_apart(path, tmp_path):
    whole = path.read_text(encoding="utf-8")
    content = json.loads(whole)
    cases = {
        "whole JSON": whole[: len(whole) // 2],
        "another kind": json.dumps({"some": "thing"}),
        "of another kind": json.dumps([1, 2]),
        "version 99": json.dumps(content | {"version": 99}),
        "damaged": json.dumps({key: value for key, value in content.items() if key != "properties"}),
        "damaged device": json.dumps(content | {"configuration": {"backend_name": "x"}}),
        "no whole": json.dumps({"date": 5}),
    }
    for words, text in cases.items():
        bad = tmp_path / "bad.json"
        bad.write_text(text, encoding="utf-8")
        with pytest.raises(DeviceError, match=words):
            snapshot_device(bad)
    with pytest.raises(DeviceError, match="can't read"):
        snapshot_device(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DeviceError, match="no whole JSON"):
        snapshot_device(tmp_path / "bytes.json")


def test_a_backend_without_calibration_has_no_snapshot():
    with pytest.raises(DeviceError, match="no calibration"):
        snapshot_text(GenericBackendV2(3, seed=1))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda c: c["configuration"].update(n_qubits=3), "a calibration of 5"),
        (lambda c: c["configuration"].update(basis_gates=["foo"]), "no definition of the gates"),
        (lambda c: c["properties"]["qubits"][0][0].update(value=-5.0), "T1 of -5"),
        (lambda c: c["properties"]["gates"][0]["parameters"][0].update(value=3.0), "no probability"),
        (lambda c: c["properties"].update(gates=c["properties"]["gates"][:2]), "no calibration of cx on"),
    ],
)
def test_a_calibration_that_no_device_has_is_refused(tmp_path, damage, says):
    content = json.loads(snapshot_text(fake_device("fake_manila")))
    damage(content)
    path = tmp_path / "device.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DeviceError, match=says):
        snapshot_device(path)
