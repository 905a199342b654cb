"""PennyLane with PyTorch."""

from __future__ import annotations

from functools import partial

import pennylane as qml
import torch
from speed_peers import FloatArray, Step, Task
from speed_pennylane import network


def torch_backprop(task: Task) -> Step:
    """PennyLane's default.qubit, all points in one broadcast circuit, backpropagation by PyTorch."""
    device = qml.device("default.qubit", wires=task.qubits)
    node = qml.QNode(partial(network, task), device, interface="torch", diff_method="backprop")
    features, labels = torch.tensor(task.points.T.copy()), torch.tensor(task.labels)

    def step(theta: FloatArray) -> tuple[float, FloatArray]:
        weights = torch.tensor(theta.reshape(task.shape), requires_grad=True)
        loss = torch.mean((node(features, weights) - labels) ** 2)
        loss.backward()
        return float(loss), weights.grad.numpy().ravel()

    return step
