"""States that are given as the circuits that prepare them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qiskit import QuantumCircuit

from sggd_qiskit.circuit.rotation_form import CircuitError, require_unitary
from sggd_qiskit.config.arguments import require_type
from sggd_qiskit.data.errors import DataError


def state_circuits(
    circuits: Sequence[QuantumCircuit], num_qubits: int | None, where: str
) -> tuple[QuantumCircuit, ...]:
    """The circuits, checked: unitary, without parameters, all of the same number of qubits.

    Args:
        circuits: each prepares a state from |0…0⟩.
        num_qubits: n; None for that of the first.
        where: what messages call them, such as ``"the training circuits"``.

    Raises:
        DataError: naming the first circuit at fault.
    """
    if isinstance(circuits, QuantumCircuit):
        raise DataError(f"found a single circuit as {where}; wanted a list with one circuit for each point", "circuits")
    require_type("circuits", circuits, Iterable, "one circuit for each point")
    for number, circuit in enumerate(circuits):
        place = f"in {where}, number {number}"
        if not isinstance(circuit, QuantumCircuit):
            raise DataError(f"found {circuit!r} {place}; wanted a QuantumCircuit", "circuits")
        num_qubits = circuit.num_qubits if num_qubits is None else num_qubits
        if circuit.num_qubits != num_qubits:
            raise DataError(
                f"found {circuit.num_qubits} qubits {place}; wanted {num_qubits}, as in the others", "circuits"
            )
        if circuit.num_parameters:
            raise DataError(
                f"found the parameter {circuit.parameters[0].name!r} {place}; bind its parameters", "circuits"
            )
        try:
            require_unitary(circuit)
        except CircuitError as error:
            raise DataError(f"{error} ({place})", "circuits") from error
    return tuple(circuits)
