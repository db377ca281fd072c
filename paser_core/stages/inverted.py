"""Approximate nearest neighbors by inverted lists: each row is compared with the lists nearest to it.

Rows are put into lists by k-means, and a row is compared with those of its ``probes`` nearest lists, as in an
IVF index (Sivic & Zisserman 2003; Jegou, Douze & Schmid 2011). All rows ask at once, so the work goes list
by list as matrix products, which a search that answers one row at a time cannot do (docs/decisions.md has the
libraries measured). A list has as many rows at every size: the work is O(n), but for finding the lists of
a row, which is O(n^2 / 1000).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from paser_core.protocols import Progress, no_progress
from paser_core.stages.threads import each

# numba has no types of its own; the signature stands here instead.
_compile: Callable[..., Any] = numba.njit(cache=True, nogil=True)

_LIST = 500  # rows in a list, on average
_FITTED = 30  # rows per list that the lists are found on
_ROUNDS = 8  # of k-means: a list need not be good, only near
_CHUNK = 32_768  # rows that ask together; fixed, so that no sum hangs on the number of processors
_BLOCK = 1024


def approximate_neighbors(
    points: NDArray[np.float32],
    k: int,
    probes: int,
    seed: int = 0,
    on_progress: Progress = no_progress,
    among: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Most of the ``k`` nearest neighbors by Euclidean distance, the point itself left out.

    Returns ``(n, k)`` row numbers, nearest first, and ``(n, k)`` distances, which are exact. Where the lists
    that a point is compared with have fewer than ``k`` others, the last places have row -1, infinitely far.

    Args:
        points: ``(n, d)``.
        k: neighbors of a point, at most ``n - 1``.
        probes: lists that a point is compared with.
        seed: of the lists.
        on_progress: told how many points are done, and ``n``.
        among: ``(m,)`` ascending rows that can be a neighbor; None: all can.
    """
    n = len(points)
    norms = (points**2).sum(axis=1)
    open_rows = np.arange(n) if among is None else among
    centers = _centers(points, open_rows, seed)
    probes = min(probes, len(centers))
    neighbors = np.full((n, k), -1, np.int64)
    squared = np.full((n, k), np.inf, np.float32)
    starts = range(0, n, _CHUNK)
    probed = np.concatenate(
        list(each(lambda start: _probed(points[start : start + _CHUNK], centers, probes), starts))
    )
    lists = [open_rows[own] for own in _members(probed[open_rows, :1], len(centers))]

    def answer(start: int) -> int:
        rows = slice(start, min(start + _CHUNK, n))
        for own, members in zip(_members(probed[rows], len(centers)), lists, strict=True):
            if not len(own) or not len(members):
                continue
            theirs = points[members]
            for at in range(0, len(own), _BLOCK):
                asking = own[at : at + _BLOCK] + start
                products = points[asking] @ theirs.T
                _merge(products, norms, asking, members, neighbors, squared)
        return rows.stop

    for done in each(answer, starts):
        on_progress(done, n)
    return neighbors, np.sqrt(np.maximum(squared, 0.0))


def _centers(
    points: NDArray[np.float32], among: NDArray[np.int64], seed: int
) -> NDArray[np.float32]:
    """``(lists, d)``: the middles of the lists that the rows ``among`` are put into."""
    from sklearn.cluster import KMeans

    count = max(1, len(among) // _LIST)
    own = np.random.default_rng(seed)
    rows = np.sort(own.permutation(among)[: _FITTED * count])
    means = KMeans(count, init="random", n_init=1, max_iter=_ROUNDS, random_state=seed)
    (centers,) = each(lambda sample: means.fit(sample).cluster_centers_, [points[rows]])
    return np.asarray(centers, np.float32)


def _probed(
    points: NDArray[np.float32], centers: NDArray[np.float32], probes: int
) -> NDArray[np.int32]:
    """``(b, probes)`` nearest centers of a block of points, the nearest first."""
    distance = (centers**2).sum(axis=1) - 2.0 * (points @ centers.T)
    nearest = np.argpartition(distance, probes - 1, axis=1)[:, :probes]
    order = np.argsort(np.take_along_axis(distance, nearest, axis=1), axis=1, kind="stable")
    return np.take_along_axis(nearest, order, axis=1).astype(np.int32)


def _members(lists: NDArray[np.int32], count: int) -> list[NDArray[np.int64]]:
    """For each of ``count`` lists the rows of ``lists`` ``(n, p)`` that name it, ascending."""
    order = np.argsort(lists.ravel(), kind="stable") // lists.shape[1]
    sizes = np.bincount(lists.ravel(), minlength=count)
    return np.split(order, np.cumsum(sizes)[:-1])


@_compile
def _merge(
    products: Any, norms: Any, asking: Any, members: Any, neighbors: Any, squared: Any
) -> None:
    """Bring in the members of a list that are nearer than the nearest so far.

    ``products`` float32 ``(b, m)`` inner products of the points ``asking`` with those in ``members``;
    ``norms`` float32 ``(n,)`` squared; ``neighbors`` int64 and ``squared`` float32, both ``(n, k)``, nearest
    first, infinite where not filled yet. Of neighbors equally far the one that came first stays.
    """
    k = neighbors.shape[1]
    for i in range(len(asking)):
        row = asking[i]
        own = norms[row]
        worst = squared[row, k - 1]
        for j in range(len(members)):
            value = norms[members[j]] - np.float32(2.0) * products[i, j] + own
            if not value < worst or members[j] == row:
                continue
            place = k - 1
            while place > 0 and value < squared[row, place - 1]:
                squared[row, place] = squared[row, place - 1]
                neighbors[row, place] = neighbors[row, place - 1]
                place -= 1
            squared[row, place] = value
            neighbors[row, place] = members[j]
            worst = squared[row, k - 1]
