"""Encodings: circuits that prepare ρ(x), with the features as their parameters."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import pauli_feature_map, z_feature_map, zz_feature_map
from qiskit.exceptions import QiskitError

from sggd_qiskit.circuit.files import read_circuit
from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.config.circuits import GivenCircuit
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.model import (
    AngleEncoding,
    BellStatesEncoding,
    EncodingConfig,
    FileEncoding,
    LibraryEncoding,
    PauliFeatureMapEncoding,
)
from sggd_qiskit.model.given import read_given


def build_encoding(config: EncodingConfig, num_qubits: int, num_features: int) -> QuantumCircuit:
    """The encoding circuit; its parameters, in the circuit's order, are the features.

    Args:
        config: the ``encoding`` block.
        num_qubits: n.
        num_features: of a data point.

    Raises:
        ConfigError: if the encoding does not take that many features on that many qubits, or its file can't be used.
    """
    match config:
        case BellStatesEncoding():
            circuit = bell_states()
        case AngleEncoding():
            if num_features > num_qubits:
                raise ConfigError.at(
                    "model.qubits",
                    f"found {num_qubits} for {num_features} features; an angle encoding needs a qubit for each",
                )
            circuit = angle_encoding(config, num_qubits, num_features)
        case LibraryEncoding() | PauliFeatureMapEncoding():
            try:
                circuit = _feature_map(config, num_qubits)
            except QiskitError as error:
                raise ConfigError.at(
                    "model.encoding", f"Qiskit can't build the feature map: {error.message}"
                ) from error
        case FileEncoding():
            try:
                circuit = read_circuit(config.path)
            except CircuitError as error:
                raise ConfigError.at("model.encoding.path", str(error)) from error
        case GivenCircuit():
            try:
                circuit = read_given(config)
            except CircuitError as error:
                raise ConfigError.at("model.encoding", str(error)) from error
    if circuit.num_qubits != num_qubits:
        raise ConfigError.at(
            "model.encoding",
            f"found a circuit of {circuit.num_qubits} qubits; wanted {num_qubits}, as model.qubits says",
        )
    if circuit.num_parameters != num_features:
        raise ConfigError.at(
            "model.encoding",
            f"found an encoding of {circuit.num_parameters} features; the data have {num_features}, so choose other "
            "features, another number of qubits, or another encoding",
        )
    return circuit


def bell_states() -> QuantumCircuit:
    """The four Bell states: a phase flip (parameter 0) and a bit flip (parameter 1), each by 0 or π; (π, π) is the singlet."""
    flips = ParameterVector("x", 2)
    circuit = QuantumCircuit(2, name="bell_states")
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rz(flips[0], 0)
    circuit.rx(flips[1], 0)
    return circuit


def angle_encoding(config: AngleEncoding, num_qubits: int, num_features: int) -> QuantumCircuit:
    """A rotation by scale·x_(q mod f) on qubit q, repeated with rings of CZ between the uploads.

    Args:
        config: gate, scale in radians per unit of a feature, and uploads.
        num_qubits: n.
        num_features: f.
    """
    features = ParameterVector("x", num_features)
    circuit = QuantumCircuit(num_qubits, name="angle")
    if config.gate == "rz":
        circuit.h(range(num_qubits))
    for upload in range(config.uploads):
        if upload:
            for q in range(num_qubits if num_qubits > 2 else num_qubits - 1):
                circuit.cz(q, (q + 1) % num_qubits)
        for q in range(num_qubits):
            getattr(circuit, config.gate)(config.scale * features[q % num_features], q)
    return circuit


def _feature_map(config: LibraryEncoding | PauliFeatureMapEncoding, num_qubits: int) -> QuantumCircuit:
    if isinstance(config, PauliFeatureMapEncoding):
        return _pauli_feature_map(config, num_qubits)
    if config.kind == "z_feature_map":
        return z_feature_map(num_qubits, reps=config.reps)
    return zz_feature_map(num_qubits, reps=config.reps, entanglement=config.entanglement)


def _pauli_feature_map(config: PauliFeatureMapEncoding, num_qubits: int) -> QuantumCircuit:
    for pauli in config.paulis:
        if not pauli or set(pauli) - set("IXYZ") or len(pauli) > num_qubits:
            raise ConfigError.at(
                "model.encoding.paulis",
                f"found {pauli!r}; wanted strings of I, X, Y, Z of at most {num_qubits} letters",
            )
    return pauli_feature_map(num_qubits, reps=config.reps, entanglement=config.entanglement, paulis=list(config.paulis))
