"""Devices by name: the snapshots of IBM's devices that qiskit-ibm-runtime ships."""

from __future__ import annotations

import warnings
from difflib import get_close_matches

from qiskit import QuantumCircuit
from qiskit.providers import BackendV2
from qiskit.transpiler import PassManager, generate_preset_pass_manager

from sggd_qiskit.execute.job import ExecutionError

TRANSPILER_SEED = 7


class DeviceError(ExecutionError):
    """A device that is not known, or not one for the circuits."""


def require_room(circuit: QuantumCircuit, qubits: int | None) -> None:
    """Check that a device has as many qubits as a circuit.

    Raises:
        DeviceError: if it has fewer.
    """
    if qubits is not None and circuit.num_qubits > qubits:
        raise DeviceError(
            f"found a circuit of {circuit.num_qubits} qubits for a device of {qubits}; take a larger device, or another way "
            "to measure the penalty (cost.estimator) if it is the penalty's"
        )


def fake_devices() -> dict[str, BackendV2]:
    """All snapshots by their names."""
    from qiskit_ibm_runtime.fake_provider import FakeProviderForBackendV2  # takes a second

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a device that is not ours says that its numbers are made up
        return {backend.name: backend for backend in FakeProviderForBackendV2().backends()}


def fake_device(name: str) -> BackendV2:
    """The snapshot of a device, such as ``fake_torino``.

    Raises:
        DeviceError: naming the nearest known ones.
    """
    devices = fake_devices()
    if name.startswith("ibm_"):
        raise DeviceError(f"found {name!r}, a real device; set execution.backend to it, or take fake_{name[4:]}")
    if name not in devices:
        near = get_close_matches(name, devices, n=3) or ["fake_torino", "fake_manila"]
        raise DeviceError(f"found the device {name!r}, which is not known; did you mean {' or '.join(near)}?")
    return devices[name]


def device_pass_manager(device: BackendV2 | None) -> PassManager:
    """What transpiles to a device, routed; or without one to the gates of IBM's devices, not routed."""
    if device is None:
        return generate_preset_pass_manager(optimization_level=1, basis_gates=["rz", "sx", "x", "cz"])
    return generate_preset_pass_manager(optimization_level=3, backend=device, seed_transpiler=TRANSPILER_SEED)
