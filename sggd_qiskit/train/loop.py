"""The training loop: evaluate, record, update, until a reason to stop."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from sggd_qiskit.evaluate.evaluation import Evaluation, Evaluator, Request, accuracy
from sggd_qiskit.problem import Problem
from sggd_qiskit.run.run_folder import RunFolder
from sggd_qiskit.train.divergence import require_finite_cost, require_finite_theta
from sggd_qiskit.train.initial import initial_theta
from sggd_qiskit.train.optimizers import State, build_optimizer, state_from_plain, state_to_plain
from sggd_qiskit.train.requests import Position, step_request
from sggd_qiskit.train.rows import job_rows, predictions, step_row
from sggd_qiskit.train.stopping import stop_reason


def train(
    problem: Problem,
    evaluator: Evaluator,
    folder: RunFolder,
    on_step: Callable[[dict[str, Any]], None] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> str | None:
    """Train until a reason to stop, from the start or from the folder's checkpoint.

    Row ``t`` of the steps is the cost at θ_t. The last row is evaluated without a gradient, at the θ after the last
    update, which is the result.

    Args:
        problem: what is trained.
        evaluator: what evaluates the cost.
        folder: where it is recorded; each step is, before the next begins.
        on_step: called with each recorded row.
        interrupted: asked after each step; True leaves the run there, to be continued later.

    Returns:
        Why the training is complete, or None if it was interrupted.

    Raises:
        ExecutionError: if a job fails; the run can be continued at its step.
        JobsPending: if the step's jobs are left at a service; likewise.
        DivergenceError: if θ or the cost is no longer finite; the steps before are recorded.
        RecordError: if a step can't be recorded.
        ValueError: if the folder's checkpoint is of another training.
    """
    optimizer = build_optimizer(problem.config.training.optimizer)
    rows = folder.ledger.rows()
    costs = [row["cost"] for row in rows]
    position = _position(problem, folder)
    if position.reason is not None and rows[-1]["step"] == position.step:
        # Killed after the last row was recorded, and before the run was marked complete.
        return _complete(evaluator, folder, position.reason)
    while True:
        request = step_request(problem, position)
        require_finite_theta(request.step, request.theta)
        started = perf_counter()
        evaluation = evaluator.evaluate(request)
        require_finite_cost(request.step, evaluation)
        row = step_row(request, evaluation, *_accuracies(problem, request, evaluation), perf_counter() - started)
        row["layout"] = None if evaluator.layout is None else list(evaluator.layout)
        costs.append(evaluation.cost.value)
        last = position.reason
        if last is None:
            position = _advance(problem, position, evaluation, costs, optimizer.update)
        else:
            folder.write_predictions(predictions(problem.dataset, evaluation.outputs, *evaluation.measured))
        folder.ledger.finish_step(row, job_rows(evaluation.jobs), _to_plain(position))
        on_step(row)
        if last is not None:
            return _complete(evaluator, folder, last)
        folder.flush()
        if interrupted():
            return None


def _complete(evaluator: Evaluator, folder: RunFolder, reason: str) -> str:
    evaluator.close(final=True)  # what it still learns about its jobs belongs to the record
    folder.complete(reason)
    return reason


def _position(problem: Problem, folder: RunFolder) -> Position:
    """The start, or where the checkpoint says."""
    optimizer = build_optimizer(problem.config.training.optimizer)
    fresh = optimizer.init(initial_theta(problem.config.training, len(problem.qnn.theta)))
    checkpoint = folder.ledger.checkpoint()
    if checkpoint is None:
        return Position(0, fresh, None)
    plain = checkpoint.state
    return Position(plain["next_step"], state_from_plain(plain["optimizer"], fresh), plain["reason"])


def _to_plain(position: Position) -> dict[str, Any]:
    return {"next_step": position.step, "optimizer": state_to_plain(position.state), "reason": position.reason}


def _advance(
    problem: Problem,
    position: Position,
    evaluation: Evaluation,
    costs: list[float],
    update: Callable[[Any, State], tuple[Any, State]],
) -> Position:
    gradient = evaluation.cost.gradient
    if gradient is None:
        raise ValueError(f"the evaluation of step {position.step} came without its gradient")
    _, state = update(gradient, position.state)
    reason = stop_reason(problem.config.training, costs, float(np.linalg.norm(gradient)))
    return Position(position.step + 1, state, reason)


def _accuracies(problem: Problem, request: Request, evaluation: Evaluation) -> tuple[float | None, float | None]:
    if not request.measure:
        return None, None
    *train_outputs, test_outputs = evaluation.measured
    outputs = train_outputs[0] if train_outputs else evaluation.outputs
    return accuracy(outputs, problem.dataset.train.labels), accuracy(test_outputs, problem.dataset.test.labels)
