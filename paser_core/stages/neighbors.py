"""Exact nearest neighbors and the graph they make. Used in embedding space and in the manifold.

Self-tuning bandwidth: Zelnik-Manor & Perona, Self-Tuning Spectral Clustering, 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numba
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from paser_core.protocols import Progress, no_progress

# numba has no types of its own; the signature stands here instead.
_compile: Callable[..., Any] = numba.njit(cache=True)

# Row numbers and distances ``(n, k)`` of the nearest neighbors of points ``(n, d)``, from the points, k and
# a progress.
Look = Callable[[NDArray[np.float32], int, Progress], tuple[NDArray[np.int64], NDArray[np.float32]]]

_BLOCK = 1024  # rows compared at once
_KEYED = 8192  # rows looked at together for equal ones
_FLOOR = 1e-12  # of a link: far neighbors stay connected


def distinct_rows(points: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each set of equal rows ``(u,)`` in order, and every row's place in it ``(n,)``.

    Equal samples count once: more than k copies would fill each other's neighbor lists and tear
    an island off the graph, and copies of one sample could land in two clusters.
    """
    keys = _row_keys(points)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    if any(
        not np.array_equal(points[rows], points[first[inverse[rows]]])
        for rows in _blocks(len(points), _KEYED)
    ):  # two different rows with one key, or a row that is no number
        _, first, inverse = np.unique(points, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[inverse.ravel()]


def _row_keys(points: NDArray[np.floating]) -> NDArray[np.uint64]:
    """``(n,)`` a number for each row, equal for equal rows: 64 bits are sorted sooner than rows."""
    odd = np.random.default_rng(0).integers(2**63, size=points.shape[1], dtype=np.uint64) * 2 + 1
    keys = np.empty(len(points), np.uint64)
    for rows in _blocks(len(points), _KEYED):
        values = np.ascontiguousarray(points[rows], np.float64) + 0.0  # -0 is 0
        bits = values.view(np.uint64)
        keys[rows] = ((bits ^ (bits >> np.uint64(32))) * odd).sum(axis=1, dtype=np.uint64)
    return keys


def _blocks(n: int, size: int) -> Iterator[slice]:
    """The rows from 0 to ``n`` by at most ``size``."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def nearest_neighbors(
    points: NDArray[np.float32], k: int, on_progress: Progress = no_progress
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Exact k nearest neighbors by Euclidean distance, the point itself left out.

    Returns ``(n, k)`` row numbers, nearest first, and ``(n, k)`` distances. Blocked matrix
    products: O(n^2 d) time, O(n) memory.
    """
    n = len(points)
    k = min(k, n - 1)
    neighbors = np.empty((n, k), np.int64)
    squared = np.empty((n, k), np.float32)
    norms = (points**2).sum(axis=1)
    for start in range(0, n, _BLOCK):
        rows = slice(start, min(start + _BLOCK, n))
        _nearest(points[rows] @ points.T, norms, start, neighbors[rows], squared[rows])
        on_progress(rows.stop, n)
    return neighbors, np.sqrt(np.maximum(squared, 0.0))


@_compile
def _nearest(products: Any, norms: Any, start: int, neighbors: Any, squared: Any) -> None:
    """Fill in the nearest of a block of points, and their squared distances, from inner products.

    One look at each product. Nearly all are too far, so that a sorted list of the k nearest so far costs
    next to nothing, where a partition of every row is most of the work. Equal distances: the lower row
    number first, so that the graph is reproducible.

    ``products`` float32 ``(b, n)`` of points ``start``, ``start + 1``, … with all, ``norms`` float32 ``(n,)``
    squared; written are ``neighbors`` int64 and ``squared`` float32, both ``(b, k)``.
    """
    k = neighbors.shape[1]
    for row in range(len(products)):
        own = start + row
        filled = 0
        worst = np.float32(np.inf)
        for other in range(products.shape[1]):
            value = norms[other] - np.float32(2.0) * products[row, other] + norms[own]
            if other == own or (filled == k and not value < worst):
                continue
            place = filled if filled < k else k - 1
            while place > 0 and value < squared[row, place - 1]:
                squared[row, place] = squared[row, place - 1]
                neighbors[row, place] = neighbors[row, place - 1]
                place -= 1
            squared[row, place] = value
            neighbors[row, place] = other
            filled = min(filled + 1, k)
            worst = squared[row, filled - 1]


def knn_affinity(
    points: NDArray[np.float32],
    k: int,
    own: int,
    on_progress: Progress = no_progress,
    look: Look = nearest_neighbors,
) -> sp.csr_array:
    """Symmetric k-nearest-neighbor graph with a self-tuning Gaussian: sparse ``(n, n)``.

    Args:
        points: ``(n, d)``, no two rows equal.
        k: neighbors of a point; fewer where there are fewer others.
        own: the neighbor whose distance is a point's own scale, at most the ``k``-th.
        on_progress: told how many points are done, and ``n``.
        look: finds the neighbors.
    """
    n = len(points)
    neighbors, distances = look(points, k, on_progress)
    k = neighbors.shape[1]
    scale = distances[:, min(own, k) - 1].astype(np.float64)
    # Near duplicates can make a scale of zero: fall back to the smallest scale there is.
    positive = scale[scale > 0]
    scale = np.maximum(scale, positive.min() if len(positive) else 1.0)
    rows = np.repeat(np.arange(n, dtype=np.int32), k)  # half the memory of int64
    columns = neighbors.ravel().astype(np.int32)
    values = np.exp(-(distances.ravel().astype(np.float64) ** 2) / (scale[rows] * scale[columns]))
    graph = sp.csr_array((values, (rows, columns)), shape=(n, n))
    # The mean of both directions, not their maximum: a link that only one side sees counts half,
    # which tames hubs (+0.02 NMI, docs/decisions.md).
    graph.data = np.maximum(graph.data, _FLOOR)
    symmetric: sp.csr_array = (0.5 * (graph + graph.T)).tocsr()
    return symmetric
