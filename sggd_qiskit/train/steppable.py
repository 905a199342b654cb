"""Optimizers of qiskit-machine-learning as pure functions: each step starts one afresh from the recorded state."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.steppable import SteppableConfig
from sggd_qiskit.train.optimizers import Optimizer, State

_OF_A_FUNCTION = ("fun", "jac", "learning_rate")
"""What of an optimizer's state is no number: the functions are not called, and the rates follow from the steps taken."""


def steppable(config: SteppableConfig) -> Optimizer:
    """Ask where, tell the gradient there."""

    def restored(state: State) -> Any:
        optimizer = config.build()
        optimizer.start(fun=None, x0=np.array(state["theta"]), jac=None)
        for _ in range(int(state["nit"])):
            next(optimizer.state.learning_rate)
        for name, value in state.items():
            if name != "theta":
                setattr(optimizer.state, name, None if np.isnan(value).all() else value.item())
        return optimizer

    def recorded(optimizer: Any) -> State:
        found = {field.name: getattr(optimizer.state, field.name) for field in fields(optimizer.state)}
        numbers = {name: value for name, value in found.items() if name not in (*_OF_A_FUNCTION, "x")}
        plain = {name: np.array(np.nan if value is None else value, dtype=float) for name, value in numbers.items()}
        return {**plain, "theta": np.array(found["x"], dtype=float)}

    def init(theta: FloatArray) -> State:
        optimizer = config.build()
        optimizer.start(fun=None, x0=np.array(theta, dtype=float), jac=None)
        return recorded(optimizer)

    def update(gradient: FloatArray, state: State) -> tuple[FloatArray, State]:
        from qiskit_machine_learning.optimizers import TellData

        optimizer = restored(state)
        optimizer.tell(optimizer.ask(), TellData(eval_jac=gradient))
        after = recorded(optimizer)
        return after["theta"], after

    def finished(state: State) -> str | None:
        done = not restored(state).continue_condition()
        return f"{config.name} is done, by its maxiter or tol" if done else None

    return Optimizer(init, update, finished)
