"""Rows whose vectors are equal, found without comparing all with all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_DIRECTIONS = 4  # that tell rows apart before they are compared; three do for a million
_AT_ONCE = 10_000  # rows in double precision at a time
_SAME = 1e-5  # largest difference of an entry between vectors that count as equal


def equal_vectors(
    vectors: NDArray[np.floating],
    texts: Sequence[str],
    tolerance: float = _SAME,
    at: NDArray[np.int64] | None = None,
) -> list[list[int]]:
    """Groups of texts whose vectors are equal though they are not, by their places among the texts.

    They are first told apart by what a few directions say of their vectors, which takes out all but those
    that have another within reach; sorted along one direction, these are compared with the first of every
    group within reach. The time grows with n log n.

    Args:
        vectors: ``(n, d)``.
        texts: ``(m,)``.
        tolerance: largest difference of an entry between vectors that count as equal.
        at: ``(m,)`` the row of the vector of each text, where they are not one for one: a copy of the
            vectors of a million samples is a gigabyte and more.
    """
    if len(texts) < 2:
        return []
    at = np.arange(len(vectors)) if at is None else at
    places = _projected(vectors, at)
    place = places[:, 0]
    rows = _with_others_near(places, tolerance)
    groups: list[list[int]] = []
    near: list[int] = []  # numbers of the groups that may still get members
    for row in rows[np.argsort(place[rows], kind="stable")].tolist():
        near = [g for g in near if place[row] - place[groups[g][0]] <= tolerance]
        for g in near:
            if np.abs(vectors[at[row]] - vectors[at[groups[g][0]]]).max() <= tolerance:
                groups[g].append(row)
                break
        else:
            near.append(len(groups))
            groups.append([row])
    return [sorted(g) for g in groups if len({texts[row] for row in g}) > 1]


def _projected(vectors: NDArray[np.floating], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """``(m, p)`` rows along directions in which they differ by no more than in any of their entries."""
    random = np.random.default_rng(0)
    directions = random.standard_normal((_DIRECTIONS, vectors.shape[1]))
    directions /= np.abs(directions).sum(axis=1, keepdims=True)
    places = np.empty((len(at), _DIRECTIONS))
    for start in range(0, len(at), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        places[part] = vectors[at[part]].astype(np.float64) @ directions.T
    return places


def _with_others_near(places: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    """``(m,)`` the rows that have another within the tolerance in every one of the directions."""
    from scipy.spatial import cKDTree

    # Once each: a tree of equal points is a list, and every one of them has an other anyway.
    distinct, first, times = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    reach = tolerance * (1 + 1e-9) + 1e-12  # what rounding may add
    distances, _ = cKDTree(distinct).query(distinct, 2, p=np.inf, distance_upper_bound=reach)
    near = (times > 1) | np.isfinite(distances[:, 1])
    return np.flatnonzero(near[first.ravel()])
