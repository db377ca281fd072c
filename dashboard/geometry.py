"""Which points lie in a lasso, and how positions travel to the browser."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

GRID = 65535  # positions travel as 16-bit integers: finer than any screen


def quantise(positions: NDArray[np.float32]) -> NDArray[np.uint16]:
    """``(n, 2)`` positions on a square grid of 16 bits, aspect kept, NaN in the corner (0, 0)."""
    finite = np.isfinite(positions).all(axis=1)
    result = np.zeros(positions.shape, np.uint16)
    if finite.any():
        known = positions[finite].astype(np.float64)
        low, high = known.min(axis=0), known.max(axis=0)
        span = max(float((high - low).max()), 1e-9)
        centred = (known - (low + high) / 2) / span + 0.5
        result[finite] = np.round(centred * GRID).astype(np.uint16)
    return result


def inside(
    positions: NDArray[np.uint16] | NDArray[np.float64], polygon: Sequence[Sequence[float]]
) -> NDArray[np.bool_]:
    """``(n,)``: which points lie in the polygon, by the even-odd rule.

    A polygon of fewer than three corners holds nothing.
    """
    result = np.zeros(len(positions), bool)
    if len(polygon) < 3:
        return result
    corners = np.asarray(polygon, np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((positions >= low) & (positions <= high)).all(axis=1))
    x, y = positions[near, 0].astype(np.float64), positions[near, 1].astype(np.float64)
    odd = np.zeros(len(near), bool)
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        odd ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    result[near] = odd
    return result
