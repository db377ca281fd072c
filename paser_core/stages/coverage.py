"""Orders of points by how much of a data set they cover: farthest first, and facility location.

Both are greedy, and exact: what is saved is the work on points that cannot come next, because what a
point would add never grows. Memory is a block of rows against all points, or their nearest neighbors,
never all against all.
Points are unit rows; ties go to the first, up to
rounding.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from paser_core.protocols import Progress, no_progress
from paser_core.stages.neighbors import distinct_rows, nearest_neighbors

_BLOCK = 1024  # points that may come next, farthest first: a product with all of them is cached
NEIGHBORS = 256  # whom a point can stand for, facility location: 90 MB at 44,000 points
_FIRST = float(np.nextafter(2.0, 3.0))  # beyond the largest distance of two unit rows


@dataclass(frozen=True)
class Covering:
    """A greedy order, and what each point added in its turn."""

    order: NDArray[np.int64]  # (n,) points, first to last
    gains: NDArray[np.float64]  # (n,) by point, never growing along the order


def farthest_first(points: NDArray[np.floating], on_progress: Progress = no_progress) -> Covering:
    """Each next point is the one farthest from all before it (Gonzalez 1985).

    The first k of them are within twice the smallest radius with which any k points cover all. It
    begins at the point nearest to the mean. The gain of a point is its Euclidean distance to the
    nearest one before it; that of the first is just above 2, the largest there is. Equal rows after
    the first add 0.

    Args:
        points: ``(n, d)`` unit rows.
        on_progress: told how many points are in order, and of how many.
    """
    first, place = distinct_rows(points)
    kept = np.ascontiguousarray(points[first])
    order, gains = _farthest(kept, on_progress)
    return _with_repeats(order, gains, first, place)


def _farthest(
    points: NDArray[np.floating], on_progress: Progress
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    n = len(points)
    start = int(np.argmax(points @ points.mean(axis=0)))
    order, gains = np.empty(n, np.int64), np.zeros(n)
    order[0], gains[start] = start, _FIRST
    left = np.delete(np.arange(n), start)
    rest = np.delete(points, start, axis=0)
    # (left,) similarity to the most similar one in order: lowest comes next.
    near = rest @ points[start]
    done = 1
    while done < n:
        size = min(_BLOCK, len(left))
        nearest_last = np.argsort(near, kind="stable")
        block = np.sort(nearest_last[:size])
        beyond = float(near[nearest_last[size]]) if size < len(left) else np.inf
        inside, own = near[block].copy(), rest[block]
        taken: list[int] = []
        while True:
            best = int(np.argmin(inside))
            # What is outside the block has only come nearer since; at a tie the block begins anew.
            if taken and (not np.isfinite(inside[best]) or inside[best] >= beyond):
                break
            point = int(block[best])
            taken.append(point)
            order[done] = left[point]
            gains[left[point]] = np.sqrt(max(0.0, 2.0 - 2.0 * float(inside[best])))
            done += 1
            inside = np.maximum(inside, own @ rest[point])
            inside[np.searchsorted(block, taken)] = np.inf
            if len(taken) == size:
                break
        # One product for all that were taken: this is where the time goes.
        near = np.maximum(near, (rest @ rest[taken].T).max(axis=1))
        left, near = np.delete(left, taken), np.delete(near, taken)
        rest = np.delete(rest, taken, axis=0)
        on_progress(done, n)
    return order, _never_growing(gains, order)


def facility_location(
    points: NDArray[np.floating],
    neighbors: int = NEIGHBORS,
    on_progress: Progress = no_progress,
    weights: NDArray[np.float64] | None = None,
) -> Covering:
    """Each next point adds most to the sum, over all points, of the similarity to the nearest chosen.

    ``sum_i w_i max_j s_ij`` over the chosen j, with s the cosine where j is among the nearest neighbors
    of i, and 0 elsewhere and below 0. The first k reach at least 1 - 1/e of what any k points can
    (Nemhauser, Wolsey & Fisher 1978). Lazy (Minoux 1978): what a point added when it was last looked at
    bounds what it adds now. Points that occur several times count as often.

    Args:
        points: ``(n, d)`` unit rows.
        neighbors: of a point, beside itself; from n - 1 on every similarity counts.
        on_progress: told how many points were compared with all, and of how many.
        weights: ``(n,)`` what it is worth to cover each point, 0 or more; None: 1.
    """
    first, place = distinct_rows(points)
    kept = np.ascontiguousarray(points[first])
    n = len(kept)
    worth = np.bincount(place, weights=weights, minlength=n).astype(np.float64)
    order, gains = np.zeros(1, np.int64), worth[:1]
    if n > 1:
        found, distances = nearest_neighbors(kept, neighbors, on_progress)
        graph = sp.csr_array(
            (
                np.column_stack([np.ones(n, np.float32), _cosine(distances)]).ravel(),
                np.column_stack([np.arange(n), found]).astype(np.int32).ravel(),
                np.arange(n + 1) * (found.shape[1] + 1),
            ),
            shape=(n, n),
        ).tocsc()
        order, gains = _lazily(graph, worth)
    return _with_repeats(order, gains, first, place)


def _cosine(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of unit rows that are so far apart; below 0 it is 0."""
    similar: NDArray[np.float32] = np.maximum(1.0 - distances**2 / 2.0, 0.0)
    return similar


def _lazily(
    similar: sp.csc_array, worth: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The greedy order and its gains; column j of ``similar`` is whom point j stands for, how well."""
    n = len(worth)
    starts, rows, values = similar.indptr, similar.indices, similar.data
    best = np.zeros(n)  # similarity of each point to the nearest chosen one
    # Entries are what a point may add at most, and how many were chosen when that was worked out.
    heap = [(-gain, j, 0) for j, gain in enumerate((similar.T @ worth).tolist())]
    heapq.heapify(heap)
    order, gains = np.empty(n, np.int64), np.zeros(n)
    done = 0
    while heap:
        gain, j, seen = heapq.heappop(heap)
        near = rows[starts[j] : starts[j + 1]]
        own = values[starts[j] : starts[j + 1]]
        if seen < done:
            added = float(np.maximum(own - best[near], 0.0) @ worth[near])
            heapq.heappush(heap, (-added, j, done))
            continue
        order[done], gains[j] = j, -gain
        best[near] = np.maximum(best[near], own)
        done += 1
    return order, _never_growing(gains, order)


def _never_growing(gains: NDArray[np.float64], order: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rounding may let a gain grow by its last digits."""
    settled = gains.copy()
    settled[order] = np.minimum.accumulate(gains[order])
    return settled


def _with_repeats(
    order: NDArray[np.int64],
    gains: NDArray[np.float64],
    first: NDArray[np.int64],
    place: NDArray[np.int64],
) -> Covering:
    """The order of all points: those that repeat an earlier one come last, and add nothing."""
    n = len(place)
    whole = np.zeros(n)
    whole[first] = gains
    repeats = np.setdiff1d(np.arange(n), first)
    return Covering(np.concatenate([first[order], repeats]), whole)
