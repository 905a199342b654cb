"""Which Pauli strings of O_θ break a symmetry, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from qiskit import QuantumCircuit
from qiskit.quantum_info import Pauli, SparsePauliOp

from sggd_qiskit.circuit.paulis import pauli_sum
from sggd_qiskit.circuit.rotation_form import rotation_form
from sggd_qiskit.exact.circuit import ExactCircuit
from sggd_qiskit.exact.pauli_twirl import pauli_twirl
from sggd_qiskit.symmetry.group import SymmetryGroup

_NONE = 1e-12


def symmetry_spectrum(
    ansatz: QuantumCircuit,
    observable: SparsePauliOp | Pauli | str | Mapping[str, float],
    group: SymmetryGroup,
    theta: ArrayLike,
) -> pd.DataFrame:
    """O_θ, T[O_θ] and D = O_θ - T[O_θ] in Pauli strings, those that contribute most to ‖D‖² first.

    The columns: ``pauli``, ``factors`` (qubits on which it acts), ``coefficient`` in O_θ, ``symmetric`` in T[O_θ],
    ``breaking`` in D, ``penalty`` (its square, a part of ‖D‖²/2ⁿ), and ``share`` of all of that, 0 if the penalty is 0.

    Args:
        ansatz: U, a unitary circuit with parameters θ.
        observable: O, Hermitian; a Pauli sum, or one as text such as ``"0.5 Z0 + 0.25 X0 X1"``.
        group: S, on the ansatz' qubits.
        theta: shape (parameter,), radians, in the order of ``ansatz.parameters``.

    Raises:
        ValueError: if the observable, the group or θ does not fit the ansatz.
    """
    qubits, values = ansatz.num_qubits, np.asarray(theta, dtype=float)
    operator = pauli_sum(observable, qubits) if isinstance(observable, str | Mapping) else SparsePauliOp(observable)
    if operator.num_qubits != qubits or group.num_qubits != qubits:
        raise ValueError(
            f"found an observable of {operator.num_qubits} qubits and a group on {group.num_qubits}; wanted {qubits}, as "
            "the ansatz has"
        )
    if values.shape != (ansatz.num_parameters,):
        raise ValueError(
            f"found θ of shape {values.shape}; wanted one value for each of {ansatz.num_parameters} parameters"
        )
    evolved = ExactCircuit(rotation_form(ansatz), (operator,)).at(values).evolved
    symmetric = pauli_twirl(group)(evolved)[0]
    coefficients = evolved[0]
    breaking = coefficients - symmetric
    kept = np.flatnonzero((np.abs(coefficients) > _NONE) | (np.abs(symmetric) > _NONE))
    letters = [[int(place) >> 2 * q & 3 for q in range(qubits)] for place in kept]
    penalty = np.where(np.abs(breaking) > _NONE, breaking, 0.0)[kept] ** 2
    table = pd.DataFrame(
        {
            "pauli": [" ".join(f"{'IXYZ'[a]}{q}" for q, a in enumerate(row) if a) or "1" for row in letters],
            "factors": [sum(a > 0 for a in row) for row in letters],
            "coefficient": coefficients[kept],
            "symmetric": symmetric[kept],
            "breaking": breaking[kept],
            "penalty": penalty,
            "share": penalty / penalty.sum() if penalty.any() else penalty,
        }
    )
    return table.sort_values("penalty", ascending=False, kind="stable", ignore_index=True)
