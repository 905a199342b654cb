"""A loss of post-processed outputs, ℓ(g(f), y), as a loss of the outputs f."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.losses.loss import Loss
from sggd_qiskit.model.postprocessing import Postprocessing


class PostprocessedLoss(Loss):
    """ℓ ∘ g by the chain rule; noise biases it as it does any other loss of f."""

    kind: Literal["postprocessed"] = "postprocessed"
    loss: Any
    """ℓ."""
    postprocessing: Postprocessing
    """g."""

    def value(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """ℓ, shape (data,)."""
        return np.asarray(self.loss.value(self.postprocessing(outputs), targets))

    def slope(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """G' ∂ℓ/∂g, shape (data, output)."""
        g = self.postprocessing
        return np.asarray(g(outputs, 1) * self.loss.slope(g(outputs), targets))

    def curvature(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """G' ∂²ℓ/∂g∂g g' with g'' ∂ℓ/∂g on the diagonal, shape (data, output, output)."""
        g, processed = self.postprocessing, self.postprocessing(outputs)
        steep = g(outputs, 1)
        bent = g(outputs, 2) * self.loss.slope(processed, targets)
        found = steep[:, :, None] * self.loss.curvature(processed, targets) * steep[:, None, :]
        return np.asarray(found + bent[:, :, None] * np.eye(outputs.shape[1]))
