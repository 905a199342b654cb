"""Shots drawn from outcome probabilities."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import FloatArray, IndexArray


def mean_of_shots(
    outcomes: FloatArray, probabilities: FloatArray, shots: int | None, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Mean of a random number over shots and (unbiased) variance of that mean, shape (set,).

    Args:
        outcomes: the number's values, shape (outcome,).
        probabilities: shape (set, outcome), each row of sum 1.
        shots: for each set, or None for the exact mean, whose variance is 0.
        rng: draws the shots.
    """
    if shots is None:
        return probabilities @ outcomes, np.zeros(len(probabilities))
    counts = rng.multinomial(shots, probabilities)
    first, second = counts @ outcomes, counts @ outcomes**2
    return first / shots, (second / shots - (first / shots) ** 2).clip(min=0) / max(shots - 1, 1)


def drawn_outcomes(probabilities: FloatArray, shots: int, rng: np.random.Generator) -> IndexArray:
    """Numbers of outcomes drawn from every row, shape (set, shot), for probabilities of shape (set, outcome)."""
    cumulative = np.cumsum(probabilities, axis=1)
    cumulative /= cumulative[:, -1:]
    # One search for all sets: the k-th set's distribution is moved up by k.
    offset = np.arange(len(cumulative))[:, None]
    drawn = np.searchsorted(
        (cumulative + offset).ravel(), (rng.random((len(cumulative), shots)) + offset).ravel(), "right"
    )
    last = probabilities.shape[1] - 1
    return np.asarray(drawn.reshape(-1, shots) - offset * (last + 1)).clip(0, last)


def two_seeds(seed: np.random.SeedSequence) -> list[np.random.SeedSequence]:
    """Of an Estimator and a Sampler; made afresh from the seed's numbers, so that a job repeated has the same shots."""
    return np.random.SeedSequence(seed.entropy, spawn_key=seed.spawn_key).spawn(2)
