"""The twirl T[X] = E_s χ(s) V_s† X V_s (paper, (5), if χ = 1), a self-adjoint projection in the Hilbert-Schmidt product."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from qiskit.quantum_info import Pauli, SparsePauliOp

from sggd_qiskit.aliases import ComplexArray
from sggd_qiskit.circuit.paulis import PauliError, pauli_sum
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup


def conjugated(element: Element, operator: ComplexArray) -> ComplexArray:
    """V†XV, shape (2ⁿ, 2ⁿ): an index shuffle and signs where V is a permutation with a Pauli string."""
    if element.is_monomial:
        target, phase = element.monomial
        return np.asarray(operator[np.ix_(target, target)] * (phase.conj()[:, None] * phase))
    return np.asarray(element.matrix.conj().T @ operator @ element.matrix)


def twirl_pauli_sum(
    observable: SparsePauliOp | Pauli | str | Mapping[str, float], group: SymmetryGroup
) -> SparsePauliOp:
    """T[O] of a Pauli sum, as a Pauli sum, with the group's character; on any number of qubits if all V_s are Cliffords.

    Args:
        observable: O, a Pauli sum, or one as text such as ``"0.5 Z0 + 0.25 X0 X1"``.
        group: V_s and χ(s).

    Raises:
        TypeError: if an argument is of the wrong type.
        PauliError: if the observable can't be read or is of another number of qubits than the group.
    """
    require_type("group", group, SymmetryGroup, "in twirl_pauli_sum(observable, group)")
    require_type("observable", observable, (SparsePauliOp, Pauli, str, Mapping))
    written = isinstance(observable, str | Mapping)
    operator = pauli_sum(observable, group.num_qubits) if written else SparsePauliOp(observable)
    if operator.num_qubits != group.num_qubits:
        raise PauliError(f"found an observable of {operator.num_qubits} qubits and a group on {group.num_qubits}")
    others = zip(group.elements[1:], group.signs[1:], strict=True)
    total = sum((sign * _conjugated_sum(element, operator) for element, sign in others), operator)
    return (total / group.order).simplify(atol=1e-12)


def _conjugated_sum(element: Element, operator: SparsePauliOp) -> SparsePauliOp:
    if element.clifford is None:
        return SparsePauliOp.from_operator(conjugated(element, operator.to_matrix()))
    # Qiskit's Heisenberg frame is C† P C.
    return SparsePauliOp(operator.paulis.evolve(element.clifford, frame="h"), operator.coeffs)
