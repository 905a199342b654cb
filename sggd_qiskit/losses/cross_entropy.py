"""The cross entropy of class probabilities: logistic for one output, softmax for several."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from scipy.special import expit, logsumexp, softmax

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.block import Positive
from sggd_qiskit.losses.loss import Loss


class CrossEntropy(Loss):
    """-log p(own class) in nats, where p ∝ exp(f_k / T) over the classes, or for one output p(±1) = 1/(1 + exp(∓f / T))."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    of_classes: ClassVar[bool] = True
    temperature: Positive = 1.0
    """T, in units of the observable: outputs that differ by it have probabilities at a ratio of e."""

    def probabilities(self, outputs: FloatArray) -> FloatArray:
        """Of each class, shape (data, class); for one output those of -1 and +1."""
        scaled = outputs / self.temperature
        if scaled.shape[1] == 1:
            return np.concatenate([expit(-scaled), expit(scaled)], axis=1)
        return np.asarray(softmax(scaled, axis=1))

    def value(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """ℓ, shape (data,)."""
        scaled = outputs / self.temperature
        if scaled.shape[1] == 1:
            return np.asarray(np.logaddexp(0, -targets * scaled)[:, 0])
        return np.asarray(logsumexp(scaled, axis=1) - (scaled * (targets > 0)).sum(axis=1))

    def slope(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """∂ℓ/∂f, shape (data, output)."""
        if outputs.shape[1] == 1:
            return np.asarray(-targets * expit(-targets * outputs / self.temperature) / self.temperature)
        return (self.probabilities(outputs) - (targets > 0)) / self.temperature

    def curvature(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """∂²ℓ/∂f∂f, shape (data, output, output)."""
        p = self.probabilities(outputs)
        if outputs.shape[1] == 1:
            return np.asarray((p[:, 0] * p[:, 1])[:, None, None] / self.temperature**2)
        return (p[:, :, None] * np.eye(p.shape[1]) - p[:, :, None] * p[:, None, :]) / self.temperature**2
