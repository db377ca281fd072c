"""Which points lie in a lasso, and how positions travel to the browser.

The browser draws the lasso and this module finds its members, so both must agree on where a point
is seen. In three dimensions both build the projection from the camera in whole millionths and the
positions are whole numbers: every product and sum is exact in a double, and so is the agreement.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = 65535  # positions travel as 16-bit integers: finer than any screen
CENTER = 32768  # the point that a camera turns about, on every axis
_MICRO = 1_000_000

Places = NDArray[np.uint16] | NDArray[np.float64]  # float: for two dimensions only


@dataclass(frozen=True)
class Camera:
    """From where a three-dimensional map is seen, orthographically; z points up.

    Straight from above, at ``Camera(0, 90)``, x runs to the right and y up, as in two dimensions.
    """

    yaw: float  # degrees about the z axis, a multiple of 0.01
    pitch: float  # degrees above the horizon, -90 to 90, a multiple of 0.01


def quantize(positions: NDArray[np.floating]) -> NDArray[np.uint16]:
    """``(n, d)`` positions on a grid of 1 to 65535, the same scale on every axis.

    The longest side fills the grid, the others are centered. A row that is not finite becomes a row
    of zeros: it has no place, is not drawn, and is in no lasso.
    """
    finite = np.isfinite(positions).all(axis=1)
    result = np.zeros(positions.shape, np.uint16)
    if finite.any():
        known = positions[finite].astype(np.float64)
        low, high = known.min(axis=0), known.max(axis=0)
        span = max(float((high - low).max()), 1e-9)
        centered = (known - (low / 2 + high / 2)) / span + 0.5
        result[finite] = np.round(1 + centered * (GRID - 1)).astype(np.uint16)
    return result


def placed(positions: Places) -> NDArray[np.bool_]:
    """``(n,)``: which rows of :func:`quantize` have a place on the map."""
    result: NDArray[np.bool_] = positions[:, 0] > 0
    return result


def seen_from(positions: Places, camera: Camera) -> NDArray[np.float64]:
    """``(n, 2)``: where ``(n, 3)`` positions appear on the screen, in grid units, y up."""
    yaw, pitch = math.radians(camera.yaw), math.radians(camera.pitch)
    right = (math.cos(yaw), math.sin(yaw), 0.0)
    up = (
        -math.sin(yaw) * math.sin(pitch),
        math.cos(yaw) * math.sin(pitch),
        math.cos(pitch),
    )
    axes = np.round(np.array([right, up]) * _MICRO).astype(np.int64)
    return ((positions.astype(np.int64) - CENTER) @ axes.T) / _MICRO + CENTER


def inside(
    positions: Places,
    polygon: Sequence[Sequence[float]],
    camera: Camera | None = None,
) -> NDArray[np.bool_]:
    """``(n,)``: which points lie in the polygon, by the even-odd rule.

    ``positions`` are ``(n, 2)``, or ``(n, 3)`` from :func:`quantize` with the ``camera`` under which
    the polygon was drawn. A polygon of fewer than three corners holds nothing, and neither does one
    without a camera around points that need one (or the other way round).
    """
    result = np.zeros(len(positions), bool)
    if len(polygon) < 3 or positions.shape[1] != (2 if camera is None else 3):
        return result
    seen = positions if camera is None else seen_from(positions, camera)
    corners = np.asarray(polygon, np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = ((seen >= low) & (seen <= high)).all(axis=1)
    if positions.dtype == np.uint16:
        near &= placed(positions)
    rows = np.flatnonzero(near)
    x, y = seen[rows, 0].astype(np.float64), seen[rows, 1].astype(np.float64)
    odd = np.zeros(len(rows), bool)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        odd ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    result[rows] = odd
    return result
