"""qiskit-machine-learning."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.primitives import StatevectorEstimator
from qiskit.quantum_info import SparsePauliOp
from qiskit_machine_learning.gradients import ParamShiftEstimatorGradient
from qiskit_machine_learning.neural_networks import EstimatorQNN
from speed_peers import FloatArray, Step, Task


def plane_circuit(task: Task) -> tuple[QuantumCircuit, ParameterVector, ParameterVector]:
    """Encoding and ansatz, with the features x and the parameters θ."""
    features, theta = ParameterVector("x", 2), ParameterVector("θ", int(np.prod(task.shape)))
    circuit, parameters = QuantumCircuit(task.qubits), iter(theta)
    for q in range(task.qubits):
        circuit.rx(task.scale * features[q % 2], q)
    for _ in range(task.layers):
        for q in range(task.qubits):
            for gate in (circuit.rz, circuit.ry, circuit.rz):
                gate(next(parameters), q)
        for q in range(task.qubits):
            circuit.cx(q, (q + 1) % task.qubits)
    return circuit, features, theta


def estimator_qnn(task: Task) -> Step:
    """qiskit-machine-learning's EstimatorQNN with its defaults: a statevector estimator and the parameter-shift rule."""
    circuit, features, theta = plane_circuit(task)
    estimator = StatevectorEstimator()
    network = EstimatorQNN(
        circuit=circuit,
        estimator=estimator,
        observables=SparsePauliOp("I" * (task.qubits - 1) + "Z"),
        input_params=list(features),
        weight_params=list(theta),
        gradient=ParamShiftEstimatorGradient(estimator),
        default_precision=0.0,
    )

    def step(values: FloatArray) -> tuple[float, FloatArray]:
        residuals = network.forward(task.points, values)[:, 0] - task.labels
        _, slopes = network.backward(task.points, values)
        return float(np.mean(residuals**2)), 2 / len(task.labels) * residuals @ slopes[:, 0]

    return step
