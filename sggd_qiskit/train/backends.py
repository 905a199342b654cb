"""The evaluator for each kind of backend, and what it keeps in a run's folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qiskit.providers import BackendV2

from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import run_name
from sggd_qiskit.evaluate.evaluation import Evaluator
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.evaluate.problem import Problem
from sggd_qiskit.execute.aer import AerExecutor
from sggd_qiskit.execute.devices import fake_device
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.ibm.executor import IbmExecutor
from sggd_qiskit.execute.ibm.options import primitive_options
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.job import ExecutionError, JobsPending
from sggd_qiskit.execute.rehearsal import RehearsalExecutor
from sggd_qiskit.execute.snapshot import snapshot_device
from sggd_qiskit.record.job_book import LedgerBook
from sggd_qiskit.record.layout import LEDGER
from sggd_qiskit.record.ledger_reader import LedgerReader
from sggd_qiskit.record.run_folder import RunFolder

_BACKEND = "backend"


@dataclass(frozen=True)
class Waiting:
    """What a run does while jobs are at a service.

    Attributes:
        leave: asked at each look at a job; True leaves it there.
        tell: told what is being waited for.
    """

    leave: Callable[[], bool] = lambda: False
    tell: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Device:
    """A device of IBM's by name, and the connection to it."""

    name: str
    service: Service


def find_device(
    config: ExperimentConfig, results: Path, interrupted: Callable[[], bool] = lambda: False
) -> Device | None:
    """Connect to the configured device; None if the backend is none of IBM's, or the run is complete.

    Nothing is written, so that wrong credentials or a mistyped name leave nothing behind.

    Raises:
        ConfigError: if the options are not those of the primitives.
        ExecutionError: if the service doesn't take the credentials, doesn't know the device or can't be reached.
        RecordError: if the run's ledger can't be read.
    """
    if config.execution.kind != "ibm":
        return None
    primitive_options(config.execution.options)
    known = None
    ledger = results / run_name(config) / LEDGER
    if ledger.exists():
        with LedgerReader.open(ledger) as reader:
            if reader.is_complete:
                return None
            known = reader.fact(_BACKEND)
    service = connected(config.execution, interrupted)
    try:
        name = known or named_device(service, config)
        service.backend(name)
    except JobsPending as left:
        raise ExecutionError("interrupted while IBM's service could not be reached; nothing was begun") from left
    return Device(name, service)


def rehearsed_device(config: ExecutionConfig) -> BackendV2:
    """The device of a rehearsal, by its name or from its snapshot.

    Raises:
        DeviceError: if there is no such device, or its snapshot can't be read.
    """
    return fake_device(config.backend) if config.snapshot is None else snapshot_device(config.snapshot)


def planned_device(config: ExperimentConfig) -> BackendV2 | None:
    """The device that a plan's circuits are transpiled to; None if the backend is no device.

    Raises:
        DeviceError: if there is no such device to rehearse, or its snapshot can't be read.
        ExecutionError: if the service doesn't take the credentials, doesn't know the device or can't be reached.
    """
    execution = config.execution
    if execution.kind == "rehearsal":
        return rehearsed_device(execution)
    if execution.kind != "ibm":
        return None
    service = connected(execution)
    return service.backend(named_device(service, config))


def connected(execution: ExecutionConfig, interrupted: Callable[[], bool] = lambda: False) -> Service:
    """The service, connected; ``interrupted`` ends its patience.

    Raises:
        ExecutionError: if it doesn't take the credentials or can't be reached.
    """
    service = Service(execution.service, interrupted)
    service.connect()
    return service


def named_device(service: Service, config: ExperimentConfig) -> str:
    """The name of the configured device, the least busy one if that is wanted.

    Raises:
        ExecutionError: if the service has none, or can't be reached.
    """
    name = config.execution.backend
    return service.least_busy(config.model.qubits) if name == "least_busy" else name


def build_evaluator(
    problem: Problem, folder: RunFolder, device: Device | None = None, waiting: Waiting | None = None
) -> Evaluator:
    """The evaluator that the ``execution`` block names.

    On a device, or a rehearsal of one, the circuits are transpiled by the run's first process and kept in its folder.

    Args:
        problem: what is evaluated.
        folder: the run's.
        device: from ``find_device``.
        waiting: for jobs at a service.

    Raises:
        DeviceError: if there is no such device to rehearse, or its snapshot can't be read.
        ExecutionError: if a circuit doesn't fit the device, or the service can't be reached.
    """
    config = problem.config.execution
    if config.kind == "exact":
        return ExactEvaluator(problem)
    if config.kind == "aer":
        return PrimitivesEvaluator(problem, AerExecutor())
    if device is None:
        transpiler = config.transpiler
        rehearsal = RehearsalExecutor(
            rehearsed_device(config), seeds=transpiler.seeds, optimization_level=transpiler.optimization_level
        )
        return _transpiled_once(problem, rehearsal, folder)
    folder.ledger.remember(_BACKEND, device.name)
    waiting = waiting or Waiting()
    executor = IbmExecutor(
        config, device.service, device.name, LedgerBook(folder.ledger), leave=waiting.leave, tell=waiting.tell
    )
    return _transpiled_once(problem, executor, folder)


def _transpiled_once(problem: Problem, executor: Executor, folder: RunFolder) -> Evaluator:
    circuits = folder.circuits()
    evaluator = PrimitivesEvaluator(problem, executor, circuits)
    if circuits is None:
        folder.keep_circuits(evaluator.circuits)
    described: list[dict[str, Any]] = [circuit.metadata for circuit in evaluator.circuits]
    folder.describe({"backend": executor.backend, "circuits": described})
    return evaluator
