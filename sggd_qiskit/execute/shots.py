"""From shots to means, their errors, and what the errors of several outputs have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sggd_qiskit.aliases import FloatArray, IndexArray
from sggd_qiskit.circuit.measurement import Outcome


def drawn_outcome(
    probabilities: FloatArray, values: FloatArray, bound: FloatArray, shots: int, rng: np.random.Generator
) -> Outcome:
    """Means over shots of numbers that are read from the same shots; arrays have the shape (set, output).

    Args:
        probabilities: of the values, shape (set, value), each row of sum 1.
        values: of the numbers, shape (value, output).
        bound: the largest size of each number, shape (output,).
        shots: for each set.
        rng: draws the shots.
    """
    return outcome_of_counts(rng.multinomial(shots, probabilities), values, bound)


def outcome_of_counts(counts: IndexArray, values: FloatArray, bound: FloatArray) -> Outcome:
    """Means over shots of numbers that are read from the same shots.

    Args:
        counts: how often each value was found, shape (set, value), with the same sum for each set.
        values: of the numbers, shape (value, output).
        bound: the largest size of each number, shape (output,).
    """
    outputs, weights = values.shape[1], counts.astype(float)
    products = (values[:, :, None] * values[:, None, :]).reshape(len(values), -1)
    second = (weights @ products).reshape(-1, outputs, outputs)
    return outcome_of_sums(weights @ values, second, bound, int(counts[:1].sum()))


def outcome_of_sums(first: FloatArray, second: FloatArray, bound: FloatArray, shots: int) -> Outcome:
    """Means of numbers over shots, their covariance without bias, and variances that are never 0.

    Args:
        first: sums of the numbers over the shots, shape (*shape, output).
        second: sums of their products, shape (*shape, output, output).
        bound: the largest size of each number, shape (output,).
        shots: how many there are.
    """
    means = first / shots
    covariance = (second / shots - means[..., :, None] * means[..., None, :]) / max(shots - 1, 1)
    unbiased = np.einsum("...kk->...k", covariance)
    np.maximum(unbiased, 0.0, out=unbiased)  # rounding
    cautious = variance_of_mean(first, np.einsum("...kk->...k", second), bound, shots)
    return Outcome(means, np.maximum(cautious, unbiased), covariance)


def variance_of_mean(first: FloatArray, second: FloatArray, bound: FloatArray, shots: int) -> FloatArray:
    """Variance of a mean over shots from the draw itself, with one more shot at either end of the range.

    Without these two (Laplace's rule) a few equal outcomes would claim to be free of noise.

    Args:
        first: sum of the outcomes.
        second: sum of their squares.
        bound: the outcomes lie between -bound and bound.
        shots: how many there are.
    """
    total = shots + 2
    return np.asarray(((second + 2 * bound**2) / total - (first / total) ** 2).clip(min=0) / shots)


def total(parts: Sequence[Outcome]) -> Outcome:
    """The sum of outcomes that are independent but for what is common to them, such as those of the measurement bases."""
    common = [part.common for part in parts if part.common is not None]
    return Outcome(
        np.sum([part.values for part in parts], axis=0),
        np.sum([part.variances for part in parts], axis=0),
        np.sum([part.excess for part in parts], axis=0),
        np.sum(common, axis=0) if common else None,
    )
