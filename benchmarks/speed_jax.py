"""PennyLane with JAX."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import numpy as np
import pennylane as qml
from speed_peers import FloatArray, Step, Task
from speed_pennylane import network

jax.config.update("jax_enable_x64", val=True)


def jax_backprop(task: Task) -> Step:
    """PennyLane's default.qubit, all points in one broadcast circuit, compiled and differentiated by JAX."""
    device = qml.device("default.qubit", wires=task.qubits)
    node = qml.QNode(partial(network, task), device, interface="jax", diff_method="backprop")
    features, labels = jax.numpy.array(task.points.T), jax.numpy.array(task.labels)

    def loss(weights: Any) -> Any:
        return jax.numpy.mean((node(features, weights) - labels) ** 2)

    compiled = jax.jit(jax.value_and_grad(loss))

    def step(theta: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = compiled(theta.reshape(task.shape))
        return float(value), np.asarray(gradient).ravel()

    return step
