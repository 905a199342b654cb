"""sQUlearn."""

from __future__ import annotations

import numpy as np
from speed_peers import FloatArray, Step, Task
from speed_qiskit import plane_circuit
from squlearn.encoding_circuit import QiskitEncodingCircuit
from squlearn.observables import SinglePauli
from squlearn.qnn.lowlevel_qnn import LowLevelQNN
from squlearn.util import Executor


def qulacs(task: Task) -> Step:
    """sQUlearn's network on its fastest executor."""
    circuit, _, _ = plane_circuit(task)
    encoding = QiskitEncodingCircuit(circuit, mode="auto", feature_label="x", parameter_label="θ")
    observable = SinglePauli(task.qubits, qubit=0, op_str="Z")
    network = LowLevelQNN(encoding, observable, Executor("qulacs"), num_features=2, caching=False)

    def step(values: FloatArray) -> tuple[float, FloatArray]:
        found = network.evaluate(task.points, values, np.array([]), "f", "dfdp")
        residuals = found["f"].reshape(-1) - task.labels
        slopes = found["dfdp"].reshape(len(residuals), -1)
        return float(np.mean(residuals**2)), 2 / len(residuals) * residuals @ slopes

    return step
