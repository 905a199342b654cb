"""All single-qubit segments of a circuit at given angles: as rotations of Pauli coordinates, as unitaries, and derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.exact.gates import PAULIS
from sggd_qiskit.exact.layers import Layers


@dataclass(frozen=True, eq=False)
class SegmentRotations:
    """The segments k at some angles.

    Attributes:
        matrices: K with k† (Σ_a o_a σ_a) k = Σ_ab K_ba o_a σ_b, shape (segment, 4, 4), σ = I, X, Y, Z.
        axes: q_j with ∂k/∂φ_j = -(i/2) k (q_j·σ), shape (rotation, segment, 3).
    """

    matrices: FloatArray
    axes: FloatArray


class Segments:
    """Evaluates the segments of a circuit."""

    def __init__(self, layers: Layers):
        self._layers = layers
        n = layers.axes
        # A rotation by -φ about n: n nᵀ + cos φ (1 - n nᵀ) - sin φ [n]×, and 1 on the identity.
        outer = n[..., :, None] * n[..., None, :]
        self._constant, self._cosine, self._sine = (np.zeros((*n.shape[:-1], 4, 4)) for _ in range(3))
        self._constant[..., 0, 0] = 1
        self._constant[..., 1:, 1:] = outer
        self._cosine[..., 1:, 1:] = np.eye(3) - outer
        self._sine[..., 1:, 1:] = -np.cross(n[..., None, :], np.eye(3)).swapaxes(-1, -2)
        conjugated = layers.fixed.conj().swapaxes(-1, -2)[:, None] @ PAULIS @ layers.fixed[:, None]
        self._fixed: FloatArray = np.einsum("bij,raji->rba", PAULIS, conjugated).real / 2
        self._columns = n[..., None]
        self._generators = np.einsum("tra,aij->trij", n, PAULIS[1:])

    def rotations(self, angles: FloatArray) -> SegmentRotations:
        """The segments at angles of shape (angle,), radians."""
        placed = self._placed(angles)[..., None, None]
        each = np.cos(placed) * self._cosine
        each += np.sin(placed) * self._sine
        each += self._constant
        axes = np.empty_like(self._columns)
        product: FloatArray | None = None
        for number, rotation in enumerate(each):
            if product is None:
                axes[number], product = self._columns[number], rotation
            else:
                axes[number] = product[:, 1:, 1:] @ self._columns[number]
                product = product @ rotation
        return SegmentRotations(self._fixed if product is None else product @ self._fixed, axes[..., 0])

    def unitaries(self, angles: FloatArray) -> ComplexArray:
        """k, shape (segment, 2, 2), at angles of shape (angle,), radians."""
        half = self._placed(angles)[..., None, None] / 2
        each = np.cos(half) * PAULIS[0] - 1j * np.sin(half) * self._generators
        product = np.broadcast_to(PAULIS[0], self._layers.fixed.shape)
        for rotation in each:
            product = rotation @ product
        return np.asarray(self._layers.fixed @ product)

    def angle_gradient(self, rotations: SegmentRotations, local_gradients: FloatArray) -> FloatArray:
        """∂C/∂φ_j = q_j·g of a function C, shape (angle,), per radian.

        Args:
            rotations: the segments at φ.
            local_gradients: g, the derivatives of C by small rotations exp(-iε_a σ_a/2) before each segment, shape
                (segment, 3).
        """
        derivatives = np.einsum("tra,ra->tr", rotations.axes, local_gradients)
        return np.asarray(derivatives.reshape(-1)[self._layers.position])

    def _placed(self, angles: FloatArray) -> FloatArray:
        """The angle of every rotation, 0 where there is none, shape (rotation, segment)."""
        extended = np.zeros(self._layers.num_angles + 1)
        extended[:-1] = angles
        return np.asarray(extended[self._layers.index])
