"""Whether the group is a symmetry of the encoding: V_s ρ(x) V_s† = ρ(s·x).

Only then does a symmetry of the labels become one of the circuit, so this is checked before a run spends anything. What
holds for the generators holds for their products, so the generators alone are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.rotation_form import RotationForm
from sggd_qiskit.circuit.simulate import prepared_states
from sggd_qiskit.symmetry.action import Probes, action_in_words, find_action
from sggd_qiskit.symmetry.element import Element
from sggd_qiskit.symmetry.group import SymmetryGroup

MOST_QUBITS = 12
MOST_POINTS = 256
SOUGHT = (
    "; images are sought among exchanges and sign changes of features, with shifts by quarter turns of their rotations"
)


@dataclass(frozen=True, eq=False)
class Equivariance:
    """The verdict.

    Attributes:
        distance: the largest trace distance found between V ρ(x) V† and ρ(s·x).
        element: the generator at which it was found.
        point: the number of the training point at which it was found; None for a random point.
        features: that point, shape (feature,); None for a training state, which has none.
        tolerance: the largest distance that counts as none.
        actions: A of the action s·x = A x + b of each element on the features, shape (element, feature, feature), where
            the group is a symmetry, and of the nearest that was found where it is not; None if the states are themselves
            invariant, ρ(s·x) = ρ(x).
        shifts: b of each, shape (element, feature); None likewise.
    """

    distance: float
    element: Element
    point: int | None
    features: FloatArray | None
    tolerance: float
    actions: FloatArray | None
    shifts: FloatArray | None = None

    @property
    def holds(self) -> bool:
        """Whether the group is a symmetry of the encoding, within the tolerance."""
        return self.distance <= self.tolerance

    def described(self, columns: Sequence[str], element: int) -> str:
        """The action of an element in words, such as ``a → 1 - b, b → a``; "" without actions.

        Args:
            columns: the names of the features.
            element: its number.
        """
        if self.actions is None or self.shifts is None:
            return ""
        return action_in_words(self.actions[element], self.shifts[element], columns)

    def violation(self, columns: Sequence[str], points: FloatArray) -> str:
        """The sentence about the worst generator and point, for a group that is no symmetry.

        Args:
            columns: the names of the features that describe a training point.
            points: the training points, shape (data, column).
        """
        values = self.features if self.point is None else points[self.point]
        described = ", ".join(
            f"{name} = {x:.4g}" for name, x in zip(columns, () if values is None else values, strict=True)
        )
        place = f"the point ({described})" if self.point is None else f"training point {self.point + 1} ({described})"
        sought = "" if self.actions is None else SOUGHT
        return (
            f"the group is not a symmetry of the encoding: {self.element.label} moves the state of {place} to one at trace "
            f"distance {self.distance:.3g} from that of any image of the point (tolerance {self.tolerance:.1g}{sought}); "
            "choose a group that the encoding has, or set symmetry.check to warn"
        )


def encoding_equivariance(
    group: SymmetryGroup, encoding: RotationForm, points: FloatArray, tolerance: float
) -> Equivariance:
    """Check an encoding of classical data, at (up to 256 of) the points and at random ones.

    Args:
        group: V_s.
        encoding: prepares ρ(x) from the features x.
        points: the training points, shape (data, feature).
        tolerance: the largest trace distance that counts as none.
    """
    probes = Probes.about(encoding, points[:MOST_POINTS])
    found = {generator: find_action(group.elements[generator], probes, tolerance) for generator in group.generators}
    matrices, shifts = [np.eye(points.shape[1])], [np.zeros(points.shape[1])]
    for generator, earlier in group.words:
        action = found[generator]
        matrices.append(action.matrix @ matrices[earlier])
        shift = action.matrix @ shifts[earlier] + action.shift
        shifts.append(probes.nearest(matrices[-1], shift) if shift.any() else shift)
    actions = np.stack(matrices), np.stack(shifts)
    if not found:
        return Equivariance(0.0, group.elements[0], 0, None, tolerance, *actions)
    worst = max(found, key=lambda generator: found[generator].worst)
    point = int(np.argmax(found[worst].distances))
    number = point if point < probes.data else None
    return Equivariance(found[worst].worst, group.elements[worst], number, probes.points[point], tolerance, *actions)


def state_invariance(
    group: SymmetryGroup, encoding: RotationForm, preparations: FloatArray, weights: sparse.csr_array, tolerance: float
) -> Equivariance:
    """Check that the mixed states ρ_i = Σ_p W_ip |ψ_p⟩⟨ψ_p| are themselves invariant.

    Args:
        group: V_s.
        encoding: prepares |ψ_p⟩ from the features of a preparation.
        preparations: shape (preparation, feature).
        weights: W, shape (data, preparation); the first 256 states are looked at.
        tolerance: the largest trace distance that counts as none.
    """
    states = prepared_states(encoding, preparations)
    worst = Equivariance(0.0, group.elements[0], 0, None, tolerance, None)
    for generator in (group.elements[number] for number in group.generators):
        moved = generator.apply_to_states(states)
        differences = np.einsum("ap,bp->pab", moved, moved.conj()) - np.einsum("ap,bp->pab", states, states.conj())
        rows = weights[:MOST_POINTS] @ differences.reshape(len(preparations), -1)
        mixed = rows.reshape(-1, len(states), len(states))
        distances = np.abs(np.linalg.eigvalsh(mixed)).sum(axis=1) / 2
        if distances.max() > worst.distance:
            worst = Equivariance(float(distances.max()), generator, int(np.argmax(distances)), None, tolerance, None)
    return worst
