"""The lasso against matplotlib-free brute force, and the grid."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.geometry import GRID, inside, quantise


def winding(point, polygon) -> float:
    """Total angle under which the polygon is seen: ±2π inside a simple polygon, 0 outside."""
    total = 0.0
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        a = math.atan2(y1 - point[1], x1 - point[0])
        b = math.atan2(y2 - point[1], x2 - point[0])
        total += (b - a + math.pi) % (2 * math.pi) - math.pi
    return total


@given(st.integers(3, 12), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_star_shaped_lassos_equal_the_winding_angle(corners, seed):
    rng = np.random.default_rng(seed)
    angles = (np.arange(corners) + rng.random(corners) * 0.9) * 2 * math.pi / corners
    radii = rng.uniform(100, 400, corners)
    polygon = [
        (500 + r * math.cos(a), 500 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)
    ]
    points = rng.uniform(0, 1000, (60, 2))
    expected = [abs(winding(p, polygon)) > math.pi for p in points]
    assert inside(points, polygon).tolist() == expected


def test_fewer_than_three_corners_hold_nothing():
    assert not inside(np.zeros((3, 2)), [(0, 0), (1, 1)]).any()


def test_the_grid_keeps_the_aspect_and_fills_the_longer_side():
    grid = quantise(np.array([[0, 0], [4, 1], [2, 0.5], [np.nan, 1]], np.float32))
    assert grid[:, 0].tolist() == [0, GRID, round(GRID / 2), 0]
    assert grid[1, 1] - grid[0, 1] == round(GRID * 5 / 8) - round(GRID * 3 / 8)
