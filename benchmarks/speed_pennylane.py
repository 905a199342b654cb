"""The benchmark's network in PennyLane's gates."""

from __future__ import annotations

from typing import Any

import pennylane as qml
from speed_peers import Task


def network(task: Task, features: Any, theta: Any) -> Any:
    """The output; ``features`` are the two columns, ``theta`` has the shape (layer, qubit, 3)."""
    for q in range(task.qubits):
        qml.RX(task.scale * features[q % 2], q)
    for layer in range(task.layers):
        for q in range(task.qubits):
            for number, gate in enumerate((qml.RZ, qml.RY, qml.RZ)):
                gate(theta[layer, q, number], q)
        for q in range(task.qubits):
            qml.CNOT([q, (q + 1) % task.qubits])
    return qml.expval(qml.PauliZ(0))
