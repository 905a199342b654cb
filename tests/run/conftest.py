"""A run to record, the same in all tests of the record."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.run_folder import RunFolder

NAME = "swap-01234567"
CONFIG = "name: swap\ntraining: {steps: 3, seed: 1}\n"
REPOSITORY = Path(__file__).parents[2]


def step_row(step: int) -> dict[str, Any]:
    return {"step": step, "cost": 1 / (step + 3), "theta": [0.1 * step, -0.2], "shots": 4096, "jobs": 1}


def job_row(step: int) -> dict[str, Any]:
    return {"id": f"job-{step}", "backend": "aer", "started": datetime(2030, 1, 1, 10, tzinfo=UTC)}


def record_step(ledger: Ledger, step: int) -> None:
    """One step with one job, as the training does it."""
    ledger.plan(WorkUnit(step, f"step-{step}"))
    ledger.finish_step(step_row(step), {f"step-{step}": job_row(step)}, {"theta": [0.1 * step, -0.2]})


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "results"


@pytest.fixture
def open_run(results: Path) -> Callable[..., RunFolder]:
    def open_it(name: str = NAME, config: str = CONFIG, identity: object = 1, **options: Any) -> RunFolder:
        details = {"backend": "aer", "seeds": {"training": 1}, "configuration": identity}
        return RunFolder.open(results, name, config, details, **options)

    return open_it


@pytest.fixture
def start_process(results: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts another process that records steps until it is killed; returns once it has recorded some."""
    processes: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", f"{__package__}.endless_run", str(results)], cwd=REPOSITORY,
                                   env={"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}"})  # fmt: skip
        processes.append(process)
        before = steps_recorded(results / NAME)
        while steps_recorded(results / NAME) < before + 3:
            assert process.poll() is None, "the process that records steps has died"
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


def steps_recorded(folder: Path) -> int:
    try:
        with LedgerReader.open(folder / "ledger.sqlite") as ledger:
            return len(ledger.rows())
    except Exception:  # noqa: BLE001 - not there yet
        return 0
