"""A run on a device of IBM's: finding the device, and the executor that remembers in the run's folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qiskit import QuantumCircuit
from qiskit.transpiler import Target
from qiskit_ibm_runtime import IBMBackend

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.config.identity import run_name
from sggd_qiskit.execute.ibm.executor import IbmExecutor
from sggd_qiskit.execute.ibm.options import primitive_options
from sggd_qiskit.execute.ibm.service import Service
from sggd_qiskit.execute.ibm.timing import device_pace
from sggd_qiskit.execute.job import ExecutionError, JobsPending
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.backends import Waiting
from sggd_qiskit.run.files import LEDGER
from sggd_qiskit.run.forecast import Load, total_load
from sggd_qiskit.run.ledger import Ledger
from sggd_qiskit.run.ledger_reader import LedgerReader
from sggd_qiskit.run.settling import settle_run

_BACKEND = "backend"
INSTANCE = "instance"
"""Under which the ledger has the CRN of the instance in which the run began, and in which its jobs are."""


@dataclass(frozen=True)
class Device:
    """A device by name, and the connection to it."""

    name: str
    service: Service

    def target(self) -> Target:
        """The device's, as it is calibrated now."""
        return self.service.backend(self.name).target

    def executor(self, config: ExecutionConfig, ledger: Ledger, waiting: Waiting) -> IbmExecutor:
        """What runs circuits on it; see `IbmExecutor`.

        Args:
            config: the ``execution`` block.
            ledger: opened so that it waits for the disk, since what it forgets is paid again.
            waiting: for jobs at the service.

        Raises:
            ConfigError: if the options are not those of the primitives.
        """
        ledger.remember(_BACKEND, self.name)
        ledger.remember(INSTANCE, self.service.instance(self.name))
        return IbmExecutor(
            config, self.service, self.name, ledger, leave=waiting.leave, tell=waiting.tell, again=waiting.again
        )

    def load(self, problem: Problem, circuits: Sequence[QuantumCircuit]) -> Load:
        """What a training takes on it in all, with its circuits as they were transpiled.

        Raises:
            ConfigError: if the device doesn't take the repetition delay.
            ExecutionError: if the service can't be reached.
        """
        pace = device_pace(self.service.backend(self.name), problem.config.execution.rep_delay)
        return total_load(problem, pace, circuits)


def connected_device(
    problem: Problem, results: Path, interrupted: Callable[[], bool], known: str | None = None
) -> Device | None:
    """The configured device, or that on which the run began; None if the run is complete.

    Nothing is written, so that wrong credentials or a mistyped name leave nothing behind.

    Args:
        problem: what is going to run on it; the least busy device is one that takes its largest circuit.
        results: the folder of all results.
        interrupted: asked while the service can't be reached; True gives up.
        known: the device of an earlier run that this one goes on from.

    Raises:
        ConfigError: if the options are not those of the primitives or don't go with patches, or the device doesn't take the
            repetition delay.
        ExecutionError: if the service doesn't take the credentials, doesn't know the device or can't be reached.
        RecordError: if the run's ledger can't be read.
    """
    execution = problem.config.execution
    if primitive_options(execution.options, execution.rep_delay).extrapolated and execution.patches != 1:
        raise ConfigError.at(
            "execution.patches",
            f"found {execution.patches} with zero-noise extrapolation, of which no bits come back; wanted 1, or "
            "execution.options without it",
        )
    instance = None
    ledger = results / run_name(problem.config) / LEDGER
    if ledger.exists():
        with LedgerReader.open(ledger) as reader:
            known, instance = reader.recall(_BACKEND) or known, reader.recall(INSTANCE)
            complete, unsettled = reader.is_complete, reader.unsettled()
        if complete and unsettled:
            with suppress(ExecutionError):  # the bill can be had another time too
                settle_run(ledger.parent, _connected(execution, interrupted, instance))
        if complete:
            return None
    service = _connected(execution, interrupted, instance)
    try:
        name = known or _name(service, problem)
        device_pace(service.backend(name), execution.rep_delay)
    except JobsPending as left:
        raise ExecutionError("interrupted while IBM's service could not be reached; nothing was begun") from left
    return Device(name, service)


def backend_to_plan_for(problem: Problem) -> IBMBackend:
    """The configured device, to transpile to.

    Raises:
        ExecutionError: if the service doesn't take the credentials, doesn't know the device or can't be reached.
    """
    service = _connected(problem.config.execution)
    return service.backend(_name(service, problem))


def _connected(
    execution: ExecutionConfig, interrupted: Callable[[], bool] = lambda: False, instance: str | None = None
) -> Service:
    service = Service(execution.service, interrupted, instance or execution.instance)
    service.connect()
    return service


def _name(service: Service, problem: Problem) -> str:
    name = problem.config.execution.backend
    return service.least_busy(problem.circuit_qubits) if name == "least_busy" else name
