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
from sggd_qiskit.evaluate.exact import ExactEvaluator
from sggd_qiskit.evaluate.primitives import PrimitivesEvaluator
from sggd_qiskit.evaluate.problem import Problem, build_problem
from sggd_qiskit.execute.aer import AerExecutor
from sggd_qiskit.execute.primitives import PrimitivesExecutor
from sggd_qiskit.record.run_folder import RunFolder
from sggd_qiskit.train.loop import train


@dataclass(frozen=True)
class RunResult:
    """What became of a run.

    Attributes:
        folder: where its tables are.
        reason: why it is complete, or None if it was interrupted.
        was_complete: whether it was complete already, so that nothing was run.
        row: the last recorded row of its steps, or None if there is none yet.
    """

    folder: Path
    reason: str | None
    was_complete: bool
    row: dict[str, Any] | None


def run_experiment(
    config: ExperimentConfig,
    results: Path | str = "results",
    *,
    estimator: BaseEstimatorV2 | None = None,
    sampler: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
    on_start: Callable[[Problem, list[dict[str, Any]]], None] = lambda *_: None,
    on_step: Callable[[dict[str, Any]], None] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
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
        interrupted: asked after each step; True leaves the run there.

    Raises:
        ConfigError: if the configuration can't be used; nothing is written then.
        RecordError: if the run's folder can't be used.
        ExecutionError: if a job fails.
        DivergenceError: if θ or the cost is no longer finite.
    """
    problem = build_problem(config)
    evaluator = build_evaluator(problem, estimator, sampler, pass_manager)
    with open_run(problem, Path(results), "" if estimator is None else type(estimator).__name__) as folder:
        was_complete = folder.is_complete
        reason = folder.ledger.reason
        if not was_complete:
            on_start(problem, folder.ledger.rows())
            reason = train(problem, evaluator, folder, on_step, interrupted)
        rows = folder.ledger.rows()
    return RunResult(folder.path, reason, was_complete, rows[-1] if rows else None)


def build_evaluator(
    problem: Problem,
    estimator: BaseEstimatorV2 | None = None,
    sampler: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
) -> Evaluator:
    """The evaluator that the ``execution`` block names, or one on the primitives that are given."""
    if estimator is not None:
        return PrimitivesEvaluator(problem, PrimitivesExecutor(estimator, sampler, pass_manager=pass_manager))
    if problem.config.execution.backend == "exact":
        return ExactEvaluator(problem)
    return PrimitivesEvaluator(problem, AerExecutor())


@contextmanager
def open_run(problem: Problem, results: Path, estimator: str = "") -> Iterator[RunFolder]:
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
    with RunFolder.open(results, run_name(config), to_yaml(config), details) as folder:
        yield folder
