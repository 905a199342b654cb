"""Asking the service for a device."""

from __future__ import annotations

import pytest
from ibm_standin import StandIn

from sggd_qiskit.config.execution import ServiceConfig
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.job import ExecutionError


def test_the_least_busy_device_has_room_for_the_circuits(monkeypatch):
    with StandIn(("fake_manila", "fake_torino")) as stand_in:
        for name, value in stand_in.environment().items():
            monkeypatch.setenv(name, value)
        service = Service(ServiceConfig(timeout=20, poll=0.02, patience=1))
        service.connect()
        assert service.least_busy(5) in {"ibm_manila", "ibm_torino"}
        assert service.least_busy(6) == "ibm_torino"
        with pytest.raises(ExecutionError, match="134 qubits"):
            service.least_busy(134)


@pytest.mark.parametrize("content", ["{", "[1]", "\x00"])
def test_a_damaged_file_of_saved_accounts_is_named(monkeypatch, tmp_path, content):
    file = tmp_path / "qiskit-ibm.json"
    file.write_text(content)
    monkeypatch.setattr("qiskit_ibm_runtime.accounts.management._DEFAULT_ACCOUNT_CONFIG_JSON_FILE", str(file))
    monkeypatch.delenv("QISKIT_IBM_TOKEN", raising=False)
    with pytest.raises(ExecutionError, match=r"qiskit-ibm\.json"):
        Service(ServiceConfig(timeout=5, poll=0.02, patience=1)).connect()
