"""Random smooth functions of the features, with a symmetry or without: how likely labels are under them, and draws."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp

from sggd_qiskit.aliases import BoolArray, FloatArray, IndexArray

LENGTHS = (0.25, 0.4, 0.6, 1.0, 1.6, 4.0)
"""Over which the functions vary, in median distances of the points; the longest are nearly linear."""
NOISES = (0.01, 0.1, 0.5, 2.5)
"""Variances of label noise, in those of the function."""
_PARTS = np.geomspace(0.03, 30, 31)


@dataclass(frozen=True, eq=False)
class Orbits:
    """Points with their images under a cyclic group.

    Attributes:
        points: s^k x, shape (k, point, feature), k from 0 to the order of s less one.
        periods: of each feature, shape (feature,); infinite for none.
    """

    points: FloatArray
    periods: FloatArray

    @cached_property
    def distances(self) -> FloatArray:
        """Between all points and images, shape (k, point, k, point)."""
        flat = self.points.reshape(-1, self.points.shape[2])
        apart = flat[:, None] - flat
        finite = np.isfinite(self.periods)
        turns = np.where(finite, self.periods, 1.0)
        apart -= np.where(finite, turns * np.round(apart / turns), 0.0)
        shape = self.points.shape[:2]
        return np.asarray(np.sqrt((apart**2).sum(axis=2)).reshape(*shape, *shape))

    @cached_property
    def lengths(self) -> FloatArray:
        """``LENGTHS`` in the features' units."""
        between = self.distances[0, :, 0]
        return np.asarray(LENGTHS) * (float(np.median(between[between > 0])) if between.any() else 1.0)

    def covariances(self, length: float, *, symmetric: bool) -> FloatArray:
        """Of the function's values at the points, of variance 1 without a symmetry, shape (point, point).

        Args:
            length: over which it varies.
            symmetric: whether it is the mean of a function over the images.
        """
        kernel = np.exp(-((self.distances[0] / length) ** 2) / 2)
        found = kernel.mean(axis=1) if symmetric else kernel[:, 0]
        return np.asarray((found + found.T) / 2)


class Evidence:
    """log p(labels | symmetric) - log p(labels | not), the means over all lengths and noises.

    Labels are the signs of a Gaussian process about its mean, one for each class. They are taken as Gaussian with the
    covariance that signs have, (2/π) arcsin of the function's; what that neglects is in the draws to compare with as well.
    """

    def __init__(self, orbits: Orbits):
        self._symmetric = _Gaussians(orbits, symmetric=True)
        self._plain = _Gaussians(orbits, symmetric=False)

    def __call__(self, labels: FloatArray) -> FloatArray:
        """The evidence, shape (draw,), of labels ±1 of shape (class, point, draw)."""
        both = [logsumexp(gaussians.log_likelihoods(labels), axis=0) for gaussians in (self._symmetric, self._plain)]
        return np.asarray(both[0] - both[1])

    def weights(self, labels: FloatArray) -> FloatArray:
        """How likely each length and noise is without a symmetry, shape (length, noise), of labels as above, a single draw."""
        found = self._plain.log_likelihoods(labels)[:, 0]
        return np.asarray(np.exp(found - logsumexp(found)).reshape(len(LENGTHS), len(NOISES)))


class _Gaussians:
    def __init__(self, orbits: Orbits, *, symmetric: bool):
        found = []
        for length in orbits.lengths:
            kernel = orbits.covariances(length, symmetric=symmetric)
            for noise in NOISES:
                total = kernel + noise * np.eye(len(kernel))
                size = np.sqrt(np.diag(total))
                signs = 2 / np.pi * np.arcsin(np.clip(total / np.outer(size, size), -1, 1))
                centred = signs - signs.mean(axis=0) - signs.mean(axis=1)[:, None] + signs.mean()
                values, vectors = np.linalg.eigh(centred)
                found.append((np.maximum(values[1:], 1e-6), vectors[:, 1:]))
        self._variances = np.stack([values for values, _ in found])
        self._vectors = np.stack([vectors for _, vectors in found])

    def log_likelihoods(self, labels: FloatArray) -> FloatArray:
        """Shape (length and noise, draw), each class' scale being that at which it is most likely."""
        total = np.zeros((len(self._variances), labels.shape[2]))
        degrees = self._variances.shape[1]
        logs = np.log(self._variances).sum(axis=1)[:, None] / 2
        for row in labels:
            squares = np.einsum("hkp,hk->hp", (self._vectors.swapaxes(1, 2) @ row) ** 2, 1 / self._variances)
            total -= degrees / 2 * np.log(squares) + logs
        return total


def drawn_labels(  # noqa: PLR0917 - each is a part of what is drawn
    orbits: Orbits,
    weights: FloatArray,
    counts: IndexArray,
    change: float,
    where: BoolArray,
    draws: int,
    rng: np.random.Generator,
) -> IndexArray:
    """Labels of random functions that change under s at a share ``change`` of the points, shape (point, draw).

    The functions are a symmetric part and a rest that s changes, the rest being as large as it takes. Classes are
    intervals of their values, in random order, as many points in each as the data have.

    Args:
        orbits: points and their images.
        weights: of each length and noise, shape (length, noise).
        counts: points of each class, shape (class,).
        change: share of ``where`` at which the label changes.
        where: points at which changes are counted, shape (point,).
        draws: how many.
        rng: what draws.
    """
    order, points = orbits.points.shape[:2]
    numbers = rng.multinomial(draws, weights.ravel()).reshape(weights.shape)
    found = []
    for length, row in zip(orbits.lengths, numbers, strict=True):
        if not row.sum():
            continue
        kernel = np.exp(-((orbits.distances.reshape(order * points, -1) / length) ** 2) / 2)
        values, vectors = np.linalg.eigh(kernel)
        normal = rng.normal(size=(order * points, row.sum()))
        functions = ((vectors * np.sqrt(np.maximum(values, 0))) @ normal).reshape(order, points, -1)
        noise = np.sqrt(np.repeat(NOISES, row)) * rng.normal(size=functions.shape[1:])
        found.append(_labels(functions, noise, counts, change, where, rng))
    return np.asarray(rng.permutation(np.concatenate(found, axis=1), axis=1))


def _labels(  # noqa: PLR0917 - likewise
    functions: FloatArray,
    noise: FloatArray,
    counts: IndexArray,
    change: float,
    where: BoolArray,
    rng: np.random.Generator,
) -> IndexArray:
    """Labels of functions f(s^k x) of shape (k, point, draw)."""
    draws = noise.shape[1]
    symmetric = functions.mean(axis=0)
    rest, moved = functions[0] - symmetric, functions[1] - symmetric
    levels = np.stack([rng.permutation(len(counts)) for _ in range(draws)], axis=1)
    ends = counts[levels].cumsum(axis=0)
    chosen, open_ = symmetric + _PARTS[-1] * rest, np.ones(draws, dtype=bool)
    for part in _PARTS:
        here, there = symmetric + part * rest, symmetric + part * moved
        sorted_ = np.sort(here, axis=0)
        cuts = (np.take_along_axis(sorted_, ends[:-1] - 1, 0) + np.take_along_axis(sorted_, ends[:-1], 0)) / 2
        classes, images = ((values[None] > cuts[:, None]).sum(axis=0) for values in (here, there))
        new = open_ & ((classes != images)[where].mean(axis=0) >= change)
        chosen[:, new] = here[:, new]
        open_ &= ~new
    ranks = (chosen + noise * chosen.std(axis=0)).argsort(axis=0).argsort(axis=0)
    intervals = (ranks[None] >= ends[:-1, None]).sum(axis=0)
    return np.asarray(np.take_along_axis(levels, intervals, axis=0))
