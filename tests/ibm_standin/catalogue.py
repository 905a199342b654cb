"""Devices under the names of real ones, from the snapshots that qiskit-ibm-runtime ships."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from qiskit.transpiler import Target
from qiskit_ibm_runtime.models import BackendConfiguration, BackendProperties
from qiskit_ibm_runtime.utils.backend_converter import convert_to_target

from .answer import ServiceError


class Catalogue:
    """Configurations and properties by name; ``fake_manila`` is served as ``ibm_manila``."""

    def __init__(self, devices: tuple[str, ...]):
        self.state = "active"
        self.sources = {device.replace("fake_", "ibm_", 1): device for device in devices}
        self._configurations = {name: _snapshot(source, "conf", name) for name, source in self.sources.items()}
        self._targets: dict[str, Target] = {}
        self._properties = {name: _snapshot(source, "props", name) for name, source in self.sources.items()}

    def configuration(self, name: str) -> dict[str, Any]:
        """A device's configuration.

        Raises:
            ServiceError: 404 if there is no such device.
        """
        return self._require(self._configurations, name)

    def properties(self, name: str) -> dict[str, Any]:
        """A device's calibration.

        Raises:
            ServiceError: 404 if there is no such device.
        """
        return self._require(self._properties, name)

    def target(self, name: str) -> Target:
        """A device's gates and their durations."""
        if name not in self._targets:
            self._targets[name] = self._target(name)
        return self._targets[name]

    def _target(self, name: str) -> Target:
        found = BackendConfiguration.from_dict(copy.deepcopy(self.configuration(name)))
        return convert_to_target(found, BackendProperties.from_dict(copy.deepcopy(self.properties(name))))

    def list(self, queue_length: int) -> dict[str, Any]:
        """GET /backends."""
        devices = [
            {
                "name": name,
                "status": {"name": "online", "reason": "available"},
                "qubits": configuration["n_qubits"],
                "physical_qubits": configuration["n_qubits"],
                "queue_length": queue_length,
                "clops": {"type": "clops", "value": configuration.get("clops_h") or configuration.get("clops") or 0},
                "processor_type": configuration["processor_type"],
            }
            for name, configuration in self._configurations.items()
        ]
        return {"devices": devices}

    def status(self, name: str, queue_length: int) -> dict[str, Any]:
        """GET /backends/NAME/status."""
        version = self.configuration(name)["backend_version"]
        return {"state": True, "status": self.state, "length_queue": queue_length, "backend_version": version}

    def retire(self, name: str, pair: tuple[int, int]) -> None:
        """Take a coupler out of use, both ways."""
        pairs = {pair, pair[::-1]}
        configuration = self._configurations[name]
        configuration["coupling_map"] = [p for p in configuration["coupling_map"] if tuple(p) not in pairs]
        for gate in configuration["gates"]:
            gate["coupling_map"] = [p for p in gate.get("coupling_map", []) if tuple(p) not in pairs]
        properties = copy.deepcopy(self._properties[name])
        properties["gates"] = [gate for gate in properties["gates"] if tuple(gate["qubits"]) not in pairs]
        self._properties[name] = properties

    def recalibrate(self) -> None:
        """A day later: new dates everywhere, and one percent off every T1 and T2."""
        for name, old in self._properties.items():
            properties = copy.deepcopy(old)
            properties["last_update_date"] = _next_day(old["last_update_date"])
            for parameter in (parameter for qubit in properties["qubits"] for parameter in qubit):
                parameter["date"] = _next_day(parameter["date"])
                if parameter["name"] in {"T1", "T2"}:
                    parameter["value"] *= 0.99
            self._properties[name] = properties
        self._targets.clear()

    def _require(self, table: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        if name not in table:
            raise ServiceError(404, 1206, f"Backend {name} not found.", "Use a backend of your instance.")
        return table[name]


def _snapshot(device: str, kind: str, served_as: str) -> dict[str, Any]:
    short = device.removeprefix("fake_")
    source = files("qiskit_ibm_runtime.fake_provider.backends") / short / f"{kind}_{short}.json"
    if not source.is_file():
        raise ValueError(f"found no snapshot of {device!r}; wanted one as fake_manila or fake_torino")
    content: dict[str, Any] = json.loads(source.read_text())
    content["backend_name"] = served_as
    if kind == "conf":
        content |= {"simulator": False, "local": False}
    return content


def _next_day(date: str) -> str:
    return (datetime.fromisoformat(date) + timedelta(days=1)).isoformat()
