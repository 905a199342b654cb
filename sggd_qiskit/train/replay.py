"""Where a training stands, by its recorded rows alone: an optimiser is a pure function of the gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sggd_qiskit.problem import Problem
from sggd_qiskit.train.initial import initial_theta
from sggd_qiskit.train.optimizers import Optimizer
from sggd_qiskit.train.requests import Position
from sggd_qiskit.train.rows import known_by
from sggd_qiskit.train.stopping import stop_reason

_TOLERANCE = 1e-6
"""Radians by which θ may differ from the recorded one, which another machine may have rounded otherwise."""


class OtherTrainingError(ValueError):
    """Recorded rows are not those of this training."""


def replayed(problem: Problem, optimizer: Optimizer, rows: Sequence[Mapping[str, Any]]) -> Position:
    """Where the training stands after its rows; an evaluation without gradient, the last one, leads nowhere.

    Args:
        problem: what is trained.
        optimizer: the configured one.
        rows: of the steps from the first, columns of `StepRow`.

    Raises:
        OtherTrainingError: if θ of a row isn't where the rows before lead.
    """
    state = optimizer.init(initial_theta(problem.config.training, len(problem.qnn.theta)))
    costs: list[float] = []
    reason, known = None, Position(0, state, None).known
    for row in rows:
        theta = np.asarray(row["theta"], dtype=float)
        if theta.shape != state["theta"].shape or not np.allclose(theta, state["theta"], rtol=0, atol=_TOLERANCE):
            raise OtherTrainingError(f"θ of step {row['step']} isn't where the steps before lead")
        if row["gradient"] is None:
            break
        state = optimizer.update(np.asarray(row["gradient"], dtype=float), {**state, "theta": theta})[1]
        costs.append(row["cost"])
        known = known_by(row)
        reason = stop_reason(problem.config.training, costs, row["gradient_norm"] + row["gradient_norm_stderr"])
    return Position(len(costs), state, reason, known)
