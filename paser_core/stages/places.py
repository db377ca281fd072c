"""Where a cluster lies on the manifold: the places that hang together, and cutting it up into them.

Two samples of a cluster touch where one is among the nearest neighbors of the other, all samples
counted. What hangs together is a place. Nothing about damage goes in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.sparse.csgraph import connected_components

from paser_core.errors import ConfigError
from paser_core.stages.neighbors import nearest_neighbors

NEIGHBORS = 15  # on the manifold; the scale that the affinity takes for local, too
SMALLEST_SHARE = 0.05  # of a cluster; smaller fragments are no place of their own …
SMALLEST_PLACE = 10  # … nor is what has fewer samples
_SAMPLE = 10_000  # samples that places are looked for in; the others join the nearest


def find_places(
    coordinates: NDArray[np.floating], labels: NDArray[np.integer]
) -> NDArray[np.int16]:
    """Number the places of every cluster, its largest first.

    Args:
        coordinates: ``(v, r)`` on the manifold; directions count, not lengths, as in the clustering.
        labels: ``(v,)`` cluster numbers.

    Returns:
        ``(v,)`` place within the own cluster, from 0. Fragments below :data:`SMALLEST_SHARE` or
        :data:`SMALLEST_PLACE` belong to the place whose sample is nearest.
    """
    points = _directions(coordinates)
    n = len(points)
    drawn = np.arange(n) if n <= _SAMPLE else np.linspace(0, n - 1, _SAMPLE).astype(np.int64)
    own = labels[drawn]
    components = _touching(points[drawn], own)
    places = np.zeros(n, np.int16)
    for cluster in np.unique(labels):
        here = own == cluster
        members = np.flatnonzero(labels == cluster)
        numbers, counts = np.unique(components[here], return_counts=True)
        fewest = max(SMALLEST_SHARE * here.sum(), SMALLEST_PLACE * here.sum() / len(members))
        large = numbers[counts >= fewest]
        if len(large) < 2:
            continue
        large = large[np.argsort(-counts[counts >= fewest], kind="stable")]
        anchors = here & np.isin(components, large)
        number = np.searchsorted(np.sort(large), components[anchors])
        place = np.argsort(np.argsort(-np.bincount(number), kind="stable"), kind="stable")
        nearest = _nearest(points[members], points[drawn[anchors]])
        places[members] = place[number][nearest]
    return places


def representatives(
    coordinates: NDArray[np.floating], most: int, seed: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Samples spread over a cluster, and the share of it that each stands for.

    Args:
        coordinates: ``(m, r)`` of the cluster's samples on the manifold.
        most: how many at the most.
        seed: of k-means, whose centers the samples are nearest to.

    Returns:
        Row numbers within the cluster ``(e,)`` and shares ``(e,)``, largest share first.
    """
    points = _directions(coordinates)
    distinct = len(np.unique(points, axis=0))
    centers, nearest = kmeans2(
        points, min(most, distinct), minit="++", seed=np.random.default_rng(seed), missing="warn"
    )
    rows, shares = [], []
    for center in range(len(centers)):
        members = np.flatnonzero(nearest == center)
        if len(members):
            distances = ((points[members] - centers[center]) ** 2).sum(axis=1)
            rows.append(members[int(distances.argmin())])
            shares.append(len(members) / len(points))
    order = np.argsort(-np.array(shares), kind="stable")
    return np.array(rows, np.int64)[order], np.array(shares)[order]


def halves(coordinates: NDArray[np.floating], seed: int = 0) -> NDArray[np.int16]:
    """``(m,)`` 0 or 1: the two halves of a cluster that hangs together, by 2-means."""
    points = _directions(coordinates)
    if len(np.unique(points, axis=0)) < 2:
        return np.zeros(len(points), np.int16)
    _, nearest = kmeans2(points, 2, minit="++", seed=np.random.default_rng(seed))
    if nearest.sum() > len(points) / 2:  # the larger half is the first
        nearest = 1 - nearest
    parts: NDArray[np.int16] = nearest.astype(np.int16)
    return parts


def split_clusters(
    labels: NDArray[np.int32],
    memberships: NDArray[np.floating],
    coordinates: NDArray[np.floating],
    clusters: Sequence[int],
    seed: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.floating]]:
    """Cut clusters up into their places, one after the other.

    The largest part keeps the number, so that what was said about other clusters stays true; the
    others get the next free numbers. A cluster that hangs together is cut into two halves.

    Args:
        labels: ``(v,)`` cluster numbers.
        memberships: ``(v, K)``, rows sum to 1.
        coordinates: ``(v, r)`` on the manifold.
        clusters: numbers in the order of the cuts; the parts of an earlier cut count for a later one.
        seed: of the two halves.

    Returns:
        New labels ``(v,)`` and memberships ``(v, K + new)``. A membership in a cluster that is cut goes
        to the sample's own part, or where it is elsewhere to the part whose middle is nearest.

    Raises:
        ConfigError: there is no such cluster, or it has nothing to cut.
    """
    labels, points = labels.copy(), _directions(coordinates)
    for cluster in clusters:
        count = memberships.shape[1]
        rows = np.flatnonzero(labels == cluster)
        if not 0 <= cluster < count or not len(rows):
            raise ConfigError(
                f"clustering.split names the cluster {cluster}, and there are {count}, numbered from "
                f"0 to {count - 1}. Name one of them, or leave it out."
            )
        parts = find_places(coordinates, labels)[rows]
        if not parts.any():
            parts = halves(coordinates[rows], seed)
        if not parts.any():
            raise ConfigError(
                f"clustering.split names the cluster {cluster}, whose samples are all in one point; "
                "there is nothing to cut. Leave it out."
            )
        middles = np.stack([points[rows[parts == p]].mean(axis=0) for p in np.unique(parts)])
        nearest = _nearest(points, middles)
        nearest[rows] = parts
        numbers = np.array([cluster, *range(count, count + len(middles) - 1)])
        wider = np.hstack(
            [memberships, np.zeros((len(labels), len(middles) - 1), memberships.dtype)]
        )
        share = memberships[:, cluster].copy()
        wider[:, cluster] = 0
        wider[np.arange(len(labels)), numbers[nearest]] = share
        memberships = wider
        labels[rows] = numbers[parts]
    return labels, memberships


def _directions(coordinates: NDArray[np.floating]) -> NDArray[np.float32]:
    """Unit rows (Ng, Jordan & Weiss 2001); a row of zeros stays."""
    lengths = np.linalg.norm(coordinates, axis=1, keepdims=True)
    return (coordinates / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)


def _touching(points: NDArray[np.float32], labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """``(n,)`` component of the graph of neighbors within the same cluster."""
    n = len(points)
    if n < 2:
        return np.zeros(n, np.int32)
    neighbors, _ = nearest_neighbors(points, NEIGHBORS)
    rows = np.repeat(np.arange(n), neighbors.shape[1])
    columns = neighbors.ravel()
    same = labels[rows] == labels[columns]
    graph = sp.coo_array((np.ones(same.sum(), bool), (rows[same], columns[same])), shape=(n, n))
    components: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return components


def _nearest(points: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.int64]:
    """``(m,)`` number of the anchor that is nearest to each point; an anchor is its own."""
    from scipy.spatial import cKDTree

    _, number = cKDTree(anchors).query(points)
    return np.asarray(number, np.int64)
