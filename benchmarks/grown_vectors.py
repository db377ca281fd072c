"""More vectors than there are, made from real ones: what growth is measured on.

A made row lies between a real row and some of its near neighbors, ``x_i + sum_m w_m (x_m - x_i)`` with
weights drawn anew, and has noise of 0.7 of the distance to the nearest real neighbor; then it is brought to
unit length. Between neighbors it stays near the surface that the real rows lie on; isotropic noise alone
would put it off that surface in 384 dimensions, where no row has a near neighbor.
``python benchmarks/grown_vectors.py`` says how like real ones they are: from a quarter of the real rows as
many are made as there are real ones.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from shared_data import shared

_NEAR = 10  # neighbors that a made row is drawn toward
_REACH = 1.0  # of the way to the middle of them, at the most
_NOISE = 0.7  # of the distance to the nearest neighbor
_BLOCK = 20_000


def real_vectors() -> NDArray[np.float32]:
    """``(43841, 384)`` unit rows."""
    vectors = np.load(shared("instructions_vectors.npy")).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def grown(
    real: NDArray[np.float32], rows: int, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """``(rows, d)`` unit rows, and the real row that each is made from ``(rows,)``.

    The first are the real ones, or ``rows`` of them drawn at random where they are more.

    Args:
        real: ``(n, d)`` unit rows.
        rows: how many.
        seed: of what is drawn.
    """
    from paser_core.stages.neighbors import distinct_rows, nearest_neighbors

    chance = np.random.default_rng(seed)
    n = len(real)
    if rows <= n:
        own = np.sort(chance.permutation(n)[:rows])
        return real[own], own
    first, place = distinct_rows(real)
    neighbors, distances = nearest_neighbors(real[first], _NEAR)
    source = np.concatenate([np.arange(n), chance.integers(n, size=rows - n)])
    made = np.empty((rows, real.shape[1]), np.float32)
    made[:n] = real
    for start in range(n, rows, _BLOCK):
        own = place[source[start : start + _BLOCK]]
        weights = chance.dirichlet(np.full(_NEAR, 0.5), len(own)).astype(np.float32)
        weights *= chance.uniform(0, _REACH, (len(own), 1)).astype(np.float32)
        center = real[first[own]]
        toward = np.einsum("bm,bmd->bd", weights, real[first[neighbors[own]]])
        block = center * (1 - weights.sum(axis=1, keepdims=True)) + toward
        noise = chance.standard_normal(block.shape, np.float32) / np.sqrt(block.shape[1])
        block += _NOISE * distances[own, :1] * noise
        made[start : start + len(own)] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return made, source


def _described(points: NDArray[np.float32], k: int = 60) -> str:
    """Distances of 1,000 rows to their nearest, and the dimension they follow (Levina & Bickel 2005)."""
    from paser_core.stages.neighbors import distinct_rows

    points = points[distinct_rows(points)[0]]
    rows = np.random.default_rng(1).permutation(len(points))[:1000]
    squared = 2 - 2 * points[rows] @ points.T
    squared[np.arange(len(rows)), rows] = np.inf
    nearest = np.sqrt(np.maximum(np.sort(np.partition(squared, k, axis=1)[:, :k], axis=1), 1e-12))
    dimension = 1 / np.log(nearest[:, -1:] / nearest[:, :-1]).mean(axis=1)
    first, last = np.median(nearest[:, 0]), np.median(nearest[:, -1])
    follows = float(np.median(dimension))
    return f"distance to the 1st {first:.3f}, to the {k}th {last:.3f}; dimension {follows:.1f}"


def main() -> int:
    """Print how like real rows made ones are."""
    real = real_vectors()
    quarter = real[np.random.default_rng(0).permutation(len(real))[: len(real) // 4]]
    print(f"{len(quarter):,} real rows: {_described(quarter)}")
    print(f"{len(real):,} real rows: {_described(real)}")
    print(f"{len(real):,} made of a quarter: {_described(grown(quarter, len(real))[0])}")
    print(f"{4 * len(real):,} made of all: {_described(grown(real, 4 * len(real))[0])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
