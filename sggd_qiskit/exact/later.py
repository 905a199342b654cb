"""Exact results that are computed when they are read: a step that only trains does not need them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.circuit.measurement import Outcome
from sggd_qiskit.gradient.estimate import Estimate


class LaterOutcome(Outcome):
    """Exact outputs."""

    compute: Callable[[], FloatArray]

    def __init__(self, compute: Callable[[], FloatArray]):
        object.__setattr__(self, "compute", compute)

    @cached_property
    def values(self) -> FloatArray:
        """Shape (data,)."""
        return self.compute()

    @cached_property
    def variances(self) -> FloatArray:
        """Zeros, shape (data,)."""
        return np.zeros_like(self.values)


class LaterEstimate(Estimate):
    """An exact number with its gradient."""

    compute: Callable[[], FloatArray]

    def __init__(self, value: float, compute: Callable[[], FloatArray]):
        for name, given in (("value", value), ("variance", 0.0), ("compute", compute)):
            object.__setattr__(self, name, given)

    @cached_property
    def gradient(self) -> FloatArray:
        """Shape (parameter,)."""
        return self.compute()

    @cached_property
    def gradient_variance(self) -> FloatArray:
        """Zeros, shape (parameter,)."""
        return np.zeros_like(self.gradient)
