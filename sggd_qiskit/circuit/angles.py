"""From a circuit's parameters θ to the angles φ of its rotations, and back by the chain rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np
from qiskit.circuit import Parameter, ParameterExpression

from sggd_qiskit.aliases import FloatArray


@dataclass(frozen=True)
class AngleMap:
    """The angles φ_j = e_j(θ), one expression e_j for each occurrence of a parametric rotation.

    Attributes:
        parameters: θ, in the circuit's own order.
        expressions: e_j, each with at least one free parameter.
    """

    parameters: tuple[Parameter, ...]
    expressions: tuple[ParameterExpression, ...]

    def __call__(self, theta: FloatArray) -> FloatArray:
        """φ, shape (..., angle), for θ of shape (..., parameter), radians."""
        theta = np.asarray(theta, dtype=float)
        if self._affine is not None:
            matrix, offset = self._affine
            return theta @ matrix.T + offset
        rows = theta.reshape(-1, len(self.parameters))
        angles = np.array([[self._value(e, row) for e in self.expressions] for row in rows])
        return angles.reshape(*theta.shape[:-1], len(self.expressions))

    @property
    def is_affine(self) -> bool:
        """Whether every expression is affine in θ, so that the Jacobian is the same everywhere."""
        return self._affine is not None

    def jacobian(self, theta: FloatArray) -> FloatArray:
        """∂φ_j/∂θ_k at one θ of shape (parameter,): shape (angle, parameter)."""
        if self._affine is not None:
            return self._affine[0]
        jacobian = np.zeros((len(self.expressions), len(self.parameters)))
        for (j, k), slope in self._slopes.items():
            jacobian[j, k] = self._value(slope, theta) if isinstance(slope, ParameterExpression) else slope
        return jacobian

    def unreal(self) -> ParameterExpression | None:
        """The first expression that is complex or not finite at all of three θ that stand for any; None if there is none."""
        probes = np.random.default_rng(0).uniform(0.1, 1.0, size=(3, len(self.parameters)))
        return next((e for e in self.expressions if not any(self._is_real(e, theta) for theta in probes)), None)

    def _is_real(self, expression: ParameterExpression, theta: FloatArray) -> bool:
        try:
            return isfinite(self._value(expression, theta))
        except (TypeError, ValueError, ArithmeticError):  # complex, or out of a function's domain
            return False

    @cached_property
    def _columns(self) -> dict[Parameter, int]:
        return {parameter: k for k, parameter in enumerate(self.parameters)}

    @cached_property
    def _slopes(self) -> dict[tuple[int, int], ParameterExpression | float]:
        slopes: dict[tuple[int, int], ParameterExpression | float] = {}
        for j, expression in enumerate(self.expressions):
            for parameter in expression.parameters:
                slope = expression.gradient(parameter)
                constant = not isinstance(slope, ParameterExpression) or not slope.parameters
                slopes[j, self._columns[parameter]] = float(slope) if constant else slope
        return slopes

    @cached_property
    def _affine(self) -> tuple[FloatArray, FloatArray] | None:
        """φ = matrix·θ + offset, shapes (angle, parameter) and (angle,), if every expression is of that kind."""
        if any(isinstance(slope, ParameterExpression) for slope in self._slopes.values()):
            return None
        matrix = np.zeros((len(self.expressions), len(self.parameters)))
        for (j, k), slope in self._slopes.items():
            matrix[j, k] = slope
        origin = np.zeros(len(self.parameters))
        return matrix, np.array([self._value(e, origin) for e in self.expressions])

    def _value(self, expression: ParameterExpression, theta: Sequence[float] | FloatArray) -> float:
        binding = {parameter: float(theta[self._columns[parameter]]) for parameter in expression.parameters}
        return float(expression.bind(binding).numeric())
