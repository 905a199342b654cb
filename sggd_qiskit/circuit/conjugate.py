"""The complex conjugate U* of a circuit."""

from __future__ import annotations

from qiskit import QuantumCircuit

from sggd_qiskit.circuit.rotation_form import ROTATIONS


def conjugate(template: QuantumCircuit) -> QuantumCircuit:
    """U* up to a global phase, of a circuit in rotation form.

    (exp(-iφP/2))* = exp(iφP*/2), and P* = -P if P has an odd number of Y. The fixed gates of the form are symmetric or,
    as Y is, antisymmetric matrices, so that their conjugate is their inverse.
    """
    result = QuantumCircuit(*template.qregs)
    for instruction in template.data:
        gate = instruction.operation
        if gate.name in ROTATIONS:
            odd = ROTATIONS[gate.name].count("Y") % 2 == 1
            gate = gate.base_class(gate.params[0] if odd else -gate.params[0])
        else:
            gate = gate.inverse()
        result.append(gate, instruction.qubits)
    return result
