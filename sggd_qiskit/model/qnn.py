"""The quantum neural network f(x) = Tr[ρ(x) U†(θ) O U(θ)] (paper, (1))."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp
from qiskit_machine_learning.circuit.library import qnn_circuit

from sggd_qiskit.circuit.paulis import PauliError, pauli_sum
from sggd_qiskit.circuit.rotation_form import CircuitError, RotationForm, rotation_form
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.model import ModelConfig
from sggd_qiskit.model.ansatzes import build_ansatz
from sggd_qiskit.model.encodings import build_encoding


@dataclass(frozen=True)
class QNN:
    """Encoding, ansatz and observable.

    Attributes:
        circuit: the encoding followed by the ansatz, as qiskit-machine-learning composes them.
        features: the parameters that take the features, in order.
        theta: the trained parameters, in the ansatz' own order.
        encoding: the encoding alone.
        ansatz: the ansatz alone.
        observable: O, Hermitian, not a multiple of the identity.
    """

    circuit: QuantumCircuit
    features: tuple[Parameter, ...]
    theta: tuple[Parameter, ...]
    encoding: QuantumCircuit
    ansatz: QuantumCircuit
    observable: SparsePauliOp

    @property
    def num_qubits(self) -> int:
        """Number of qubits n."""
        return int(self.ansatz.num_qubits)

    @cached_property
    def encoding_form(self) -> RotationForm:
        """The encoding as fixed gates and Pauli rotations."""
        return rotation_form(self.encoding)

    @cached_property
    def ansatz_form(self) -> RotationForm:
        """The ansatz as fixed gates and Pauli rotations."""
        return rotation_form(self.ansatz)


def build_qnn(config: ModelConfig, num_features: int) -> QNN:
    """The network that the ``model`` block describes, for data with that many features.

    Raises:
        ConfigError: if a part can't be built, or the parts don't fit together.
    """
    encoding = build_encoding(config.encoding, config.qubits, num_features)
    ansatz = build_ansatz(config.ansatz, config.qubits)
    shared = {p.name for p in encoding.parameters} & {p.name for p in ansatz.parameters}
    if shared:
        raise ConfigError.at(
            "model.ansatz",
            f"found the parameter {min(shared)!r} in the encoding as well; rename it in one of the files",
        )
    try:
        observable = pauli_sum(config.observable, config.qubits)
    except PauliError as error:
        raise ConfigError.at("model.observable", str(error)) from error
    circuit, features, theta = qnn_circuit(config.qubits, encoding, ansatz)
    qnn = QNN(circuit, tuple(features), tuple(theta), encoding, ansatz, observable)
    for key, part in (("model.encoding", "encoding_form"), ("model.ansatz", "ansatz_form")):
        try:
            getattr(qnn, part)
        except CircuitError as error:
            raise ConfigError.at(key, str(error)) from error
    return qnn
