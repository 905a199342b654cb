"""Whether the group is a symmetry of the encoding: V_s ρ(x) V_s† = ρ(s·x).

Only then does a symmetry of the labels become one of the circuit, so this is checked before a run spends anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.symmetry.action import find_action
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

MOST_QUBITS = 12
MOST_POINTS = 256


@dataclass(frozen=True, eq=False)
class Equivariance:
    """The verdict.

    Attributes:
        distance: the largest trace distance found between V ρ(x) V† and ρ(s·x).
        element: the element at which it was found.
        point: the number of the data point at which it was found.
        tolerance: the largest distance that counts as none.
        actions: the action of each element on the features, shape (element, feature, feature); None if the states are
            themselves invariant, ρ(s·x) = ρ(x).
    """

    distance: float
    element: Element
    point: int
    tolerance: float
    actions: FloatArray | None

    @property
    def holds(self) -> bool:
        """Whether the group is a symmetry of the encoding, within the tolerance."""
        return self.distance <= self.tolerance


def encoding_equivariance(
    group: SymmetryGroup, encoding: RotationForm, points: FloatArray, tolerance: float
) -> Equivariance:
    """Check an encoding of classical data at (up to 256 of) the points, shape (data, feature)."""
    points = points[:MOST_POINTS]
    states = prepared_states(encoding, points)
    actions = [find_action(element, encoding, points, states) for element in group.elements]
    worst = int(np.argmax([action.worst for action in actions]))
    return Equivariance(
        actions[worst].worst,
        group.elements[worst],
        int(np.argmax(actions[worst].distances)),
        tolerance,
        np.stack([action.matrix for action in actions]),
    )


def state_invariance(
    group: SymmetryGroup, encoding: RotationForm, preparations: FloatArray, weights: sparse.csr_array, tolerance: float
) -> Equivariance:
    """Check that the mixed states ρ_i = Σ_p W_ip |ψ_p⟩⟨ψ_p| are themselves invariant."""
    states = prepared_states(encoding, preparations)
    worst = Equivariance(-1.0, group.elements[0], 0, tolerance, None)
    for element in group.elements:
        moved = element.apply_to_states(states)
        differences = np.einsum("ap,bp->pab", moved, moved.conj()) - np.einsum("ap,bp->pab", states, states.conj())
        rows = weights[:MOST_POINTS] @ differences.reshape(len(preparations), -1)
        mixed = rows.reshape(-1, len(states), len(states))
        distances = np.abs(np.linalg.eigvalsh(mixed)).sum(axis=1) / 2
        if distances.max() > worst.distance:
            worst = Equivariance(float(distances.max()), element, int(np.argmax(distances)), tolerance, None)
    return worst
