"""A device of a day as a file: its configuration and calibration, and nothing that belongs to an account."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.exceptions import QiskitError
from qiskit.providers import BackendV2, JobV1, Options
from qiskit.transpiler import Target
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.models import BackendConfiguration, BackendProperties
from qiskit_ibm_runtime.utils.backend_converter import convert_to_target

from sggd_qiskit.config.files import read_file
from sggd_qiskit.execute.devices import DeviceError

_LARGEST = 50_000_000  # bytes of a snapshot; those of 156 qubits have a third of a million
FORMAT = "sggd_qiskit device snapshot"
VERSION = 1

# Named one by one, so that a field that a service adds does not slip into a file that is passed on.
_CONFIGURATION = (
    "backend_name",
    "backend_version",
    "n_qubits",
    "basis_gates",
    "gates",
    "local",
    "simulator",
    "conditional",
    "open_pulse",
    "memory",
    "coupling_map",
    "supported_instructions",
    "supported_features",
    "instruction_signatures",
    "timing_constraints",
    "dt",
    "dtm",
    "rep_delay_range",
    "default_rep_delay",
    "max_shots",
    "online_date",
    "processor_type",
    "sample_name",
)
_TIMES = ("date", "last_update_date", "online_date")
_PROPERTIES = ("backend_name", "backend_version", "last_update_date", "qubits", "gates", "general")


class SnapshotDevice(BackendV2):  # type: ignore[misc]  # Qiskit ships no types
    """A device as it was when its snapshot was taken; what it runs is simulated with its noise.

    Args:
        configuration: the device's gates and couplings.
        properties: its calibration.
    """

    def __init__(self, configuration: BackendConfiguration, properties: BackendProperties):
        # A record of a rehearsal is not to be taken for one of the device.
        name = configuration.backend_name.removesuffix("_snapshot") + "_snapshot"
        super().__init__(name=name, backend_version=configuration.backend_version)
        self._configuration, self._properties = configuration, properties
        self._target = convert_to_target(configuration, properties)

    @property
    def target(self) -> Target:
        """Gates, couplings, errors, T1 and T2."""
        return self._target

    @property
    def max_circuits(self) -> None:
        """No limit."""
        return

    @property
    def calibrated(self) -> datetime:
        """The time of the last calibration."""
        time: datetime = self._properties.last_update_date
        return time

    def configuration(self) -> BackendConfiguration:
        """The device's configuration."""
        return self._configuration

    def properties(self) -> BackendProperties:
        """The device's calibration."""
        return self._properties

    @classmethod
    def _default_options(cls) -> Options:
        return Options()

    def run(self, run_input: Any, **options: Any) -> JobV1:
        """Simulate circuits on Aer with the device's noise."""
        return AerSimulator.from_backend(self).run(run_input, **options)


def snapshot_text(backend: BackendV2) -> str:
    """The snapshot of an IBM device, real or fake, as JSON.

    Raises:
        DeviceError: if the backend has no calibration.
    """
    properties = backend.properties() if hasattr(backend, "properties") else None
    if properties is None or not hasattr(backend, "configuration"):
        raise DeviceError(f"found no calibration of the backend {backend.name!r}; wanted a device of IBM, real or fake")
    configuration, calibration = backend.configuration().to_dict(), properties.to_dict()
    return json.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "configuration": {key: configuration[key] for key in _CONFIGURATION if key in configuration},
            "properties": {key: calibration[key] for key in _PROPERTIES},
        },
        default=_time,
    )


def snapshot_device(path: str | Path) -> SnapshotDevice:
    """The device of a snapshot file.

    Raises:
        DeviceError: if the file is missing, damaged or none of ours.
    """
    content = _content(Path(path))
    try:
        configuration = BackendConfiguration.from_dict(content["configuration"])
        properties = BackendProperties.from_dict(content["properties"])
        _check(configuration, properties)
        return SnapshotDevice(configuration, properties)
    except (LookupError, TypeError, ValueError, AttributeError, QiskitError) as error:
        raise DeviceError(f"{path}: found a damaged device snapshot ({error!r}); take the snapshot again") from error


def _check(configuration: BackendConfiguration, properties: BackendProperties) -> None:
    """Raise ``ValueError`` if the calibration is not that of the device, or no device can have it."""
    if len(properties.qubits) != configuration.n_qubits:
        raise ValueError(f"{configuration.n_qubits} qubits, and a calibration of {len(properties.qubits)}")
    calibrated = {(gate.gate, tuple(gate.qubits)) for gate in properties.gates}
    for gate in configuration.gates:
        missing = [
            pair
            for pair in getattr(gate, "coupling_map", None) or ()
            if len(pair) == 2 and (gate.name, tuple(pair)) not in calibrated
        ]
        if missing:
            raise ValueError(f"no calibration of {gate.name} on {missing[0]}")
    known = {gate.name for gate in configuration.gates} | set(get_standard_gate_name_mapping())
    unknown = set(configuration.basis_gates) - known
    if unknown:
        raise ValueError(f"no definition of the gates {sorted(unknown)}")
    for value in (value for qubit in properties.qubits for value in qubit):
        if value.name in {"T1", "T2"} and not value.value > 0:
            raise ValueError(f"{value.name} of {value.value:g} {value.unit}")
    errors = [p.value for gate in properties.gates for p in gate.parameters if p.name == "gate_error"]
    errors += [value.value for qubit in properties.qubits for value in qubit if value.name == "readout_error"]
    if not all(0 <= error <= 1 for error in errors):
        raise ValueError(f"an error of {max(errors, key=abs):g}, which is no probability")


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_file(path, _LARGEST).decode("utf-8"), object_hook=_with_times)
    except OSError as error:
        raise DeviceError(f"{path}: can't read the device snapshot: {error.strerror or error}") from error
    except (TypeError, ValueError) as error:
        raise DeviceError(f"{path}: found no whole JSON text ({error}); wanted a device snapshot") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DeviceError(f"{path}: found a file of another kind; wanted a device snapshot")
    if content.get("version") != VERSION:
        raise DeviceError(
            f"{path}: found a device snapshot of version {content.get('version')!r}; wanted version {VERSION}"
        )
    return content


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise DeviceError(f"found a {type(value).__name__} in the device's configuration, which is no JSON")


def _with_times(mapping: dict[str, Any]) -> dict[str, Any]:
    # Not the client's own decoder, which takes times of any zone for local ones.
    return {key: datetime.fromisoformat(value) if key in _TIMES else value for key, value in mapping.items()}
