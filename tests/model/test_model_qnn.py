"""The network as a whole: f(x) = Tr[ρ(x) U† O U]."""

from __future__ import annotations

import numpy as np
import pytest
from builders import plain_ansatz, random_ansatz, unitary
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Gate, Parameter
from qiskit.quantum_info import Operator, Statevector

from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.model import (
    AngleEncoding,
    BellStatesEncoding,
    FileAnsatz,
    FileEncoding,
    HardwareEfficientAnsatz,
    LibraryAnsatz,
    LibraryEncoding,
    ModelConfig,
    TwoQubitAnsatz,
)
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.sample import classical
from sggd_qiskit.model.qnn import QNN, build_qnn


@pytest.fixture
def write(tmp_path):
    def _write(circuit: QuantumCircuit, name: str) -> str:
        path = tmp_path / f"{name}.qpy"
        with path.open("wb") as stream:
            qpy.dump(circuit, stream)
        return str(path)

    return _write


def of_features(count: int) -> Dataset:
    """A dataset of points with that many features, of two classes."""
    sample = classical([f"x{k}" for k in range(count)], np.zeros((2, count)), np.array([-1, 1]))
    return Dataset(sample, sample)


def dense_output(qnn: QNN, x: np.ndarray, theta: np.ndarray) -> float:
    """f(x) by matrices of the encoding and the ansatz on their own."""
    state = Statevector(qnn.encoding.assign_parameters(x)).data
    u = Operator(qnn.ansatz.assign_parameters(theta)).data
    return float(np.vdot(u @ state, qnn.observables[0].to_matrix() @ u @ state).real)


MODELS = {
    "plane": ModelConfig(qubits=4, encoding=AngleEncoding(), ansatz=HardwareEfficientAnsatz()),
    "werner": ModelConfig(
        qubits=2, encoding=BellStatesEncoding(), ansatz=TwoQubitAnsatz(kind="crx"), observable="SWAP"
    ),
    "library": ModelConfig(
        qubits=2,
        encoding=LibraryEncoding(kind="zz_feature_map"),
        ansatz=LibraryAnsatz(kind="efficient_su2"),
        observable={"Z0 Z1": 0.5, "XI": -0.25},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_composed_circuit_and_the_rotation_forms_give_the_same_output(name):
    rng = np.random.default_rng(0)
    qnn = build_qnn(MODELS[name], of_features(2))
    assert qnn.num_qubits == MODELS[name].qubits
    x, theta = rng.normal(size=2), rng.normal(size=len(qnn.theta))
    wanted = dense_output(qnn, x, theta)
    values = dict(zip((*qnn.features, *qnn.theta), (*x, *theta), strict=True))
    composed = Statevector(qnn.circuit.assign_parameters(values)).expectation_value(qnn.observables[0])
    assert abs(composed - wanted) < 1e-12
    state = unitary(qnn.ansatz_form, qnn.ansatz_form.angles(theta)) @ prepared_states(qnn.encoding_form, x[None])[:, 0]
    assert abs(np.vdot(state, qnn.observables[0].to_matrix() @ state) - wanted) < 1e-12


@pytest.mark.parametrize("make", [random_ansatz, plain_ansatz])
def test_theta_and_features_are_in_the_own_order_of_their_circuits(write, make):
    rng = np.random.default_rng(1)
    ansatz = make(rng, 2, 14)
    encoding = plain_ansatz(rng, 2, 12)
    encoding.assign_parameters({p: Parameter(f"x{p.name}") for p in encoding.parameters}, inplace=True)
    config = ModelConfig(
        qubits=2,
        encoding=FileEncoding(path=write(encoding, "encoding")),
        ansatz=FileAnsatz(path=write(ansatz, "ansatz")),
        observable="X0 + 0.3 Z1",
    )
    qnn = build_qnn(config, of_features(12))
    assert [p.name for p in qnn.theta] == [p.name for p in ansatz.parameters] == [p.name for p in qnn.ansatz.parameters]
    assert qnn.theta == qnn.ansatz_form.angles.parameters
    assert qnn.features == qnn.encoding_form.angles.parameters
    x, theta = rng.normal(size=12), rng.normal(size=14)
    values = dict(zip((*qnn.features, *qnn.theta), (*x, *theta), strict=True))
    composed = Statevector(qnn.circuit.assign_parameters(values)).expectation_value(qnn.observables[0])
    assert abs(composed - dense_output(qnn, x, theta)) < 1e-12


@pytest.mark.parametrize(
    ("observable", "message"),
    [
        ("Z7", "found Z7"),
        ({"ZZ": 1.0}, "found the label 'ZZ'"),
        ("SWAP", "found SWAP with 4 qubits"),
        ("I0", "identity"),
    ],
)
def test_an_observable_that_does_not_fit_names_its_key(observable, message):
    config = MODELS["plane"].model_copy(update={"observable": observable})
    with pytest.raises(ConfigError, match=rf"^model\.observable: .*{message}"):
        build_qnn(config, of_features(2))


@pytest.mark.parametrize(("features", "key"), [(5, "qubits"), (7, "qubits")])
def test_too_many_features_for_the_encoding(features, key):
    with pytest.raises(ConfigError, match=rf"^model\.{key}: found 4 for {features} features"):
        build_qnn(MODELS["plane"], of_features(features))


def test_an_ansatz_of_another_size():
    config = MODELS["plane"].model_copy(update={"ansatz": TwoQubitAnsatz(kind="crx")})
    with pytest.raises(ConfigError, match=r"^model\.ansatz: found a circuit of 2 qubits; wanted 4"):
        build_qnn(config, of_features(2))


def test_a_parameter_of_both_circuits_is_refused(write):
    encoding, ansatz = QuantumCircuit(1), QuantumCircuit(1)
    encoding.rx(Parameter("a"), 0)
    ansatz.ry(Parameter("a"), 0)
    config = ModelConfig(
        qubits=1,
        encoding=FileEncoding(path=write(encoding, "encoding")),
        ansatz=FileAnsatz(path=write(ansatz, "ansatz")),
    )
    with pytest.raises(ConfigError, match=r"^model\.ansatz: found the parameter 'a' in the encoding as well; rename"):
        build_qnn(config, of_features(1))


@pytest.mark.parametrize("part", ["encoding", "ansatz"])
def test_a_gate_that_can_not_be_rewritten_names_its_key(write, part):
    circuit = QuantumCircuit(2)
    circuit.append(Gate("mystery", 1, [Parameter("a")]), [0])
    circuit.rx(Parameter("b"), 1)
    parts = {"encoding": AngleEncoding(), "ansatz": HardwareEfficientAnsatz()}
    parts[part] = {"encoding": FileEncoding, "ansatz": FileAnsatz}[part](path=write(circuit, part))
    with pytest.raises(ConfigError, match=rf"^model\.{part}: can't rewrite the circuit .*mystery"):
        build_qnn(ModelConfig(qubits=2, **parts), of_features(2))
