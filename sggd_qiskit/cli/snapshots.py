"""``sggd snapshot``: a device's calibration as a file."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from sggd_qiskit.config.execution import ServiceConfig
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.snapshot import snapshot_text
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.files import write_text


def save_snapshot(name: str, output: Path | None) -> None:
    """Save the device of that name, and print how to use the file.

    Raises:
        DeviceError: if there is no such device, or it has no calibration.
        ExecutionError: if the service can't be asked.
        RecordError: if the file can't be written, or there is one already.
    """
    if output is not None:
        _check_free(output)
    if name.startswith("fake_"):
        device = fake_device(name)
    else:
        service = Service(ServiceConfig())
        service.connect()
        device = service.backend(name)
    text = snapshot_text(device)
    calibrated = device.properties().last_update_date
    path = output or Path(f"{name}-{calibrated:%Y%m%d-%H%M}.json")
    _check_free(path)
    write_text(path, text + "\n")
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"Saved {name}, {device.num_qubits} qubits, calibrated {calibrated:%Y-%m-%d %H:%M}, to {path}", markup=False
    )
    console.print(
        f"To rehearse on it: --set execution.backend=snapshot --set execution.snapshot={path.absolute()}", markup=False
    )


def _check_free(path: Path) -> None:
    if path.exists():
        what = "is a folder" if path.is_dir() else "is there already, and isn't overwritten"
        raise RecordError(path, what, "name another file with --output")
    if not path.parent.is_dir():
        raise RecordError(path, "there is no such folder", "make it, or choose another with --output")
