"""The squared error (paper, (6) and (7))."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.losses.loss import Loss


class SquaredError(Loss):
    """The mean over the outputs of (f - y)²."""

    kind: Literal["squared_error"] = "squared_error"
    quadratic: ClassVar[bool] = True

    def value(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """ℓ, shape (data,)."""
        return np.asarray(((outputs - targets) ** 2).mean(axis=1))

    def slope(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """2 (f - y) over the number of outputs, shape (data, output)."""
        return np.asarray(2 / outputs.shape[1] * (outputs - targets))

    def curvature(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """2 over the number of outputs on the diagonal, shape (data, output, output)."""
        count, size = outputs.shape
        return np.asarray(np.broadcast_to(2 / size * np.eye(size), (count, size, size)))
