"""The hinge loss, which is at rest once an output is on the right side by a margin."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.block import Positive
from sggd_qiskit.losses.loss import Loss


class Hinge(Loss):
    """The mean over the outputs of max(0, margin - y f): each class against the rest, where there are several."""

    kind: Literal["hinge"] = "hinge"
    of_classes: ClassVar[bool] = True
    margin: Positive = 1.0
    """Outputs that are right by so much cost nothing, in units of the observable."""

    def value(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """ℓ, shape (data,)."""
        return np.asarray((self.margin - targets * outputs).clip(min=0).mean(axis=1))

    def slope(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """-y over the number of outputs where the margin is missed, and 0 elsewhere, shape (data, output)."""
        missed = targets * outputs < self.margin
        return np.asarray(np.where(missed, -targets, 0.0) / outputs.shape[1])

    def curvature(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """0 but at the kink, shape (data, output, output)."""
        count, size = outputs.shape
        return np.zeros((count, size, size))
