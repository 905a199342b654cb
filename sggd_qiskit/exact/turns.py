"""All runs of a circuit at given angles: as rotations of Pauli coordinates, as unitaries, and their derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import ComplexArray, FloatArray
from sggd_qiskit.exact.layers import Layers
from sggd_qiskit.exact.lowering import PAULIS


@dataclass(frozen=True, eq=False)
class Turned:
    """The runs k at some angles.

    Attributes:
        rotations: K with k† (Σ_a o_a σ_a) k = Σ_ab K_ba o_a σ_b, shape (run, 4, 4), σ = I, X, Y, Z.
        axes: q_j with ∂k/∂φ_j = -(i/2) k (q_j·σ), shape (turn, run, 3).
    """

    rotations: FloatArray
    axes: FloatArray


class Turns:
    """Evaluates the runs of a circuit."""

    def __init__(self, layers: Layers):
        self._layers = layers
        n = layers.axes
        # A rotation by -φ about n: n nᵀ + cos φ (1 - n nᵀ) - sin φ [n]×, and 1 on the identity.
        outer = n[..., :, None] * n[..., None, :]
        self._still, self._cosine, self._sine = (np.zeros((*n.shape[:-1], 4, 4)) for _ in range(3))
        self._still[..., 0, 0] = 1
        self._still[..., 1:, 1:] = outer
        self._cosine[..., 1:, 1:] = np.eye(3) - outer
        self._sine[..., 1:, 1:] = -np.cross(n[..., None, :], np.eye(3)).swapaxes(-1, -2)
        moved = layers.fixed.conj().swapaxes(-1, -2)[:, None] @ PAULIS @ layers.fixed[:, None]
        self._fixed: FloatArray = np.einsum("bij,raji->rba", PAULIS, moved).real / 2
        self._columns = n[..., None]
        self._generators = np.einsum("tra,aij->trij", n, PAULIS[1:])

    def at(self, angles: FloatArray) -> Turned:
        """The runs at angles of shape (angle,)."""
        by_turn = self._by_turn(angles)[..., None, None]
        each = self._still + np.cos(by_turn) * self._cosine + np.sin(by_turn) * self._sine
        axes = np.empty_like(self._columns)
        product: FloatArray | None = None
        for turn, rotation in enumerate(each):
            if product is None:
                axes[turn], product = self._columns[turn], rotation
            else:
                axes[turn] = product[:, 1:, 1:] @ self._columns[turn]
                product = product @ rotation
        return Turned(self._fixed if product is None else product @ self._fixed, axes[..., 0])

    def unitaries(self, angles: FloatArray) -> ComplexArray:
        """k, shape (run, 2, 2), at angles of shape (angle,)."""
        half = self._by_turn(angles)[..., None, None] / 2
        each = np.cos(half) * PAULIS[0] - 1j * np.sin(half) * self._generators
        product = np.broadcast_to(PAULIS[0], self._layers.fixed.shape)
        for turn in each:
            product = turn @ product
        return np.asarray(self._layers.fixed @ product)

    def gradient(self, turned: Turned, torques: FloatArray) -> FloatArray:
        """∂C/∂φ, shape (angle,), from torques r with ∂C/∂φ_j = -q_j·r, shape (run, 3)."""
        derivatives = np.einsum("tra,ra->tr", turned.axes, -torques)
        return np.asarray(derivatives.reshape(-1)[self._layers.position])

    def _by_turn(self, angles: FloatArray) -> FloatArray:
        """The angle of every turn, 0 where there is none, shape (turn, run)."""
        extended = np.zeros(self._layers.num_angles + 1)
        extended[:-1] = angles
        return np.asarray(extended[self._layers.index])
