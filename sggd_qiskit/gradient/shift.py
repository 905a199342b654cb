"""The parameter-shift rule, for circuits in rotation form (Mitarai et al., PRA 98, 032309; Schuld et al., PRA 99, 032331).

For f(φ) = ⟨U†(φ) O U(φ)⟩ with a rotation exp(-iφ_j P/2), P² = 1, ∂f/∂φ_j = (f(φ + π/2 e_j) - f(φ - π/2 e_j))/2.
Since each occurrence has an angle of its own, the chain rule over θ → φ does the rest.
"""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray, IndexArray


def shift_rows(angles: FloatArray, chosen: IndexArray | None = None) -> FloatArray:
    """The shifted angles, shape (2·shift, angle): first all shifts by +π/2, then all by -π/2; of all angles or the chosen."""
    shift = np.pi / 2 * np.eye(angles.size)
    if chosen is not None:
        shift = shift[chosen]
    return np.concatenate([angles + shift, angles - shift])


def shift_derivative(values: FloatArray) -> FloatArray:
    """∂f/∂φ, shape (shift, ...), from the values at ``shift_rows``, shape (2·shift, ...)."""
    plus, minus = np.split(values, 2)
    return (plus - minus) / 2


def shift_derivative_variance(variances: FloatArray) -> FloatArray:
    """Variance of ∂f/∂φ, shape (shift, ...), from those of the values at ``shift_rows``, shape (2·shift, ...)."""
    plus, minus = np.split(variances, 2)
    return (plus + minus) / 4


def chain(jacobian: FloatArray, derivative: FloatArray) -> FloatArray:
    """∂f/∂θ, shape (parameter, ...), from ∂φ/∂θ of shape (angle, parameter) and ∂f/∂φ of shape (angle, ...)."""
    return np.tensordot(jacobian, derivative, axes=(0, 0))


def chain_variance(jacobian: FloatArray, variance: FloatArray) -> FloatArray:
    """Variance of ∂f/∂θ, shape (parameter, ...), from those of independent ∂f/∂φ, shape (angle, ...)."""
    return np.tensordot(jacobian**2, variance, axes=(0, 0))


def chosen_rows(jacobian: FloatArray, chosen: IndexArray | None) -> FloatArray:
    """The rows of ∂φ/∂θ that belong to the shifted angles."""
    return jacobian if chosen is None else jacobian[chosen]
