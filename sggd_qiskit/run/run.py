"""A run from its configuration to its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qiskit.primitives import BaseEstimatorV2, BaseSamplerV2
from qiskit.transpiler import PassManager

from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.identity import canonical, run_name, to_yaml
from sggd_qiskit.evaluate.evaluation import Evaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.execute.job import JobsPending
from sggd_qiskit.execute.primitives.executor import PrimitivesExecutor
from sggd_qiskit.problem import Problem, build_problem
from sggd_qiskit.run.backends import Waiting, build_evaluator, find_device
from sggd_qiskit.run.run_folder import RunFolder
from sggd_qiskit.train.loop import train


@dataclass(frozen=True)
class RunResult:
    """What became of a run.

    Attributes:
        folder: where its tables are.
        reason: why it is complete, or None if it was interrupted.
        was_complete: whether it was complete already, so that nothing was run.
        row: the last recorded row of its steps, or None if there is none yet.
        pending: ids of jobs that are left at a service; running the same again collects them.
    """

    folder: Path
    reason: str | None
    was_complete: bool
    row: dict[str, Any] | None
    pending: tuple[str, ...] = ()


def run_experiment(
    config: ExperimentConfig,
    results: Path | str = "results",
    *,
    estimator: BaseEstimatorV2 | None = None,
    sampler: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
    on_start: Callable[[Problem, list[dict[str, Any]]], None] = lambda *_: None,
    on_step: Callable[[dict[str, Any]], None] = lambda _: None,
    on_wait: Callable[[str], None] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
    detach: bool = False,
) -> RunResult:
    """Train as the configuration says, or continue where an interrupted run of it stands.

    Args:
        config: the experiment.
        results: the folder in which the run's folder is made.
        estimator: any Qiskit Estimator to run the circuits on, in place of the configuration's backend. The run's name
            does not tell it, so choose another ``name`` for it.
        sampler: beside the estimator, for penalties that are measured by swap tests.
        pass_manager: beside the estimator, transpiles every circuit once, for primitives that take those of a device only.
        on_start: called with the problem and the rows recorded so far.
        on_step: called with each recorded row.
        on_wait: told what is being waited for at a service.
        interrupted: asked after each step, and while jobs are waited for; True leaves the run there.
        detach: collect the jobs that are done, submit what can be submitted, and wait for nothing.

    Raises:
        ConfigError: if the configuration can't be used; nothing is written then.
        RecordError: if the run's folder can't be used.
        DeviceError: if the device to rehearse is not known.
        ExecutionError: if a job fails, the budget is used up, or the service can't be used.
        DivergenceError: if θ or the cost is no longer finite.
    """
    problem = build_problem(config)
    device = None if estimator is not None else find_device(config, Path(results), interrupted)
    # On a device that costs money a lost record is a job paid twice.
    durable = device is not None
    pending: tuple[str, ...] = ()
    with open_run(
        problem, Path(results), "" if estimator is None else type(estimator).__name__, durable=durable
    ) as folder:
        was_complete = folder.is_complete
        reason = folder.ledger.reason
        if not was_complete:
            evaluator: Evaluator | None = None
            try:
                if estimator is not None:
                    executor = PrimitivesExecutor(estimator, sampler, pass_manager=pass_manager)
                    evaluator = PrimitivesEvaluator(problem, executor)
                else:
                    waiting = Waiting(lambda: detach or interrupted(), on_wait)
                    evaluator = build_evaluator(problem, folder, device, waiting)
                on_start(problem, folder.ledger.rows())
                reason = train(problem, evaluator, folder, on_step, interrupted)
            except JobsPending as left:
                pending = left.ids
            except Exception:
                if evaluator is not None:
                    evaluator.close(final=False)
                raise
            if evaluator is not None and reason is None and not (pending and detach):
                evaluator.close(final=False)
        rows = folder.ledger.rows()
    return RunResult(folder.path, reason, was_complete, rows[-1] if rows else None, pending)


@contextmanager
def open_run(problem: Problem, results: Path, estimator: str = "", *, durable: bool = False) -> Iterator[RunFolder]:
    """The run's folder, opened or created."""
    config = problem.config
    details = {
        "configuration": canonical(config),
        "backend": estimator or config.execution.backend,
        "seeds": {"data": config.data.seed, "training": config.training.seed},
        "features": list(problem.dataset.train.columns),
        "parameters": [parameter.name for parameter in problem.qnn.theta],
        "group": None if problem.group is None else {"name": problem.group.name, "order": problem.group.order},
    }
    with RunFolder.open(results, run_name(config), to_yaml(config), details, durable=durable) as folder:
        yield folder
