"""The lasso against brute force, the camera against a rotation worked out otherwise, the grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.geometry import CENTER, GRID, Camera, inside, placed, quantize, seen_from

hundredths = st.integers(-18_000, 18_000).map(lambda v: v / 100)
cameras = st.builds(Camera, hundredths, st.integers(-9_000, 9_000).map(lambda v: v / 100))


def winding(point, polygon) -> float:
    """Total angle under which the polygon is seen: ±2π inside a simple polygon, 0 outside."""
    total = 0.0
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        a = math.atan2(y1 - point[1], x1 - point[0])
        b = math.atan2(y2 - point[1], x2 - point[0])
        total += (b - a + math.pi) % (2 * math.pi) - math.pi
    return total


def star(rng, corners: int, center: float, least: float, most: float) -> list[tuple[float, float]]:
    """A simple polygon around its center."""
    angles = (np.arange(corners) + rng.random(corners) * 0.9) * 2 * math.pi / corners
    radii = rng.uniform(least, most, corners)
    return [
        (center + r * math.cos(a), center + r * math.sin(a))
        for r, a in zip(radii, angles, strict=True)
    ]


def grid_points(seed: int, n: int, dimensions: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, GRID + 1, (n, dimensions)).astype(np.uint16)


@given(st.integers(3, 12), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_star_shaped_lassos_equal_the_winding_angle(corners, seed):
    rng = np.random.default_rng(seed)
    polygon = star(rng, corners, 500, 100, 400)
    points = rng.uniform(0, 1000, (60, 2))
    expected = [abs(winding(p, polygon)) > math.pi for p in points]
    assert inside(points, polygon).tolist() == expected


@pytest.mark.parametrize("dimensions", [2, 3])
def test_fewer_than_three_corners_hold_nothing(dimensions):
    camera = Camera(0, 0) if dimensions == 3 else None
    points = np.full((3, dimensions), 7, np.uint16)
    assert not inside(points, [(0, 0), (10, 10)], camera).any()
    assert inside(points, [(0, 0), (0, GRID), (GRID, GRID), (GRID, 0)], None).any() == (
        dimensions == 2
    )


@given(cameras, st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_a_camera_turns_the_points_as_two_rotations_do(camera, seed):
    points = grid_points(seed, 40, 3)
    # The world turns the other way about z, then tips about the screen's x axis.
    yaw, tip = math.radians(-camera.yaw), math.radians(camera.pitch - 90)
    about_z = np.array(
        [[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]]
    )
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(tip), -math.sin(tip)], [0, math.sin(tip), math.cos(tip)]]
    )
    expected = (about_x @ about_z @ (points.astype(float) - CENTER).T).T[:, :2] + CENTER
    # The axes are rounded to a millionth: a tenth of a grid step across the whole grid.
    np.testing.assert_allclose(seen_from(points, camera), expected, atol=0.1)


def test_from_above_a_map_looks_as_in_two_dimensions():
    points = grid_points(0, 200, 3)
    np.testing.assert_array_equal(seen_from(points, Camera(0, 90)), points[:, :2])


@given(cameras, st.integers(3, 64), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_a_lasso_in_three_dimensions_holds_what_is_seen_inside_it(camera, corners, seed):
    points = grid_points(seed, 60, 3)
    polygon = star(np.random.default_rng(seed), corners, CENTER, 5_000, 40_000)
    expected = [abs(winding(p, polygon)) > math.pi for p in seen_from(points, camera)]
    assert inside(points, polygon, camera).tolist() == expected


@given(cameras, st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_the_sums_of_a_camera_are_exact(camera, seed):
    """Whole numbers of millionths, in Python's unlimited integers: nothing was rounded on the way."""
    points = grid_points(seed, 20, 3)
    yaw, pitch = math.radians(camera.yaw), math.radians(camera.pitch)
    up = (-math.sin(yaw) * math.sin(pitch), math.cos(yaw) * math.sin(pitch), math.cos(pitch))
    axis = [round(c * 1_000_000) for c in up]
    for point, (_, v) in zip(points.tolist(), seen_from(points, camera), strict=True):
        exact = sum(a * (p - CENTER) for a, p in zip(axis, point, strict=True))
        assert v == exact / 1_000_000 + CENTER


def test_a_lasso_of_the_other_number_of_dimensions_holds_nothing():
    everything = [(-GRID, -GRID), (-GRID, 2 * GRID), (2 * GRID, 2 * GRID), (2 * GRID, -GRID)]
    assert not inside(grid_points(0, 5, 2), everything, Camera(0, 0)).any()
    assert not inside(grid_points(0, 5, 3), everything).any()
    assert inside(grid_points(0, 5, 2), everything).all()
    assert inside(grid_points(0, 5, 3), everything, Camera(12, 34)).all()


def test_the_grid_keeps_the_aspect_and_fills_the_longer_side():
    grid = quantize(np.array([[0, 0], [4, 1], [2, 0.5], [np.nan, 1]], np.float32)).astype(int)
    assert grid[:, 0].tolist() == [1, GRID, CENTER, 0]
    assert grid[1, 1] - grid[0, 1] == pytest.approx((GRID - 1) / 4, abs=1)
    assert grid[0, 1] + grid[1, 1] == pytest.approx(2 * CENTER, abs=1)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_what_is_not_finite_has_no_place_and_is_in_no_lasso(dimensions):
    values = np.random.default_rng(0).normal(size=(50, dimensions))
    values[3, 0] = np.nan
    values[7, -1] = np.inf
    values[9] = -np.inf
    grid = quantize(values)
    lost = [3, 7, 9]
    assert np.flatnonzero(~placed(grid)).tolist() == lost
    assert not grid[lost].any()
    everything = [(-GRID, -GRID), (-GRID, 2 * GRID), (2 * GRID, 2 * GRID), (2 * GRID, -GRID)]
    camera = Camera(30, 20) if dimensions == 3 else None
    assert np.flatnonzero(~inside(grid, everything, camera)).tolist() == lost


@pytest.mark.parametrize(
    ("values", "places"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.full((1, 2), 5.0), np.full((1, 2), CENTER)),
        (np.full((2, 2), np.nan), np.zeros((2, 2))),
        (np.array([[-3e38, 0], [3e38, 0]], np.float32), [[1, CENTER], [GRID, CENTER]]),
    ],
    ids=["none", "one", "nowhere", "far apart"],
)
def test_the_grid_takes_anything(values, places):
    np.testing.assert_array_equal(quantize(values), places)
