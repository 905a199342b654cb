"""The evaluator for each kind of backend, and what it keeps in a run's folder.

What a backend needs is imported when it is chosen: the runtime's client alone takes a second or so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit
from qiskit.providers import BackendV2
from qiskit.transpiler import Target

from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.execution import ExecutionConfig
from sggd_qiskit.evaluate.evaluation import Evaluator
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.memory import MemoryRecorder
from sggd_qiskit.run.run_folder import RunFolder

if TYPE_CHECKING:
    from sggd_qiskit.run.ibm_device import Device


@dataclass(frozen=True)
class Waiting:
    """What a run does while jobs are at a service.

    Attributes:
        leave: asked at each look at a job; True leaves it there.
        tell: told what is being waited for.
        again: names of units of work that are run and paid anew.
    """

    leave: Callable[[], bool] = lambda: False
    tell: Callable[[str], None] = lambda _: None
    again: frozenset[str] = frozenset()


def find_device(
    problem: Problem,
    results: Path | None,
    interrupted: Callable[[], bool] = lambda: False,
    known: str | None = None,
) -> Device | None:
    """Connect to the configured device; None if the backend is none of IBM's, or the run is complete.

    Args:
        problem: what is going to run on it.
        results: the folder of all results.
        interrupted: asked while the service can't be reached; True gives up.
        known: the device of an earlier run that this one goes on from.

    Raises:
        ConfigError: if the options are not those of the primitives, or there is no folder to remember jobs in.
        ExecutionError: if the service doesn't take the credentials, doesn't know the device or can't be reached.
        RecordError: if the run's ledger can't be read.
    """
    if problem.config.execution.kind != "ibm":
        return None
    if results is None:
        raise ConfigError.at(
            "execution.backend",
            f"found {problem.config.execution.backend} for a run in memory; a device's jobs are remembered in a folder, so "
            "that none is paid twice, so give one for the results",
        )
    from sggd_qiskit.run.ibm_device import connected_device

    return connected_device(problem, results, interrupted, known)


def rehearsed_device(config: ExecutionConfig) -> BackendV2:
    """The device of a rehearsal, by its name or from its snapshot.

    Raises:
        DeviceError: if there is no such device, or its snapshot can't be read.
    """
    from sggd_qiskit.execute.devices import fake_device
    from sggd_qiskit.execute.snapshot import snapshot_device

    return fake_device(config.backend) if config.snapshot is None else snapshot_device(config.snapshot)


def planned_device(problem: Problem) -> BackendV2 | None:
    """The device that a plan's circuits are transpiled to; None if the backend is no device.

    Raises:
        DeviceError: if there is no such device to rehearse, or its snapshot can't be read.
        ExecutionError: if the service doesn't take the credentials, doesn't know the device or can't be reached.
    """
    execution = problem.config.execution
    if execution.kind == "rehearsal":
        return rehearsed_device(execution)
    if execution.kind != "ibm":
        return None
    from sggd_qiskit.run.ibm_device import backend_to_plan_for

    return backend_to_plan_for(problem)


def build_evaluator(
    problem: Problem, record: RunFolder | MemoryRecorder, device: Device | None = None, waiting: Waiting | None = None
) -> Evaluator:
    """The evaluator that the ``execution`` block names.

    On a device, or a rehearsal of one, the circuits are transpiled by the run's first process and kept in its folder.

    Args:
        problem: what is evaluated.
        record: the run's; a device needs a folder.
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
        from sggd_qiskit.execute.local.aer import AerExecutor

        return PrimitivesEvaluator(problem, AerExecutor())
    if device is not None and isinstance(record, RunFolder):
        executor = device.executor(config, record.ledger, waiting or Waiting())
        return _transpiled_once(problem, _on_patches(executor, device.target, config, record), record)
    from sggd_qiskit.execute.noisy.rehearsal import RehearsalExecutor

    transpiler, rehearsed = config.transpiler, rehearsed_device(config)
    rehearsal = RehearsalExecutor(
        rehearsed,
        seeds=transpiler.seeds,
        optimization_level=transpiler.optimization_level,
        initial_layout=transpiler.initial_layout,
        exclude=transpiler.exclude,
    )
    return _transpiled_once(problem, _on_patches(rehearsal, lambda: rehearsed.target, config, record), record)


def _on_patches(
    executor: Executor, target: Callable[[], Target], config: ExecutionConfig, record: RunFolder | MemoryRecorder
) -> Executor:
    if config.patches == 1:
        return executor
    from sggd_qiskit.execute.patched import PatchedExecutor, PatchRule

    rule = PatchRule(config.patches, config.shots, tuple(config.transpiler.exclude))
    return PatchedExecutor(executor, target, rule, lambda unit, slots: record.keep_patches(unit.name, slots))


def _transpiled_once(problem: Problem, executor: Executor, record: RunFolder | MemoryRecorder) -> Evaluator:
    def describe(circuits: Sequence[QuantumCircuit]) -> None:
        described: list[dict[str, Any]] = [circuit.metadata for circuit in circuits]
        record.describe({"backend": executor.backend, "circuits": described})

    def keep(circuits: Sequence[QuantumCircuit]) -> None:
        record.keep_circuits(circuits)
        describe(circuits)

    circuits = record.circuits()
    evaluator = PrimitivesEvaluator(problem, executor, circuits, keep)
    (keep if circuits is None else describe)(evaluator.circuits)
    return evaluator
