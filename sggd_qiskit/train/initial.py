"""Where θ starts."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.training import NormalInitial, RunInitial, TrainingConfig, UniformInitial
from sggd_qiskit.seeds import Purpose, generator


def initial_theta(config: TrainingConfig, parameters: int) -> FloatArray:
    """θ at step 0, shape (parameter,), radians.

    Raises:
        ConfigError: if it is another run's, which was not read; see ``run.start``.
    """
    rng = generator(config.seed, Purpose.INITIAL)
    match config.initial:
        case UniformInitial(low=low, high=high):
            return rng.uniform(low, high, size=parameters)
        case NormalInitial(scale=scale):
            return rng.normal(scale=scale, size=parameters)
        case RunInitial(path=path):
            raise ConfigError.at("training.initial", f"found the run {path}, whose θ was not read; give its values")
        case given:
            return np.array(given.values, dtype=float)
