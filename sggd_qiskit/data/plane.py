"""Points of the square [-1, 1]², labelled by a circle about the origin (paper, Fig. 3), a ring, or their quadrant."""

from __future__ import annotations

import numpy as np

from sggd_qiskit.aliases import BoolArray, FloatArray
from sggd_qiskit.config.data import HalfPlane, PlaneData, Quadrant
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.dataset import Dataset
from sggd_qiskit.data.labels import LabelArray
from sggd_qiskit.data.sample import Sample, classical

_HALVES = {"right_half": 0.0, "upper_half": 90.0, "left_half": 180.0, "lower_half": 270.0}
_MOST_DRAWS = 1000
_BLOCK = 1 << 18  # points


def plane_data(config: PlaneData) -> Dataset:
    """Points drawn uniformly from the regions.

    Raises:
        ConfigError: if a region has no part in the square.
    """
    seeds = np.random.SeedSequence(config.seed).spawn(2)
    train, test = (
        _draw(region, count, config, np.random.default_rng(seed), key)
        for region, count, seed, key in (
            (config.region, config.train, seeds[0], "data.region"),
            (config.test_region, config.test, seeds[1], "data.test_region"),
        )
    )
    return Dataset(train, test)


def circle_labels(points: FloatArray, radius: float) -> LabelArray:
    """+1 inside the circle and -1 outside, shape (data,)."""
    return np.where(np.hypot(points[:, 0], points[:, 1]) < radius, 1, -1)


def shape_labels(config: PlaneData, points: FloatArray) -> LabelArray:
    """+1 or -1 by the shape of the configuration, shape (data,)."""
    points = points - np.array(config.center)
    if config.shape == "quadrants":
        return np.where(points[:, 0] * points[:, 1] > 0, 1, -1)
    labels = circle_labels(points, config.radius)
    return np.where(circle_labels(points, config.radius / 2) > 0, -1, labels) if config.shape == "ring" else labels


def inside(region: str | HalfPlane | Quadrant, points: FloatArray) -> BoolArray:
    """Which points lie in the region, shape (data,)."""
    if region == "whole":
        return np.ones(len(points), dtype=bool)
    if region == "quarter":
        region = Quadrant()
    if isinstance(region, str):
        region = HalfPlane(angle=_HALVES[region])
    along, across = _rotated(points, region.angle)
    if isinstance(region, HalfPlane):
        return along > region.offset
    return (along > 0) & (across > 0)


def _rotated(points: FloatArray, degrees: float) -> tuple[FloatArray, FloatArray]:
    """Coordinates along the direction and along the one 90° further on."""
    angle = np.deg2rad(degrees)
    x, y = points.T
    return x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)


def _draw(
    region: str | HalfPlane | Quadrant, count: int, config: PlaneData, rng: np.random.Generator, key: str
) -> Sample:
    parts, missing, block = [], count, max(1, min(4 * count, _BLOCK))
    for _ in range(_MOST_DRAWS * max(1, 4 * count // block)):
        candidates = rng.uniform(-1, 1, size=(block, 2))
        parts.append(candidates[inside(region, candidates)][:missing])
        missing -= len(parts[-1])
        if not missing:
            found = np.concatenate(parts)
            return classical(("x1", "x2"), found, shape_labels(config, found))
    raise ConfigError.at(
        key, f"found {region!r}, which has (almost) no part in the square [-1, 1]²; choose another offset"
    )
