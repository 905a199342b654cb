"""Optimisers as pairs of pure functions over plain arrays, so that a checkpoint is the state and resuming is exact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.steppable import SteppableConfig
from sggd_qiskit.config.training import AdamConfig, GradientDescentConfig

State = Mapping[str, FloatArray]
"""Named arrays, all that an optimiser remembers; ``theta`` is among them."""


@dataclass(frozen=True)
class Optimizer:
    """``init(θ) → state``, ``update(gradient, state) → (θ, state)``, and why the optimiser itself is done, or None."""

    init: Callable[[FloatArray], State]
    update: Callable[[FloatArray, State], tuple[FloatArray, State]]
    finished: Callable[[State], str | None] = lambda _: None


def build_optimizer(config: AdamConfig | GradientDescentConfig | SteppableConfig) -> Optimizer:
    """The optimiser that the configuration names."""
    if isinstance(config, SteppableConfig):
        from sggd_qiskit.train.steppable import steppable

        return steppable(config)
    return adam(config) if isinstance(config, AdamConfig) else gradient_descent(config)


def gradient_descent(config: GradientDescentConfig) -> Optimizer:
    """θ ← θ - η g."""

    def init(theta: FloatArray) -> State:
        return {"theta": np.array(theta, dtype=float)}

    def update(gradient: FloatArray, state: State) -> tuple[FloatArray, State]:
        theta = state["theta"] - config.learning_rate * gradient
        return theta, {"theta": theta}

    return Optimizer(init, update)


def adam(config: AdamConfig) -> Optimizer:
    """θ ← θ - η m̂/(√v̂ + ε), m̂ and v̂ the running means of g and g² without their bias to zero (arXiv:1412.6980)."""

    def init(theta: FloatArray) -> State:
        zero = np.zeros(np.shape(theta))
        return {"theta": np.array(theta, dtype=float), "mean": zero, "square": zero, "count": np.zeros(())}

    def update(gradient: FloatArray, state: State) -> tuple[FloatArray, State]:
        count = state["count"] + 1
        mean = config.beta1 * state["mean"] + (1 - config.beta1) * gradient
        square = config.beta2 * state["square"] + (1 - config.beta2) * gradient**2
        step = mean / (1 - config.beta1**count) / (np.sqrt(square / (1 - config.beta2**count)) + config.epsilon)
        theta = state["theta"] - config.learning_rate * step
        return theta, {"theta": theta, "mean": mean, "square": square, "count": count}

    return Optimizer(init, update)


def state_to_plain(state: State) -> dict[str, object]:
    """The state in what JSON can say; floats keep every bit."""
    return {name: array.tolist() for name, array in state.items()}


def state_from_plain(plain: Mapping[str, object], fresh: State) -> State:
    """The state again, compared with a ``fresh`` one of the same optimiser.

    Raises:
        ValueError: if the names or shapes differ, so that the state is another optimiser's or another network's.
    """
    state = {name: np.asarray(values, dtype=float) for name, values in plain.items()}
    found = {name: array.shape for name, array in state.items()}
    wanted = {name: array.shape for name, array in fresh.items()}
    if found != wanted:
        raise ValueError(f"the checkpoint holds {found}, but this training needs {wanted}")
    return state
