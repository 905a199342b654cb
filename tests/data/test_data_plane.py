"""Points in the plane: regions, labels, seeds."""

from __future__ import annotations

import numpy as np
import pytest

from sggd_qiskit.config.data import HalfPlane, PlaneData, Quadrant
from sggd_qiskit.config.errors import ConfigError
from sggd_qiskit.data.plane import circle_labels, inside, plane_data, shape_labels

SIGMAS = 4.5

REGIONS = {
    "whole": ("whole", lambda x, y: x > -2, 1.0),
    "right": ("right_half", lambda x, y: x > 0, 0.5),
    "left": ("left_half", lambda x, y: x < 0, 0.5),
    "upper": ("upper_half", lambda x, y: y > 0, 0.5),
    "lower": ("lower_half", lambda x, y: y < 0, 0.5),
    "diagonal": (HalfPlane(angle=45), lambda x, y: x + y > 0, 0.5),
    "corner": (HalfPlane(angle=45, offset=np.sqrt(0.5)), lambda x, y: x + y > 1, 0.125),
    "most": (HalfPlane(angle=180, offset=-0.5), lambda x, y: x < 0.5, 0.75),
    "first": (Quadrant(), lambda x, y: (x > 0) & (y > 0), 0.25),
    "third": (Quadrant(angle=180), lambda x, y: (x < 0) & (y < 0), 0.25),
    "turned": (Quadrant(angle=-45), lambda x, y: (x > y) & (x > -y), 0.25),
}


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_is_where_it_says(name):
    region, wanted, area = REGIONS[name]
    points = np.random.default_rng(0).uniform(-1, 1, size=(20_000, 2))
    found = inside(region, points)
    np.testing.assert_array_equal(found, wanted(*points.T))
    assert abs(found.mean() - area) <= SIGMAS * np.sqrt(area * (1 - area) / len(points))


@pytest.mark.parametrize("name", REGIONS)
def test_points_are_drawn_from_their_regions(name):
    region, wanted, _ = REGIONS[name]
    dataset = plane_data(PlaneData(region=region, test_region="left_half", train=70, test=90, seed=3))
    assert (len(dataset.train), len(dataset.test)) == (70, 90)
    assert dataset.train.columns == ("x1", "x2")
    assert not dataset.invariant_states
    for sample, rule in ((dataset.train, wanted), (dataset.test, lambda x, y: x < 0)):
        assert np.abs(sample.points).max() <= 1
        assert rule(*sample.points.T).all()
        np.testing.assert_array_equal(sample.labels, circle_labels(sample.points, 0.7979))


def test_points_are_uniform_in_the_region():
    points = plane_data(PlaneData(region="right_half", train=5000, test=1)).train.points
    for half in (points[:, 0] > 0.5, points[:, 1] > 0, points[:, 1] > points[:, 0] * 2 - 1):
        assert abs(half.mean() - 0.5) < SIGMAS * np.sqrt(0.25 / 5000)


def test_labels_tell_inside_from_outside():
    points = np.array([[0, 0], [0.5, 0.5], [0.5, -0.51], [-0.8, 0], [0, 0.7]])
    np.testing.assert_array_equal(circle_labels(points, np.hypot(0.5, 0.505)), [1, 1, -1, -1, 1])


def test_the_default_circle_has_half_of_the_square():
    labels = plane_data(PlaneData(train=1, test=20_000)).test.labels
    assert abs(labels.mean()) < SIGMAS / np.sqrt(20_000)


def test_the_seed_decides_both_sets_and_they_are_independent():
    def draw(**settings):
        dataset = plane_data(PlaneData(**{"train": 30, "test": 30, "seed": 5, **settings}))
        return dataset.train.points, dataset.test.points

    train, test = draw()
    again = draw()
    np.testing.assert_array_equal(again[0], train)
    np.testing.assert_array_equal(again[1], test)
    assert not np.isin(train, test).any()
    assert not np.isin(draw(seed=6)[0], train).any()
    # The test set does not depend on how the training set is drawn.
    np.testing.assert_array_equal(draw(train=7, region="left_half", radius=0.3)[1], test)


@pytest.mark.parametrize("key", ["region", "test_region"])
def test_a_region_outside_the_square_is_refused(key):
    config = PlaneData(**{key: HalfPlane(angle=30, offset=1.4)}, train=2, test=2)
    with pytest.raises(ConfigError, match=f"^data.{key}: found HalfPlane.* no part in the square") as caught:
        plane_data(config)
    assert caught.value.faults[0].path == ("data", key)


def test_a_small_corner_is_found_with_patience():
    points = plane_data(PlaneData(region=HalfPlane(angle=45, offset=1.38), train=3, test=1)).train.points
    assert (points.sum(axis=1) > 1.38 * np.sqrt(2)).all()


def test_a_shape_is_where_its_center_is():
    points = np.random.default_rng(0).uniform(-1, 1, size=(200, 2))
    for shape in ("circle", "ring", "quadrants"):
        config = PlaneData(shape=shape, center=(0.3, -0.2))
        at_origin = shape_labels(PlaneData(shape=shape), points - [0.3, -0.2])
        np.testing.assert_array_equal(shape_labels(config, points), at_origin)
        assert (shape_labels(config, points) != shape_labels(PlaneData(shape=shape), points)).any()
