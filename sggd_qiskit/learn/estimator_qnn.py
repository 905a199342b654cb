"""Networks from and to qiskit-machine-learning's ``EstimatorQNN``."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, ParameterExpression, ParameterVector
from qiskit.quantum_info import SparsePauliOp
from qiskit_machine_learning.neural_networks import EstimatorQNN

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.experiment import ExperimentConfig
from sggd_qiskit.config.loading import load_config
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import classical
from sggd_qiskit.model.qnn import QNN
from sggd_qiskit.problem import build_problem
from sggd_qiskit.run.results import Results


def parts_of(qnn: EstimatorQNN) -> tuple[QuantumCircuit, QuantumCircuit, Any]:
    """Feature map, ansatz and observables of an EstimatorQNN.

    The feature map takes all gates up to the first trained one on each qubit, so that it is found whole where it ends in
    gates without features. Where ``input_params`` are in another order than the circuit's, they are named anew.

    Raises:
        ValueError: if a feature is uploaded after a trained gate on the same qubit, or there are no inputs or weights.
    """
    inputs, weights = list(qnn.input_params or ()), list(qnn.weight_params or ())
    if not inputs or not weights:
        raise ValueError(
            f"found an EstimatorQNN of {len(inputs)} inputs and {len(weights)} weights; wanted at least one of each"
        )
    circuit = qnn.circuit
    feature_map, ansatz = (QuantumCircuit(circuit.num_qubits) for _ in range(2))
    trained: set[int] = set()
    for instruction in _flat(circuit, set(inputs), set(weights)):
        qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        found = _parameters(instruction)
        if found & set(weights) or trained & set(qubits):
            if found & set(inputs):
                raise ValueError(
                    f"found the feature {min(p.name for p in found & set(inputs))!r} after a trained gate on qubit "
                    f"{min(qubits)}; wanted a feature map followed by an ansatz, so give these as circuits"
                )
            trained |= set(qubits)
            ansatz.append(instruction.operation, qubits)
        else:
            feature_map.append(instruction.operation, qubits)
    if list(feature_map.parameters) != inputs:
        order = ParameterVector("x", len(inputs))
        feature_map.assign_parameters(dict(zip(inputs, order, strict=True)), inplace=True)
    given = qnn.observables
    found_observables = (
        [SparsePauliOp(given)] if not isinstance(given, list | tuple) else list(map(SparsePauliOp, given))
    )
    return feature_map, ansatz, found_observables


def estimator_qnn(
    trained: Results, num_features: int, *, like: EstimatorQNN | None = None, **arguments: Any
) -> tuple[EstimatorQNN, FloatArray]:
    """A trained network as an EstimatorQNN, and its weights.

    Args:
        trained: configuration, classes and θ.
        num_features: of a data point.
        like: another EstimatorQNN with the same parameters, whose order of the weights is taken.
        arguments: of the EstimatorQNN.

    Raises:
        ValueError: if the outputs are averaged over a group or post-processed, or ``like`` has other parameters.
    """
    config = load_config(trained.config)
    if config.cost.guidance.kind == "twirled":
        raise ValueError(
            "found guidance 'twirled', whose outputs are averaged over the group; an EstimatorQNN has one circuit and can't "
            "say so, so train with guidance='penalty'"
        )
    network = _network(config, trained, num_features)
    if network.postprocessing is not None:
        raise ValueError(
            "found model.postprocessing of order 2 or more, which an EstimatorQNN has no place for; leave it out"
        )
    weights = list(network.theta)
    if like is not None:
        by_name = {parameter.name: parameter for parameter in weights}
        wanted = [parameter.name for parameter in like.weight_params or ()]
        if set(wanted) != set(by_name):
            raise ValueError(f"found like with the weights {wanted}; wanted those of the ansatz, {list(by_name)}")
        weights = [by_name[name] for name in wanted]
    values = dict(zip(network.theta, trained.theta, strict=True))
    made = EstimatorQNN(
        circuit=network.circuit,
        observables=list(network.observables),
        input_params=list(network.features),
        weight_params=weights,
        **arguments,
    )
    return made, np.array([values[parameter] for parameter in weights])


def _network(config: ExperimentConfig, trained: Results, num_features: int) -> QNN:
    """The network that was trained, with what a guidance has made of its ansatz."""
    classes = tuple(trained.manifest["classes"])
    labels = np.array(classes[:1] or (0.0,))
    point = classical(trained.manifest["features"], np.linspace([0.1], [0.2], num_features).T, labels, classes)
    return build_problem(config, Dataset(point, point)).qnn


def _flat(circuit: QuantumCircuit, inputs: set[Any], weights: set[Any]) -> list[CircuitInstruction]:
    """The instructions, those taken apart that hold features and weights both, without barriers."""
    while any(_parameters(one) & inputs and _parameters(one) & weights for one in circuit.data):
        apart = circuit.decompose()
        if len(apart.data) == len(circuit.data):
            break  # one gate of a feature and a weight; it is refused as what it is
        circuit = apart
    return [one for one in circuit.data if one.operation.name != "barrier"]


def _parameters(instruction: CircuitInstruction) -> set[Any]:
    found = (p.parameters for p in instruction.operation.params if isinstance(p, ParameterExpression))
    return set().union(*found)
