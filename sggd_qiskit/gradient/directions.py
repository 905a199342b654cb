"""Gradients from fewer circuits than two for each rotation: some coordinates at a time, or two points along a random line.

Both are unbiased or nearly so, and noisier than the full gradient for the same θ; what they save on circuits may be worth
more than that. Random coordinates: Ding et al., arXiv:2311.00088; SPSA: Spall, IEEE Trans. Autom. Control 37, 332 (1992).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.gradient.estimate import Estimate


def drawn_coordinates(rng: np.random.Generator, parameters: int, count: int) -> FloatArray:
    """Factors of the gradient's components, shape (parameter,): K/m for m of the K that are drawn, and 0 for the others.

    On average they are 1, so that the gradient stays unbiased.
    """
    factors = np.zeros(parameters)
    factors[rng.choice(parameters, size=count, replace=False)] = parameters / count
    return factors


def drawn_perturbations(rng: np.random.Generator, parameters: int, pairs: int, size: float) -> FloatArray:
    """Perturbations ±``size`` of every parameter, each sign as likely, shape (pair, parameter), radians."""
    return size * rng.choice([-1.0, 1.0], size=(pairs, parameters))


def spsa_gradient(
    perturbations: FloatArray, plus: Sequence[Estimate], minus: Sequence[Estimate]
) -> tuple[FloatArray, FloatArray]:
    """The mean of (C(θ + δ) - C(θ - δ)) / 2δ_k over the pairs, and its variance by the noise of the costs.

    For a cost without noise it is right on average but for terms of second order in δ, whichever signs are drawn; the
    spread that the draw itself makes is not part of the variance.

    Args:
        perturbations: δ, shape (pair, parameter), radians, none of them 0.
        plus: the cost at θ + δ for each pair.
        minus: likewise at θ - δ.

    Returns:
        The gradient and its variance, both of shape (parameter,).
    """
    differences = np.array([a.value - b.value for a, b in zip(plus, minus, strict=True)])
    variances = np.array([a.variance + b.variance for a, b in zip(plus, minus, strict=True)])
    inverse = 1 / (2 * perturbations)
    count = len(perturbations)
    return differences @ inverse / count, variances @ inverse**2 / count**2


def shifted_angles(jacobian: FloatArray, factors: FloatArray) -> IndexArray:
    """The rotations whose angles depend on a drawn coordinate, from ∂φ/∂θ of shape (angle, parameter)."""
    return np.flatnonzero((jacobian[:, factors != 0] != 0).any(axis=1))
