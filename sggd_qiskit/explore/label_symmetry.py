"""Whether labels have a symmetry: a test that rejects "they change under it" (see `label_symmetry`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sggd_qiskit.aliases import BoolArray, FloatArray, IndexArray
from sggd_qiskit.explore.random_functions import Evidence, Orbits, drawn_labels

CHANGE = 0.6
"""Of the share of labels that would change by chance."""
_BATCH, _ENOUGH = 100, 20
_LEAST_REACHED = 0.4


@dataclass(frozen=True)
class LabelSymmetry:
    """What labels say of a symmetry s.

    Attributes:
        reached: share of points whose image lies among the points.
        agree: share of those whose label is that of the point nearest to the image; NaN if there are none.
        p: see `label_symmetry`; NaN where fewer than 40 % of the images lie among the points.
    """

    reached: float
    agree: float
    p: float


def label_symmetry(orbits: Orbits, labels: IndexArray, draws: int, rng: np.random.Generator) -> LabelSymmetry:
    """Test whether labels change under s.

    The hypothesis that is tested, and rejected for a small p, is that the labels do NOT have the symmetry: that at least
    0.6 times as many of them differ between x and s·x as would if the labels there had nothing to do with each other (for
    two classes of equal size: at least 30 % of all). Only points whose images lie among the points count.

    p is the probability that labels of which just that many change look as symmetric as these. They are drawn from random
    smooth functions, cut into classes of the sizes in the data, as smooth and as noisy as the labels seem to be; how
    symmetric labels look is their likelihood under random functions with the symmetry, over that under random functions
    without. So p is right for label functions of which that many change, or more, and whose smoothness is of the kind
    drawn. It says nothing of labels of which fewer change: those are symmetric as far as the test can tell.

    Args:
        orbits: the points, and their images under all powers of s.
        labels: numbers of the classes, from 0, shape (point,).
        draws: most labels that are drawn; fewer if p is large anyhow.
        rng: what draws.
    """
    where, nearest = _reached(orbits)
    agree = float((labels == labels[nearest])[where].mean()) if where.any() else np.nan
    if where.mean() < _LEAST_REACHED:
        return LabelSymmetry(float(where.mean()), agree, np.nan)
    counts = np.bincount(labels)
    change = CHANGE * (1 - float(((counts / counts.sum()) ** 2).sum()))
    evidence = Evidence(orbits)
    own = _signs(labels[:, None], len(counts))
    found, weights = float(evidence(own)[0]), evidence.weights(own)
    done = larger = 0
    while done < draws and larger < _ENOUGH:
        batch = min(_BATCH, draws - done)
        drawn = evidence(_signs(drawn_labels(orbits, weights, counts, change, where, batch, rng), len(counts)))
        above = np.flatnonzero(drawn >= found - 1e-9)
        if larger + len(above) >= _ENOUGH:  # p of a sequential test (Besag and Clifford, Biometrika 78, 301)
            return LabelSymmetry(float(where.mean()), agree, _ENOUGH / (done + int(above[_ENOUGH - larger - 1]) + 1))
        done, larger = done + batch, larger + len(above)
    return LabelSymmetry(float(where.mean()), agree, (larger + 1) / (done + 1))


def _reached(orbits: Orbits) -> tuple[BoolArray, IndexArray]:
    """Which images lie among the points, as near to one as points do to each other, and the nearest point to each."""
    between = orbits.distances[0, :, 0] + np.diag(np.full(orbits.points.shape[1], np.inf))
    usual = np.quantile(between.min(axis=0), 0.9)
    away = orbits.distances[1, :, 0]
    return away.min(axis=1) <= 1.5 * usual, away.argmin(axis=1)


def _signs(labels: IndexArray, classes: int) -> FloatArray:
    """±1 for each class but the first of two, shape (class, point, draw), from labels of shape (point, draw)."""
    numbers = np.arange(1 if classes == 2 else 0, classes)
    return np.where(labels == numbers[:, None, None], 1.0, -1.0)
