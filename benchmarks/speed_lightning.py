"""PennyLane's lightning.qubit, with the interface that keeps double precision."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pennylane as qml
from speed_peers import FloatArray, Step, Task
from speed_pennylane import network


def lightning(method: str, task: Task) -> Step:
    """A circuit for each point."""
    device = qml.device("lightning.qubit", wires=task.qubits)
    node = qml.QNode(partial(network, task), device, interface="autograd", diff_method=method)

    def loss(weights: Any) -> Any:
        outputs = qml.numpy.stack([node(point, weights) for point in task.points])
        return qml.numpy.mean((outputs - task.labels) ** 2)

    gradient = qml.grad(loss)

    def step(theta: FloatArray) -> tuple[float, FloatArray]:
        found = gradient(qml.numpy.array(theta.reshape(task.shape), requires_grad=True))
        return float(gradient.forward), np.asarray(found).ravel()

    return step


adjoint = partial(lightning, "adjoint")
parameter_shift = partial(lightning, "parameter-shift")
