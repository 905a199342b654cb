"""Ansatzes: the trained circuits U(θ)."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.library import efficient_su2, real_amplitudes

from sggd_qiskit.circuit.files import read_circuit
from sggd_qiskit.circuit.rotation_form import CircuitError
from sggd_qiskit.config.circuits import GivenCircuit
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.config.model import (
    AnsatzConfig,
    FileAnsatz,
    HardwareEfficientAnsatz,
    LibraryAnsatz,
    TwoQubitAnsatz,
)
from sggd_qiskit.model.given import read_given


def build_ansatz(config: AnsatzConfig, num_qubits: int) -> QuantumCircuit:
    """The ansatz; its parameters, in the circuit's order, are θ.

    Raises:
        ConfigError: if the ansatz is one of another number of qubits, has no parameter, or its file can't be used.
    """
    match config:
        case TwoQubitAnsatz(kind="cx_power"):
            circuit = cx_power()
        case TwoQubitAnsatz():
            circuit = QuantumCircuit(2, name="crx")
            circuit.crx(Parameter("θ"), 0, 1)
        case HardwareEfficientAnsatz():
            circuit = hardware_efficient(config, num_qubits)
        case LibraryAnsatz(kind="real_amplitudes"):
            circuit = real_amplitudes(num_qubits, reps=config.reps, entanglement=config.entanglement)
        case LibraryAnsatz():
            circuit = efficient_su2(num_qubits, reps=config.reps, entanglement=config.entanglement)
        case FileAnsatz():
            try:
                circuit = read_circuit(config.path)
            except CircuitError as error:
                raise ConfigError.at("model.ansatz.path", str(error)) from error
        case GivenCircuit():
            try:
                circuit = read_given(config)
            except CircuitError as error:
                raise ConfigError.at("model.ansatz", str(error)) from error
    if circuit.num_qubits != num_qubits:
        raise ConfigError.at(
            "model.ansatz", f"found a circuit of {circuit.num_qubits} qubits; wanted {num_qubits}, as model.qubits says"
        )
    if circuit.num_parameters == 0:
        raise ConfigError.at("model.ansatz", "found a circuit without parameters; there is nothing to train")
    return circuit


def cx_power() -> QuantumCircuit:
    """exp(-iθ |1⟩⟨1| ⊗ (I - X)/2), control on qubit 0: the identity at θ = 0 and the CNOT at θ = π (paper, (9)).

    The generator is (I - Z₀ - X₁ + Z₀X₁)/4, whose terms commute: three Pauli rotations, exact up to a global phase.
    """
    theta = Parameter("θ")
    circuit = QuantumCircuit(2, name="cx_power")
    circuit.rz(-theta / 2, 0)
    circuit.rx(-theta / 2, 1)
    circuit.rzx(theta / 2, 0, 1)
    return circuit


def hardware_efficient(config: HardwareEfficientAnsatz, num_qubits: int) -> QuantumCircuit:
    """Layers of rotations on every qubit, each followed by the entangler."""
    theta = iter(ParameterVector("θ", config.layers * len(config.rotations) * num_qubits))
    circuit = QuantumCircuit(num_qubits, name="hardware_efficient")
    gate, shape = config.entangler.split("_")
    # On two qubits the ring would run the same pair twice.
    pairs = num_qubits if shape == "ring" and num_qubits > 2 else num_qubits - 1
    for _ in range(config.layers):
        for q in range(num_qubits):
            for rotation in config.rotations:
                getattr(circuit, rotation)(next(theta), q)
        for q in range(pairs):
            getattr(circuit, gate)(q, (q + 1) % num_qubits)
    return circuit
