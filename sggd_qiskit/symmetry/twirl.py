"""The twirl T[X] = E_s V_s† X V_s (paper, (5)), a self-adjoint projection in the Hilbert-Schmidt product."""

from __future__ import annotations

import numpy as np
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Clifford, Pauli, SparsePauliOp

from sggd_qiskit.aliases import ComplexArray
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup


def conjugated(element: Element, operator: ComplexArray) -> ComplexArray:
    """V†XV, shape (2ⁿ, 2ⁿ): an index shuffle and signs where V is a permutation with a Pauli string."""
    if element.is_monomial:
        target, phase = element.monomial
        return np.asarray(operator[np.ix_(target, target)] * (phase.conj()[:, None] * phase))
    return np.asarray(element.matrix.conj().T @ operator @ element.matrix)


def twirl_pauli_sum(group: SymmetryGroup, operator: SparsePauliOp) -> SparsePauliOp:
    """T[O] of a Pauli sum, as a Pauli sum; on any number of qubits if the group is one of Cliffords."""
    total = sum((_conjugated_sum(element, operator) for element in group.elements[1:]), operator)
    return (total / group.order).simplify(atol=1e-12)


def _conjugated_sum(element: Element, operator: SparsePauliOp) -> SparsePauliOp:
    circuit = element.full_circuit().decompose("permutation")
    try:
        clifford = Clifford(circuit)
    except QiskitError:  # not a Clifford
        return SparsePauliOp.from_operator(conjugated(element, operator.to_matrix()))
    # Qiskit's Heisenberg frame is C† P C.
    images = [Pauli(p).evolve(clifford, frame="h") for p in operator.paulis]
    return SparsePauliOp(images, operator.coeffs)
