"""States of parametric circuits without noise: small circuits for all parameter sets at once, larger ones by Aer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from qiskit import QuantumCircuit
from qiskit.transpiler import PassManager, generate_preset_pass_manager
from qiskit_aer import AerSimulator

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.circuit.rotation_form import FIXED, ROTATIONS, rotation_form
from sggd_qiskit.circuit.simulate import prepared_states

MOST_QUBITS_TOGETHER = 9
"""Up to so many, NumPy on the states of all parameter sets at once is faster than Aer on one after the other."""
AMPLITUDES_TOGETHER = 2**15
"""Of these states. More are slower where the memory allocator gives such arrays back to the system after every gate."""
MOST_AMPLITUDES = 2**20
"""Of one call of Aer; more parameter sets are simulated in several calls, which bounds the memory."""

_GATES = (*ROTATIONS, *FIXED, "u", "p", "ccx", "cswap")
_TAKEN = {*_GATES, "barrier"}


class States:
    """The states that a circuit prepares, but for their global phases.

    Args:
        circuit: without measurements; rewritten once, into gates on arrays or gates of Aer.
    """

    def __init__(self, circuit: QuantumCircuit):
        self.num_qubits, self.parameters = circuit.num_qubits, tuple(circuit.parameters)
        self._together = circuit.num_qubits <= MOST_QUBITS_TOGETHER
        if self._together:
            self._form = rotation_form(circuit)
        else:
            self._circuit = _saving(circuit)
            self._simulator = AerSimulator(method="statevector", runtime_parameter_bind_enable=True)

    def pieces(self, rows: FloatArray) -> Iterator[tuple[slice, ComplexArray]]:
        """The states at all parameter sets, in pieces that fit the memory.

        Args:
            rows: shape (set, parameter), in the order of ``parameters``.

        Yields:
            The rows of a piece, and their states, shape (2ⁿ, row).
        """
        size = max(1, (AMPLITUDES_TOGETHER if self._together else MOST_AMPLITUDES) >> self.num_qubits)
        for start in range(0, len(rows), size):
            piece = slice(start, min(start + size, len(rows)))
            yield piece, prepared_states(self._form, rows[piece]) if self._together else self._by_aer(rows[piece])

    def _by_aer(self, rows: FloatArray) -> ComplexArray:
        """One state after the other, in one call that binds the parameters in C++."""
        if not self.parameters:
            state = self._simulator.run(self._circuit, shots=1).result().data(0)["statevector"]
            return np.repeat(np.asarray(state)[:, None], len(rows), axis=1)
        binds = {parameter: rows[:, k].tolist() for k, parameter in enumerate(self.parameters)}
        result = self._simulator.run([self._circuit], parameter_binds=[binds], shots=1).result()
        return np.array([np.asarray(result.data(i)["statevector"]) for i in range(len(rows))]).T


def _saving(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit in gates that Aer takes and whose parameters it binds, with its state saved at the end."""
    taken = set(circuit.count_ops()) <= _TAKEN
    saving: QuantumCircuit = circuit.copy() if taken else _translator().run(circuit)
    saving.global_phase = 0  # has no effect on any outcome, and Aer binds no parameters in it
    saving.save_statevector()
    return saving


@cache
def _translator() -> PassManager:
    # Made once: Qiskit builds a simulator's target anew whenever it transpiles for one.
    return generate_preset_pass_manager(optimization_level=0, basis_gates=list(_GATES))
