"""Shots with the noise of a device's snapshot, on Qiskit Aer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel
from qiskit_ibm_runtime import fake_provider

from .execution import Simulator
from .gates import Gate
from .statevector import components

DENSITY_MATRIX_QUBITS = 6


def noisy_simulator(device: str) -> Simulator:
    """What takes shots on a device such as ``fake_manila``; idle qubits have errors of their readout only."""
    noise = _noise_model(device)

    def simulate(gates: list[Gate], batch: int, shots: int, clbits: int, rng: np.random.Generator) -> NDArray[np.bool_]:
        bits = np.zeros((batch, shots, clbits), dtype=bool)
        for qubits in components(gates):
            own = [gate for gate in gates if gate.qubits[0] in qubits]
            numbers = sorted({gate.clbits[0] for gate in own if gate.clbits})
            if numbers:
                bits[:, :, numbers] = _sample(own, qubits, numbers, _part(noise, qubits), batch, shots, rng)
        return bits

    return simulate


def _sample(
    gates: Sequence[Gate],
    qubits: Sequence[int],
    clbits: Sequence[int],
    noise: NoiseModel,
    batch: int,
    shots: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Bits of one group of qubits."""
    parameters = ParameterVector("angle", sum(len(gate.angles) for gate in gates))
    columns = iter(parameters)
    circuit = QuantumCircuit(len(qubits), len(clbits))
    values: dict[Parameter, list[float]] = {}
    for gate in gates:
        operation = gate.operation.to_mutable()
        names = [next(columns) for _ in gate.angles]
        operation.params = list(names)
        values |= {
            name: np.broadcast_to(angle, (batch,)).tolist() for name, angle in zip(names, gate.angles, strict=True)
        }
        circuit.append(operation, [qubits.index(q) for q in gate.qubits], [clbits.index(c) for c in gate.clbits])
    method = "density_matrix" if len(qubits) <= DENSITY_MATRIX_QUBITS else "statevector"
    simulator = AerSimulator(
        method=method, noise_model=noise, seed_simulator=int(rng.integers(2**31)), max_parallel_threads=1
    )
    runs = [circuit] if values else [circuit] * batch
    result = simulator.run(runs, shots=shots, memory=True, **({"parameter_binds": [values]} if values else {})).result()
    memory = [[int(outcome, 16) for outcome in result.data(k)["memory"]] for k in range(batch)]
    return ((np.array(memory)[..., None] >> np.arange(len(clbits))) & 1).astype(bool)


@lru_cache
def _noise_model(device: str) -> NoiseModel:
    (snapshot,) = {
        found
        for found in vars(fake_provider).values()
        if isinstance(found, type) and getattr(found, "backend_name", None) == device
    }
    return NoiseModel.from_backend(snapshot())


def _part(noise: NoiseModel, qubits: Sequence[int]) -> NoiseModel:
    """The noise of some qubits, which are numbered from 0; that of a whole device is slow in Aer."""
    part = NoiseModel(basis_gates=noise.basis_gates)
    for name, errors in noise._local_quantum_errors.items():  # noqa: SLF001 - Aer has no public way
        for where, error in errors.items():
            if set(where) <= set(qubits):
                part.add_quantum_error(error, name, [qubits.index(q) for q in where], warnings=False)
    for where, error in noise._local_readout_errors.items():  # noqa: SLF001 - Aer has no public way
        if set(where) <= set(qubits):
            part.add_readout_error(error, [qubits.index(q) for q in where], warnings=False)
    return part
