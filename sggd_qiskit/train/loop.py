"""The training loop: evaluate, record, update, until a reason to stop. Pure but for the recorder that it is given."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from sggd_qiskit.evaluate.evaluation import Evaluation, Evaluator
from sggd_qiskit.problem import Problem
from sggd_qiskit.train.divergence import require_finite_cost, require_finite_theta
from sggd_qiskit.train.initial import initial_theta
from sggd_qiskit.train.optimizers import Optimizer, State, build_optimizer, state_from_plain, state_to_plain
from sggd_qiskit.train.recorder import Recorder
from sggd_qiskit.train.replay import replayed
from sggd_qiskit.train.requests import Position, step_request
from sggd_qiskit.train.rows import job_rows, predictions, step_row
from sggd_qiskit.train.stopping import stop_reason


def train(
    problem: Problem,
    evaluator: Evaluator,
    recorder: Recorder,
    on_step: Callable[[dict[str, Any]], None] = lambda _: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> str | None:
    """Train until a reason to stop, from the start or from where the recorder stands.

    Row ``t`` of the steps is the cost at θ_t. The last row is evaluated without a gradient, at the θ after the last
    update, which is the result.

    Args:
        problem: what is trained.
        evaluator: what evaluates the cost.
        recorder: keeps each step before the next begins.
        on_step: called with each recorded row.
        interrupted: asked after each step; True leaves the run there, to be continued later.

    Returns:
        Why the training is complete, or None if it was interrupted.

    Raises:
        ExecutionError: if a job fails; the run can be continued at its step.
        JobsPending: if the step's jobs are left at a service; likewise.
        DivergenceError: if θ or the cost is no longer finite; the steps before are recorded.
        RecordError: if a step can't be recorded.
        OtherTrainingError: if the recorder's rows are of another training.
        ValueError: if its checkpoint is.
    """
    optimizer = build_optimizer(problem.config.training.optimizer)
    rows = recorder.rows()
    costs = [row["cost"] for row in rows]
    position = _position(problem, optimizer, rows, recorder.checkpoint())
    if position.reason is not None and rows[-1]["step"] == position.step:
        # Killed after the last row was recorded, and before the run was marked complete.
        return _complete(evaluator, recorder, position.reason)
    while True:
        request = step_request(problem, position)
        require_finite_theta(request.step, request.theta)
        started = perf_counter()
        evaluation = evaluator.evaluate(request)
        require_finite_cost(request.step, evaluation.cost)
        row = step_row(problem, request, evaluation, perf_counter() - started)
        row["layout"] = None if evaluator.layout is None else list(evaluator.layout)
        costs.append(evaluation.cost.value)
        last = position.reason
        if last is None:
            state = _updated(optimizer, position, evaluation)
            # Noise can hide a gradient, so what stops is a norm that is small with its standard error.
            norm = row["gradient_norm"] + row["gradient_norm_stderr"]
            reason = stop_reason(problem.config.training, costs, norm) or optimizer.finished(state)
            known = {**position.known, **evaluation.learned}
            position = Position(position.step + 1, state, reason, known)
        else:
            recorder.write_predictions(predictions(problem.dataset, evaluation.outputs, *evaluation.measured))
        recorder.finish_step(row, job_rows(evaluation.jobs), _to_plain(position))
        on_step(row)
        if last is not None:
            return _complete(evaluator, recorder, last)
        recorder.flush()
        if interrupted():
            return None


def _complete(evaluator: Evaluator, recorder: Recorder, reason: str) -> str:
    evaluator.close(final=True)  # what it still learns about its jobs belongs to the record
    recorder.complete(reason)
    return reason


def _position(
    problem: Problem, optimizer: Optimizer, rows: list[dict[str, Any]], checkpoint: dict[str, Any] | None
) -> Position:
    """Where the checkpoint says, or, where there is none, the rows."""
    if checkpoint is None:
        return replayed(problem, optimizer, rows)
    fresh = optimizer.init(initial_theta(problem.config.training, len(problem.qnn.theta)))
    state = state_from_plain(checkpoint["optimizer"], fresh)
    return Position(checkpoint["next_step"], state, checkpoint["reason"], checkpoint["known"])


def _to_plain(position: Position) -> dict[str, Any]:
    return {
        "next_step": position.step,
        "optimizer": state_to_plain(position.state),
        "reason": position.reason,
        "known": dict(position.known),
    }


def _updated(optimizer: Optimizer, position: Position, evaluation: Evaluation) -> State:
    gradient = evaluation.cost.gradient
    if gradient is None:
        raise ValueError(f"the evaluation of step {position.step} came without its gradient")
    return optimizer.update(gradient, position.state)[1]
