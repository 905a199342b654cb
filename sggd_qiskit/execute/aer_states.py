"""States of parametric circuits on the noiseless Aer statevector simulator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.transpiler import PassManager, generate_preset_pass_manager
from qiskit_aer import AerSimulator

from sggd_qiskit.circuit.rotation_form import FIXED, ROTATIONS
from sggd_qiskit.circuit.simulate import ComplexArray

# Amplitudes of one simulator call; more parameter sets are simulated in several calls, which bounds the memory.
MOST_AMPLITUDES = 2**24

_GATES = (*ROTATIONS, *FIXED, "u", "p", "ccx", "cswap")
_TAKEN = {*_GATES, "barrier", "measure"}


def simulated_states(circuit: QuantumCircuit, values: NDArray[np.float64]) -> Iterator[tuple[slice, ComplexArray]]:
    """The states at all parameter sets, in pieces that fit the memory.

    Args:
        circuit: without measurements.
        values: shape (set, parameter), in the circuit's own parameter order.

    Yields:
        The rows of a piece, and their states, shape (2ⁿ, row).
    """
    simulator = AerSimulator(method="statevector", runtime_parameter_bind_enable=True)
    saving = in_aer_gates(circuit).copy()
    saving.global_phase = 0  # has no effect on any outcome, and Aer binds no parameters in it
    saving.save_statevector()
    piece = max(1, MOST_AMPLITUDES >> circuit.num_qubits)
    for start in range(0, len(values), piece):
        rows = slice(start, min(start + piece, len(values)))
        yield rows, _statevectors(simulator, saving, values[rows]).T


def in_aer_gates(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit in gates that Aer takes and whose parameters it binds; itself if it is so already."""
    return circuit if set(circuit.count_ops()) <= _TAKEN else _translator().run(circuit)


@cache
def _translator() -> PassManager:
    # Made once: Qiskit builds a simulator's target anew whenever it transpiles for one.
    return generate_preset_pass_manager(optimization_level=0, basis_gates=list(_GATES))


def _statevectors(simulator: AerSimulator, circuit: QuantumCircuit, values: NDArray[np.float64]) -> ComplexArray:
    """States at every parameter set, shape (set, 2ⁿ), in one call that binds the parameters in C++."""
    if circuit.num_parameters == 0:
        state = simulator.run(circuit, shots=1).result().data(0)["statevector"]
        return np.repeat(np.asarray(state)[None], len(values), axis=0)
    binds = {parameter: values[:, k].tolist() for k, parameter in enumerate(circuit.parameters)}
    result = simulator.run([circuit], parameter_binds=[binds], shots=1).result()
    return np.array([np.asarray(result.data(i)["statevector"]) for i in range(len(values))])
