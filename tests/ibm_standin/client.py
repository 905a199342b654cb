"""A small problem of four qubits, and a client that has it estimated, for the tests of the stand-in."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.primitives import StatevectorEstimator
from qiskit.quantum_info import SparsePauliOp
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime import QiskitRuntimeService, Session
from qiskit_ibm_runtime.executor_estimator import Estimator

SHOTS = 1000
OBSERVABLE = SparsePauliOp(["ZIII", "IXXI", "YIIZ"], [1.0, 0.5, -0.7])
VALUES = np.random.default_rng(7).uniform(-3, 3, (6, 8))


def ansatz(names="t"):
    """Four qubits, eight parameters; the names decide the order in which Qiskit sorts the parameters."""
    angles = [parameter for name in names for parameter in ParameterVector(name, 8 // len(names))]
    circuit = QuantumCircuit(4)
    for qubit in range(4):
        circuit.ry(angles[qubit], qubit)
    for qubit in range(3):
        circuit.cx(qubit, qubit + 1)
    for qubit in range(4):
        circuit.rz(angles[4 + qubit] / 2 + 0.1, qubit)
        circuit.rx(angles[4 + qubit], qubit)
    return circuit, angles


def pub(backend, values=VALUES, names="t"):
    circuit, angles = ansatz(names)
    isa = generate_preset_pass_manager(optimization_level=1, backend=backend, seed_transpiler=1).run(circuit)
    return isa, OBSERVABLE.apply_layout(isa.layout), {tuple(angles): values}


def exact(values=VALUES):
    circuit, angles = ansatz()
    return StatevectorEstimator().run([(circuit, OBSERVABLE, {tuple(angles): values})]).result()[0].data.evs


def connect(monkeypatch, stand_in):
    """A client of a stand-in, from the environment alone."""
    for name, value in stand_in.environment().items():
        monkeypatch.setenv(name, value)
    return QiskitRuntimeService()


def submit(mode, tags=(), level=0, **run):
    backend = mode if not isinstance(mode, Session) else mode.service.backend(mode.backend())
    options = {"resilience_level": level, "default_shots": SHOTS, "environment": {"job_tags": list(tags)}}
    return Estimator(mode, options=options).run([pub(backend, **run)])


def values_of(job):
    return job.result(poll_interval=0.1)[0].data.evs
