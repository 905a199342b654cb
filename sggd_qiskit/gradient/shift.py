"""The parameter-shift rule, for circuits in rotation form (Mitarai et al., PRA 98, 032309; Schuld et al., PRA 99, 032331).

For f(φ) = ⟨U†(φ) O U(φ)⟩ with a rotation exp(-iφ_j P/2), P² = 1, ∂f/∂φ_j = (f(φ + π/2 e_j) - f(φ - π/2 e_j))/2.
Since each occurrence has an angle of its own, the chain rule over θ → φ does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.angles import AngleMap


@dataclass(frozen=True, eq=False)
class Shifts:
    """The angles at which something is measured to know its value and, with shifts, its gradient.

    Attributes:
        angles: φ at θ, shape (angle,), radians.
        jacobian: ∂φ/∂θ of the shifted angles, shape (shift, parameter).
        shifted: which angles are shifted, shape (shift,); none for the value alone.
    """

    angles: FloatArray
    jacobian: FloatArray
    shifted: IndexArray

    @classmethod
    def at(cls, angle_map: AngleMap, theta: FloatArray, *, gradient: bool, factors: FloatArray | None = None) -> Shifts:
        """The shifts that the gradient takes, or none.

        Args:
            angle_map: θ → φ.
            theta: shape (parameter,), radians.
            gradient: whether there are to be shifts.
            factors: of the gradient's components, shape (parameter,): only angles on which those with a factor other than
                0 depend are shifted; None for all.
        """
        angles = angle_map(theta)
        if not gradient:
            return cls(angles, np.empty((0, theta.size)), np.empty(0, dtype=np.intp))
        jacobian, shifted = angle_map.jacobian(theta), np.arange(angles.size)
        if factors is not None:
            shifted = np.flatnonzero((jacobian[:, factors != 0] != 0).any(axis=1))
        return cls(angles, jacobian[shifted], shifted)

    def rows(self) -> FloatArray:
        """The shifted angles, shape (2·shift, angle): first all shifts by +π/2, then all by -π/2."""
        shift = np.pi / 2 * np.eye(self.angles.size)[self.shifted]
        return np.concatenate([self.angles + shift, self.angles - shift])

    def with_value(self) -> FloatArray:
        """φ itself and then the shifted angles, shape (1 + 2·shift, angle)."""
        return np.concatenate([self.angles[None], self.rows()])

    def gradient(self, values: FloatArray) -> FloatArray:
        """∂f/∂θ, shape (parameter, ...), from the values at ``rows``, shape (2·shift, ...)."""
        plus, minus = np.split(values, 2)
        return np.tensordot(self.jacobian, (plus - minus) / 2, axes=(0, 0))

    def gradient_variance(self, variances: FloatArray) -> FloatArray:
        """Variances, or covariances of several outputs, of ∂f/∂θ from those of independent values at ``rows``."""
        plus, minus = np.split(variances, 2)
        return np.tensordot(self.jacobian**2, (plus + minus) / 4, axes=(0, 0))
