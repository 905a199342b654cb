"""States of parametric circuits without noise: small circuits for all parameter sets at once, larger ones by Aer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from weakref import finalize

import numpy as np
from qiskit import QuantumCircuit
from qiskit.transpiler import PassManager, generate_preset_pass_manager
from qiskit_aer import AerSimulator

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import FIXED, ROTATIONS, RotationForm, rotation_form
from sggd_qiskit.circuit.simulate import prepared_states

# Amplitudes of one simulator call; more parameter sets are simulated in several calls, which bounds the memory.
MOST_QUBITS_TOGETHER = 9
"""Up to so many, NumPy on the states of all parameter sets at once is faster than Aer on one after the other."""

MOST_AMPLITUDES = 2**24

_GATES = (*ROTATIONS, *FIXED, "u", "p", "ccx", "cswap")
_TAKEN = {*_GATES, "barrier", "measure"}


def simulated_states(circuit: QuantumCircuit, values: FloatArray) -> Iterator[tuple[slice, ComplexArray]]:
    """The states at all parameter sets, in pieces that fit the memory, but for their global phases.

    Args:
        circuit: without measurements.
        values: shape (set, parameter), in the circuit's own parameter order.

    Yields:
        The rows of a piece, and their states, shape (2ⁿ, row).
    """
    piece = max(1, MOST_AMPLITUDES >> circuit.num_qubits)
    states = _together if circuit.num_qubits <= MOST_QUBITS_TOGETHER else _one_by_one
    for start in range(0, len(values), piece):
        rows = slice(start, min(start + piece, len(values)))
        yield rows, states(circuit, values[rows])


def _together(circuit: QuantumCircuit, values: FloatArray) -> ComplexArray:
    """All states carried through the circuit gate by gate."""
    return prepared_states(_form(circuit), values)


def _one_by_one(circuit: QuantumCircuit, values: FloatArray) -> ComplexArray:
    """Each state by Aer, in one call that binds the parameters in C++."""
    simulator = AerSimulator(method="statevector", runtime_parameter_bind_enable=True)
    saving = in_aer_gates(circuit).copy()
    saving.global_phase = 0  # has no effect on any outcome, and Aer binds no parameters in it
    saving.save_statevector()
    return _statevectors(simulator, saving, values).T


def _form(circuit: QuantumCircuit) -> RotationForm:
    """The circuit as gates on arrays, made once for each circuit that lives."""
    if id(circuit) not in _forms:  # circuits have no hash
        _forms[id(circuit)] = rotation_form(circuit)
        finalize(circuit, _forms.pop, id(circuit))
    return _forms[id(circuit)]


_forms: dict[int, RotationForm] = {}


def in_aer_gates(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit in gates that Aer takes and whose parameters it binds; itself if it is so already."""
    return circuit if set(circuit.count_ops()) <= _TAKEN else _translator().run(circuit)


@cache
def _translator() -> PassManager:
    # Made once: Qiskit builds a simulator's target anew whenever it transpiles for one.
    return generate_preset_pass_manager(optimization_level=0, basis_gates=list(_GATES))


def _statevectors(simulator: AerSimulator, circuit: QuantumCircuit, values: FloatArray) -> ComplexArray:
    """States at every parameter set, shape (set, 2ⁿ), in one call that binds the parameters in C++."""
    if circuit.num_parameters == 0:
        state = simulator.run(circuit, shots=1).result().data(0)["statevector"]
        return np.repeat(np.asarray(state)[None], len(values), axis=0)
    binds = {parameter: values[:, k].tolist() for k, parameter in enumerate(circuit.parameters)}
    result = simulator.run([circuit], parameter_binds=[binds], shots=1).result()
    return np.array([np.asarray(result.data(i)["statevector"]) for i in range(len(values))])
