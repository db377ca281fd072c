"""Exact nearest neighbors and the graph they make. Used in embedding space and in the manifold.

Self-tuning bandwidth: Zelnik-Manor & Perona, Self-Tuning Spectral Clustering, 2004.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from paser_core.protocols import Progress, no_progress

_BLOCK = 1024  # rows compared at once
_FLOOR = 1e-12  # of a link: far neighbors stay connected


def distinct_rows(points: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each set of equal rows ``(u,)`` in order, and every row's place in it ``(n,)``.

    Equal samples count once: more than k copies would fill each other's neighbor lists and tear
    an island off the graph, and copies of one sample could land in two clusters.
    """
    _, first, inverse = np.unique(points, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[inverse.ravel()]


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
    distances = np.empty((n, k), np.float32)
    norms = (points**2).sum(axis=1)
    for start in range(0, n, _BLOCK):
        block = points[start : start + _BLOCK]
        squared = norms[None, :] - 2.0 * (block @ points.T)
        squared += norms[start : start + _BLOCK, None]
        own = np.arange(start, start + len(block))
        squared[np.arange(len(block)), own] = np.inf
        nearest = np.argpartition(squared, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(squared, nearest, axis=1)
        # Equal distances: the lower row number first, so that the graph is reproducible.
        order = np.lexsort((nearest, values), axis=1)
        neighbors[start : start + _BLOCK] = np.take_along_axis(nearest, order, axis=1)
        ordered = np.take_along_axis(values, order, axis=1)
        distances[start : start + _BLOCK] = np.sqrt(np.maximum(ordered, 0.0))
        on_progress(min(start + _BLOCK, n), n)
    return neighbors, distances


def knn_affinity(
    points: NDArray[np.float32], k: int, own: int, on_progress: Progress = no_progress
) -> sp.csr_array:
    """Symmetric k-nearest-neighbor graph with a self-tuning Gaussian: sparse ``(n, n)``.

    Args:
        points: ``(n, d)``, no two rows equal.
        k: neighbors of a point; fewer where there are fewer others.
        own: the neighbor whose distance is a point's own scale, at most the ``k``-th.
        on_progress: told how many points are done, and ``n``.
    """
    n = len(points)
    neighbors, distances = nearest_neighbors(points, k, on_progress)
    k = neighbors.shape[1]
    scale = distances[:, min(own, k) - 1].astype(np.float64)
    # Near duplicates can make a scale of zero: fall back to the smallest scale there is.
    positive = scale[scale > 0]
    scale = np.maximum(scale, positive.min() if len(positive) else 1.0)
    rows = np.repeat(np.arange(n), k)
    columns = neighbors.ravel()
    values = np.exp(-(distances.ravel().astype(np.float64) ** 2) / (scale[rows] * scale[columns]))
    graph = sp.csr_array((values, (rows, columns)), shape=(n, n))
    # The mean of both directions, not their maximum: a link that only one side sees counts half,
    # which tames hubs (+0.02 NMI, docs/decisions.md).
    graph.data = np.maximum(graph.data, _FLOOR)
    symmetric: sp.csr_array = (0.5 * (graph + graph.T)).tocsr()
    return symmetric
