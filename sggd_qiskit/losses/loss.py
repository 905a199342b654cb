"""What a loss is to the data term, and what shot noise does to a function of measured outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.config.block import Block


class Loss(Block, ABC):
    """ℓ(f, y) of the outputs f of a data point and its targets y; its fields are its options in the configuration.

    Targets are -1 for the first and +1 for the second of two classes, where there is one output; where each class has an
    output of its own, +1 for the point's class and -1 for the others. All outputs and targets have the shape (data, output).

    Attributes:
        kind: its name in the configuration.
        quadratic: whether ℓ is |f - y|² divided by the number of outputs, for which exact steps have a shortcut.
        of_classes: whether targets are -1 and +1 alone, so that no other values can be fitted by it.
    """

    kind: str
    quadratic: ClassVar[bool] = False
    of_classes: ClassVar[bool] = False

    @abstractmethod
    def value(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """ℓ, shape (data,)."""

    @abstractmethod
    def slope(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """∂ℓ/∂f, shape (data, output)."""

    @abstractmethod
    def curvature(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """∂²ℓ/∂f∂f, shape (data, output, output)."""


class PointLoss(Protocol):
    """What the data term asks of a loss, for all data points together; see `Loss`."""

    @property
    def quadratic(self) -> bool:
        """See `Loss`."""
        ...

    def value(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """See `Loss`."""
        ...

    def slope(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """See `Loss`."""
        ...

    def curvature(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """See `Loss`."""
        ...


@dataclass(frozen=True)
class WeightedLoss:
    """A loss times the importance of each data point.

    Attributes:
        loss: ℓ.
        importance: shape (data,).
        quadratic: False, as the shortcut knows of no weights.
    """

    loss: Loss
    importance: FloatArray
    quadratic: bool = False

    def value(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """W ℓ, shape (data,)."""
        return self.importance * self.loss.value(outputs, targets)

    def slope(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """W ∂ℓ/∂f, shape (data, output)."""
        return self.importance[:, None] * self.loss.slope(outputs, targets)

    def curvature(self, outputs: FloatArray, targets: FloatArray) -> FloatArray:
        """W ∂²ℓ/∂f∂f, shape (data, output, output)."""
        return self.importance[:, None, None] * self.loss.curvature(outputs, targets)


def without_bias(
    function: Callable[[FloatArray], FloatArray], outputs: FloatArray, covariance: FloatArray
) -> FloatArray:
    """A function of measured outputs without the bias that their noise gives it, to first order in the variances.

    E[g(f̂)] = g(f) + ½ Σ_kl ∂²g/∂f_k∂f_l Cov(f̂_k, f̂_l) + …. The sum is a second difference of g over one standard error along
    each principal axis of the covariance, which is exact for a quadratic g, and is subtracted.

    Args:
        function: g, from outputs of shape (data, output) to values of shape (data, ...).
        outputs: f̂, shape (data, output).
        covariance: of the outputs, unbiased, shape (data, output, output).
    """
    middle = function(outputs)
    bias = np.zeros_like(middle)
    for step in _principal_steps(covariance):
        bias += (function(outputs + step) + function(outputs - step) - 2 * middle) / 2
    return np.asarray(middle - bias)


def _principal_steps(covariance: FloatArray) -> list[FloatArray]:
    """One standard error along each principal axis, each of shape (data, output)."""
    if covariance.shape[-1] == 1:
        return [np.sqrt(covariance[..., 0].clip(min=0))]
    values, axes = np.linalg.eigh(covariance)
    scaled = axes * np.sqrt(values.clip(min=0))[:, None, :]
    return list(np.moveaxis(scaled, -1, 0))
