"""When to stop: a pure function of what has been measured, so that a resumed run stops where an uninterrupted one does."""

from __future__ import annotations

from collections.abc import Sequence

from sggd_qiskit.config.training import TrainingConfig


def stop_reason(config: TrainingConfig, costs: Sequence[float], gradient_norm: float) -> str | None:
    """Why to stop after this step's update, or None.

    Args:
        config: the ``training`` block.
        costs: the cost at every step so far, this one last.
        gradient_norm: at this step.
    """
    if config.stop.gradient_norm is not None and gradient_norm < config.stop.gradient_norm:
        return f"the gradient's norm {gradient_norm:.3g} fell below {config.stop.gradient_norm:g}"
    if (
        config.stop.patience is not None
        and _steps_without_progress(costs, config.stop.min_improvement) >= config.stop.patience
    ):
        return f"no progress of {config.stop.min_improvement:g} in {config.stop.patience} steps"
    if len(costs) >= config.steps:
        return f"all {config.steps} steps are done"
    return None


def _steps_without_progress(costs: Sequence[float], min_improvement: float) -> int:
    best, since = costs[0], 0
    for cost in costs[1:]:
        since += 1
        if cost < best - min_improvement:
            best, since = cost, 0
    return since
