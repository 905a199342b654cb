"""A run from its configuration to its results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from qiskit.primitives import BaseEstimatorV2, BaseSamplerV2
from qiskit.transpiler import PassManager

from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import canonical, run_name, to_yaml
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.evaluate.evaluation import Evaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.executor import Executor
from sggd_qiskit.execute.job import JobsPending
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor
from sggd_qiskit.loggers.logger import LoggedRun
from sggd_qiskit.problem import Problem, build_problem, require_simulable
from sggd_qiskit.run.backends import Waiting, build_evaluator, find_device, rehearsed_device
from sggd_qiskit.run.earlier import find_earlier, take_over
from sggd_qiskit.run.errors import ANEW, RecordError
from sggd_qiskit.run.logging import Logging, logging_to, require_packages
from sggd_qiskit.run.memory import MemoryRecorder
from sggd_qiskit.run.results import Results, load_results, recorded_results
from sggd_qiskit.run.run_folder import RunFolder, require_open_units
from sggd_qiskit.run.start import starting_point
from sggd_qiskit.train.loop import train
from sggd_qiskit.train.recorder import Recorder
from sggd_qiskit.train.replay import OtherTrainingError

if TYPE_CHECKING:
    from sggd_qiskit.run.forecast import Load
    from sggd_qiskit.run.ibm_device import Device


@dataclass(frozen=True)
class RunResult:
    """What became of a run.

    Attributes:
        folder: where its tables are; None for a run that was kept in memory.
        reason: why it is complete, or None if it was interrupted.
        was_complete: whether it was complete already, so that nothing was run.
        row: the last recorded row of its steps, or None if there is none yet.
        load: reads its results.
        pending: ids of jobs that are left at a service; running the same again collects them.
    """

    folder: Path | None
    reason: str | None
    was_complete: bool
    row: dict[str, Any] | None = field(repr=False)
    load: Callable[[], Results] = field(repr=False, compare=False)
    pending: tuple[str, ...] = ()

    @cached_property
    def results(self) -> Results:
        """Steps, jobs and predictions as frames, read when they are first asked for."""
        return self.load()


def run_experiment(
    config: ExperimentConfig | Mapping[str, Any] | Path | str,
    results: Path | str | None = "results",
    *,
    dataset: Dataset | None = None,
    estimator: BaseEstimatorV2 | None = None,
    sampler: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
    on_start: Callable[[Problem, list[dict[str, Any]]], None] = lambda *_: None,
    on_step: Callable[[dict[str, Any]], None] = lambda _: None,
    on_wait: Callable[[str], None] = lambda _: None,
    on_forecast: Callable[[Load], None] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
    detach: bool = False,
    again: Collection[str] = (),
) -> RunResult:
    """Train as the configuration says, or continue where an interrupted run of it stands.

    Args:
        config: the experiment, or what `load_config` makes one of: a file, or a mapping.
        results: the folder in which the run's folder is made; None to keep the run in memory.
        dataset: the data, in place of the configuration's.
        estimator: any Qiskit Estimator to run the circuits on, in place of the configuration's backend. The run's name
            does not tell it, so choose another ``name`` for it.
        sampler: beside the estimator, for penalties that are measured by swap tests.
        pass_manager: beside the estimator, transpiles every circuit once, for primitives that take those of a device only.
        on_start: called with the problem and the rows recorded so far.
        on_step: called with each recorded row.
        on_wait: told what is being waited for at a service.
        on_forecast: told what a run takes on a device in all, before its jobs.
        interrupted: asked after each step, and while jobs are waited for; True leaves the run there.
        detach: collect the jobs that are done, submit what can be submitted, and wait for nothing.
        again: names of units of work, as ``jobs.parquet`` has them, whose jobs are dropped, run and paid anew: the way out
            where a result is damaged for good.

    Raises:
        ConfigError: if the configuration can't be used; nothing is written then.
        TypeError: if an argument is of the wrong type.
        RecordError: if the run's folder can't be used.
        DeviceError: if the device to rehearse is not known.
        ExecutionError: if a job fails, the budget is used up, or the service can't be used.
        DivergenceError: if θ or the cost is no longer finite.
    """
    for name, value, kind in (
        ("results", results, (Path, str, NoneType)),
        ("estimator", estimator, (BaseEstimatorV2, NoneType)),
        ("sampler", sampler, (BaseSamplerV2, NoneType)),
        ("pass_manager", pass_manager, (PassManager, NoneType)),
    ):
        require_type(name, value, kind)
    if estimator is None and (sampler is not None or pass_manager is not None):
        raise TypeError("found a sampler or pass manager without an estimator; give the estimator, too")
    problem = build_problem(config, dataset)
    if detach and (estimator is not None or problem.config.execution.kind != "ibm"):
        raise ConfigError.at(
            "execution.backend",
            f"found {problem.config.execution.backend} for a run that detaches; only IBM backends have jobs to leave "
            "behind, so run it without --detach",
        )
    primitives = None if estimator is None else PrimitivesExecutor(estimator, sampler, pass_manager=pass_manager)
    place = None if results is None else Path(results)
    watch = _Watch(on_start, on_step, on_wait, on_forecast, interrupted, detach, frozenset(again))
    return _run(problem, place, primitives, watch)


@dataclass(frozen=True)
class _Watch:
    """What is told of a run, and what is asked, while it goes on; see `run_experiment`."""

    on_start: Callable[[Problem, list[dict[str, Any]]], None]
    on_step: Callable[[dict[str, Any]], None]
    on_wait: Callable[[str], None]
    on_forecast: Callable[[Load], None]
    interrupted: Callable[[], bool]
    detach: bool
    again: frozenset[str]


def _run(problem: Problem, results: Path | None, primitives: Executor | None, watch: _Watch) -> RunResult:
    device, earlier, given = None, None, None if primitives is None else primitives.backend
    require_packages(problem.config.training.loggers)
    start = starting_point(problem, results)
    if results is not None:
        earlier = find_earlier(problem.config, results, given)
    if primitives is None:
        require_simulable(problem)
        if results is not None:
            _prepare(problem.config, results)
        device = find_device(problem, results, watch.interrupted, None if earlier is None else earlier.backend)
    # On a device that costs money a lost record is a job paid twice.
    with open_run(problem, results, primitives, durable=device is not None, facts=start.facts) as record:
        if earlier is not None and isinstance(record, RunFolder):
            take_over(earlier, record)
        require_open_units(record, watch.again)
        problem = start.problem
        was_complete, reason = record.is_complete, record.reason
        pending: tuple[str, ...] = ()
        with _logging(problem, record) as log:
            if not was_complete:
                reason, pending = _continued(problem, record, primitives, device, _heard(watch, log))
            if reason is not None:
                log.state, log.reason = "complete", reason
            elif pending:
                log.state = "pending"
        last = record.last_row()
    if isinstance(record, RunFolder):
        return RunResult(record.path, reason, was_complete, last, partial(load_results, record.path), pending)
    return RunResult(None, reason, was_complete, last, partial(recorded_results, record), pending)


def _heard(watch: _Watch, log: Logging) -> _Watch:
    def on_step(row: dict[str, Any]) -> None:
        log.step(row)
        watch.on_step(row)

    return replace(watch, on_step=on_step)


def _logging(problem: Problem, record: RunFolder | MemoryRecorder) -> AbstractContextManager[Logging]:
    loggers = problem.config.training.loggers
    identity = canonical(problem.config) if loggers else {}
    folder = record.path if isinstance(record, RunFolder) else None
    return logging_to(loggers, LoggedRun(run_name(problem.config), record.tag, identity, folder), record.rows)


def _continued(
    problem: Problem,
    record: RunFolder | MemoryRecorder,
    primitives: Executor | None,
    device: Device | None,
    watch: _Watch,
) -> tuple[str | None, tuple[str, ...]]:
    """Why the training is complete, or None, and the ids of the jobs that are left at a service."""
    waiting = Waiting(lambda: watch.detach or watch.interrupted(), watch.on_wait, watch.again)
    try:
        if primitives is None:
            evaluator = build_evaluator(problem, record, device, waiting)
        else:
            evaluator = PrimitivesEvaluator(problem, primitives)
        if device is not None and isinstance(evaluator, PrimitivesEvaluator):
            watch.on_forecast(device.load(problem, evaluator.circuits))
        return _train(problem, evaluator, record, watch)
    except JobsPending as left:  # interrupted before there was an evaluator
        return None, left.ids


def _prepare(config: ExperimentConfig, results: Path) -> None:
    """What is done before the run's folder is opened, so that a device that can't be used leaves nothing behind."""
    if config.execution.kind == "ibm":
        RunFolder.mend(results, run_name(config), canonical(config))
    elif config.execution.kind == "rehearsal" and not (results / run_name(config)).exists():
        rehearsed_device(config.execution)


def _train(
    problem: Problem, evaluator: Evaluator, record: Recorder, watch: _Watch
) -> tuple[str | None, tuple[str, ...]]:
    """Likewise."""
    reason: str | None = None
    pending: tuple[str, ...] = ()
    try:
        watch.on_start(problem, record.rows())
        reason = train(problem, evaluator, record, watch.on_step, watch.interrupted)
    except OtherTrainingError as error:
        evaluator.close(final=False)
        raise RecordError(getattr(record, "path", Path()), str(error), ANEW) from error
    except JobsPending as left:
        pending = left.ids
    except Exception:
        evaluator.close(final=False)
        raise
    if reason is None and not (pending and watch.detach):
        evaluator.close(final=False)
    return reason, pending


def open_run(
    problem: Problem,
    results: Path | None,
    primitives: Executor | None = None,
    *,
    durable: bool = False,
    facts: Mapping[str, Any] | None = None,
) -> RunFolder | MemoryRecorder:
    """What records a run: its folder, opened or created, or memory.

    Args:
        problem: what is trained.
        results: the folder of all results; None for memory.
        primitives: what runs the circuits in place of the configured backend.
        durable: see `Ledger.open`.
        facts: further ones for the manifest.

    Raises:
        RecordError: if the folder can't be used.
    """
    config, dataset = problem.config, problem.dataset
    details = {
        "configuration": canonical(config),
        "backend": config.execution.backend if primitives is None else primitives.backend,
        "primitives": None if primitives is None else primitives.backend,
        "seeds": {"data": getattr(config.data, "seed", None), "training": config.training.seed},
        "classes": list(dataset.classes),
        "features": list(dataset.train.columns),
        "scaling": None if dataset.train.scaling is None else dataset.train.scaling.plain,
        "postprocessing": None if problem.qnn.postprocessing is None else asdict(problem.qnn.postprocessing),
        "parameters": [parameter.name for parameter in problem.qnn.theta],
        "group": None if problem.group is None else {"name": problem.group.name, "order": problem.group.order},
        **(facts or {}),
    }
    name, text = run_name(config), to_yaml(config)
    if results is None:
        return MemoryRecorder(name, text, details)
    return RunFolder.open(results, name, text, details, durable=durable)
