"""λ, the weight of the penalty, over the steps (the paper's open question i)."""

from __future__ import annotations

from math import cos, pi

from sggd_qiskit.config.cost import CosineWeight, ExponentialWeight, LinearWeight


def penalty_weight(config: float | LinearWeight | CosineWeight | ExponentialWeight, step: int) -> float:
    """λ at a step, counted from 0."""
    match config:
        case LinearWeight():
            share = min(step / config.steps, 1.0)
        case CosineWeight():
            share = (1 - cos(pi * min(step / config.steps, 1.0))) / 2
        case ExponentialWeight():
            return float(config.start * (config.end / config.start) ** min(step / config.steps, 1.0))
        case _:
            return float(config)
    return config.start + share * (config.end - config.start)
