"""A training that has left the numbers: noticed before it is recorded as if it were one."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.gradient.estimate import Estimate


class DivergenceError(RuntimeError):
    """θ, the cost or its gradient isn't finite, so there is nothing to go on with."""


def require_finite_theta(step: int, theta: FloatArray) -> None:
    """Refuse to evaluate at a θ that isn't finite.

    Raises:
        DivergenceError: naming the step.
    """
    if not np.isfinite(theta).all():
        raise _diverged(step, "θ")


def require_finite_cost(step: int, cost: Estimate) -> None:
    """Refuse to go on from a cost or a gradient that isn't finite.

    Raises:
        DivergenceError: naming the step.
    """
    if not np.isfinite(cost.value):
        raise _diverged(step, "the cost")
    if cost.gradient is not None and not np.isfinite(np.linalg.norm(cost.gradient)):
        raise _diverged(step, "the gradient")


def _diverged(step: int, what: str) -> DivergenceError:
    return DivergenceError(
        f"the training diverged: {what} is not finite at step {step}; choose a smaller learning rate, cost.weight, "
        "observable or initial θ, and start again (the steps before are recorded)"
    )
