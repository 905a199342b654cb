"""Where θ starts."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.training import NormalInitial, TrainingConfig, UniformInitial
from sggd_qiskit.seeds import Purpose, generator


def initial_theta(config: TrainingConfig, parameters: int) -> FloatArray:
    """θ at step 0, shape (parameter,), radians."""
    rng = generator(config.seed, Purpose.INITIAL)
    match config.initial:
        case UniformInitial(low=low, high=high):
            return rng.uniform(low, high, size=parameters)
        case NormalInitial(scale=scale):
            return rng.normal(scale=scale, size=parameters)
        case given:
            return np.array(given.values, dtype=float)
