"""A training that has left the numbers: noticed before it is recorded as if it were one."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.gradient.estimate import Estimate

LARGEST_ANGLE = 1e12
"""Radians; beyond it fewer than four digits are left of the angle in a full turn."""


class DivergenceError(RuntimeError):
    """θ, the cost or its gradient isn't finite, so there is nothing to go on with."""


def require_finite_theta(step: int, theta: FloatArray) -> None:
    """Refuse to evaluate at a θ that isn't finite, or so large that it is no angle any more.

    Raises:
        DivergenceError: naming the step.
    """
    if not np.isfinite(theta).all():
        raise _diverged(step, "θ is not finite")
    if np.abs(theta).max(initial=0) > LARGEST_ANGLE:
        raise _diverged(step, f"θ is beyond {LARGEST_ANGLE:g}")


def require_finite_cost(step: int, cost: Estimate) -> None:
    """Refuse to go on from a cost or a gradient that isn't finite.

    Raises:
        DivergenceError: naming the step.
    """
    if not np.isfinite(cost.value):
        raise _diverged(step, "the cost is not finite")
    if cost.gradient is not None and not np.isfinite(np.linalg.norm(cost.gradient)):
        raise _diverged(step, "the gradient is not finite")


def _diverged(step: int, what: str) -> DivergenceError:
    return DivergenceError(
        f"the training diverged: {what} at step {step}; choose a smaller learning rate, cost.weight, "
        "observable or initial θ, and start again (the steps before are recorded)"
    )
