"""Runs and their jobs, looked at and cancelled from outside."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qiskit_ibm_runtime import QiskitRuntimeService

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.execute.ibm.modes import ExecutionMode
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.ibm.submission import QUEUED, cancelled, pending_jobs
from sggd_qiskit.execute.job import WorkUnit
from sggd_qiskit.run.errors import RecordError
from sggd_qiskit.run.files import LEDGER
from sggd_qiskit.run.folders import lock_folder
from sggd_qiskit.run.ibm_device import INSTANCE
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.ledger_reader import LedgerReader, failed_jobs
from sggd_qiskit.run.results import recorded_config
from sggd_qiskit.run.settling import settle_run

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands.

    Attributes:
        name: the folder's.
        backend: where it runs.
        reason: why it is complete; None if it isn't.
        steps: recorded.
        steps_planned: updates of θ that are configured; the last evaluation is one more step.
        jobs: that were submitted, failed ones and duplicates included.
        failed: jobs that failed and were run again.
        pending: ids and states of the jobs that are not done, by the service, or by the ledger if it wasn't asked.
        queue: jobs of all users that wait for the backend; None if it wasn't asked.
        qpu_seconds: billed, or forecast where the service hasn't said yet.
        qpu_final: whether nothing of that is a forecast.
        budget: QPU seconds that the run may spend; None without a limit.
        notes: what happened to its jobs, as time and text.
        sessions: that the run has opened and not closed, as far as is known, such as ``batch`` and its id.
    """

    name: str
    backend: str
    reason: str | None
    steps: int
    steps_planned: int
    jobs: int
    failed: int
    pending: tuple[tuple[str, str], ...]
    queue: int | None
    qpu_seconds: float
    qpu_final: bool
    budget: float | None
    notes: tuple[tuple[str, str], ...]
    sessions: tuple[str, ...] = ()


class Services:
    """Connections to the service, one for each instance, made when the first is needed."""

    def __init__(self) -> None:
        self._services: dict[str | None, Service] = {}

    def get(self, config: ExperimentConfig, instance: str | None) -> Service:
        """The connection for a run.

        Args:
            config: the run's.
            instance: that it began in, by its CRN; None if it is not known.

        Raises:
            ExecutionError: if the service doesn't take the credentials or can't be reached.
        """
        instance = instance or config.execution.instance
        if instance not in self._services:
            service = Service(config.execution.service, instance=instance)
            service.connect()
            self._services[instance] = service
        return self._services[instance]


def run_status(folder: Path, services: Services | None = None) -> RunStatus:
    """Where the run in a folder stands; jobs under way are looked up if there are services to ask.

    Raises:
        RecordError: if the ledger can't be read.
        ConfigError: if the configuration in the folder can't be read.
        ExecutionError: if the service can't be asked.
    """
    config = load_config(recorded_config(folder))
    with LedgerReader.open(folder / LEDGER) as ledger:
        rows, tag, instance = ledger.job_rows(), ledger.run_tag, ledger.recall(INSTANCE)
        backend, unsettled = ledger.recall("backend") or config.execution.backend, ledger.unsettled()
    queue = None
    pending = tuple((row["id"], "submitted") for row in rows if row["status"] == "submitted" and row.get("id"))
    under_way = any(row["status"] in {"planned", "submitted"} for row in rows)
    if services is not None and config.execution.kind == "ibm" and (under_way or unsettled):
        service = services.get(config, instance)
        if under_way:
            pending = service.ask("jobs under way", lambda client: pending_jobs(client, tag))
            queue = service.ask("the queue", lambda _: int(service.backend(backend).status().pending_jobs))
        settle_run(folder, service)
    return _as_recorded(folder, config, backend, pending, queue)


def _as_recorded(
    folder: Path, config: ExperimentConfig, backend: str, pending: tuple[tuple[str, str], ...], queue: int | None
) -> RunStatus:
    with LedgerReader.open(folder / LEDGER) as ledger:
        rows, spent = ledger.job_rows(), ledger.spent()
        return RunStatus(
            name=folder.name,
            backend=backend,
            reason=ledger.reason,
            steps=len(ledger.rows()),
            steps_planned=config.training.steps,
            jobs=spent.jobs,
            failed=sum(failed_jobs(row) for row in rows),
            pending=pending,
            queue=queue,
            qpu_seconds=spent.qpu_seconds,
            qpu_final=all(row.get("qpu_final", True) for row in rows if row.get("id") is not None),
            budget=config.execution.budget.qpu_seconds,
            notes=tuple((note["time"], note["text"]) for note in ledger.notes()),
            sessions=tuple(f"{mode} {known}" for mode in ("session", "batch") if (known := ledger.recall(mode))),
        )


def cancel_queued(folder: Path, services: Services) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cancel the jobs of a run that wait in the queue, and close its sessions and batches.

    Returns:
        Ids of the jobs that were cancelled, and of those that run already and are left.

    Raises:
        RecordError: if the ledger can't be read.
        ConfigError: if the configuration in the folder can't be read.
        ExecutionError: if the service can't be asked.
    """
    config = load_config(recorded_config(folder))
    if config.execution.kind != "ibm":
        return (), ()
    with LedgerReader.open(folder / LEDGER) as ledger:
        tag, instance, backend = ledger.run_tag, ledger.recall(INSTANCE), ledger.recall("backend")
    service = services.get(config, instance)

    def cancel(client: QiskitRuntimeService) -> tuple[tuple[str, ...], tuple[str, ...]]:
        jobs = pending_jobs(client, tag)
        gone = tuple(job for job, state in jobs if state == QUEUED and cancelled(client, job))
        return gone, tuple(job for job, _ in jobs if job not in gone)

    gone, left = service.ask("the jobs to be cancelled", cancel)
    _forget(folder, gone, service, backend or config.execution.backend)
    return gone, left


def _forget(folder: Path, jobs: tuple[str, ...], service: Service, backend: str) -> None:
    """Take cancelled jobs out of the ledger and close sessions, unless a process works on the run; it does so itself."""
    with suppress(RecordError):
        lock = lock_folder(folder)
        try:
            with Ledger.open(folder / LEDGER, durable=True) as ledger:
                for row in ledger.job_rows():
                    if row.get("id") in jobs and row["status"] != "done":
                        unit = WorkUnit(row["step"], row["unit"])
                        ledger.update(unit, "planned", {"id": None, "qpu_seconds": None})
                ExecutionMode("job", service, backend, ledger, logger.warning).close()
        finally:
            lock.release()
