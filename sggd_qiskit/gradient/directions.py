"""Gradients from fewer circuits than two for each rotation: some coordinates at a time, or two points along a random line.

Both are unbiased or nearly so, and noisier than the full gradient for the same θ; what they save on circuits may be worth
more than that. Random coordinates: Ding et al., arXiv:2311.00088; SPSA: Spall, IEEE Trans. Autom. Control 37, 332 (1992).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sggd_qiskit.aliases import FloatArray
from sggd_qiskit.gradient.estimate import Estimate, variance_of_shared


def drawn_coordinates(rng: np.random.Generator, parameters: int, count: int) -> FloatArray:
    """Factors of the gradient's components, shape (parameter,): K/m for m of the K that are drawn, and 0 for the others.

    On average they are 1, so that the gradient stays unbiased.

    Args:
        rng: draws them.
        parameters: K.
        count: m.
    """
    factors = np.zeros(parameters)
    factors[rng.choice(parameters, size=count, replace=False)] = parameters / count
    return factors


def drawn_perturbations(rng: np.random.Generator, parameters: int, pairs: int, size: float) -> FloatArray:
    """Perturbations δ of every parameter, each sign as likely, shape (pair, parameter), radians.

    Args:
        rng: draws the signs.
        parameters: how many there are.
        pairs: of points θ ± δ.
        size: of each component, radians.
    """
    return size * rng.choice([-1.0, 1.0], size=(pairs, parameters))


def spsa_gradient(perturbations: FloatArray, differences: Sequence[Estimate]) -> tuple[FloatArray, FloatArray]:
    """The mean of (C(θ + δ) - C(θ - δ)) / 2δ_k over the pairs, and its variance by the noise of the costs.

    For a cost without noise it is right on average but for terms of second order in δ, whichever signs are drawn; the
    spread that the draw itself makes is not part of the variance.

    Args:
        perturbations: δ, shape (pair, parameter), radians, none of them 0.
        differences: C(θ + δ) - C(θ - δ) for each pair.

    Returns:
        The gradient and its variance, both of shape (parameter,).
    """
    values = np.array([difference.value for difference in differences])
    own = np.array([difference.variance - variance_of_shared(difference.shared) for difference in differences])
    inverse = 1 / (2 * perturbations) / len(perturbations)
    variance = own @ inverse**2
    for noise in zip(*(difference.shared for difference in differences), strict=True):
        variance = variance + (np.concatenate(noise) @ inverse) ** 2
    return values @ inverse, variance


def squared_norm(
    gradient: Estimate, factors: FloatArray | None = None, perturbations: FloatArray | None = None
) -> tuple[float, float]:
    """|∇C|² without the bias that noise and a random rule give it, and its standard error by the noise.

    On average the square of a noisy component is too large by its variance, and a rule that draws directions makes the
    squared norm too large by a known factor: K/m for m of K components, 1 + (K - 1)/M for M pairs of SPSA.

    Args:
        gradient: with its gradient, of shape (parameter,), and the gradient's variance.
        factors: of the components, where only some are measured, shape (parameter,).
        perturbations: δ, where it is by SPSA, shape (pair, parameter).

    Raises:
        ValueError: if the estimate has no gradient.
    """
    if gradient.gradient is None or gradient.gradient_variance is None:
        raise ValueError("found an estimate without its gradient; wanted one with it")
    g, v = gradient.gradient, gradient.gradient_variance
    excess = 1.0 if factors is None else float(factors.max())
    if perturbations is not None:
        excess = 1 + (g.size - 1) / len(perturbations)
    # Var(Σ ĝ²) = 4 gᵀΣg + 2 tr Σ², of which an estimate with noisy ĝ has tr Σ² too much twice. Components by SPSA share the
    # noise of the same costs; by shifts each has its own, but for what the estimate says is shared.
    if perturbations is None:
        shared = np.array([noise[1:] for noise in gradient.shared]).reshape(-1, g.size)
        own = v - np.sum(shared**2, axis=0)
        first = 4 * float(g**2 @ own + np.sum((shared @ g) ** 2))
        certain = 2 * float(own @ own + 2 * np.sum(shared**2 @ own) + np.sum((shared @ shared.T) ** 2))
    else:
        first, certain = 4 * float(np.abs(g) @ np.sqrt(v)) ** 2, 2 * float(v.sum()) ** 2
    variance = max(first - certain, certain)
    return float(g @ g - v.sum()) / excess, float(np.sqrt(variance)) / excess
