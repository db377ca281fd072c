"""Spectral clustering by symmetric non-negative factorization (paper Section 3.2, Eq. 3).

Similarity S between points of the manifold, ``S ~ W H^T`` with W, H >= 0, label = argmax of a row
(Ding, He & Simon 2005). What decides whether that works is measured (docs/decisions.md): rows are
normalized first (Ng, Jordan & Weiss 2002); S is a degree-normalized neighbor graph, not a Gaussian
of median width; the factorization starts from k-means. Columns of W are scaled by the norm of their
column of H before the argmax, because their own scale is arbitrary.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from paser_core.config import AUTO, ClusteringConfig, Criterion
from paser_core.protocols import Progress, no_progress
from paser_core.stages.neighbors import Look, distinct_rows, knn_affinity, nearest_neighbors
from paser_core.stages.search import Search
from paser_core.stages.threads import each

logger = logging.getLogger(__name__)

_TOLERANCE = 1e-5  # relative change of the error at which the factorization has settled
_EPSILON = 1e-12
_STARTED_ON = 10_000  # points at the least, where k-means does not see all


@dataclass(frozen=True)
class Clustering:
    """Clusters and how sure they are."""

    labels: NDArray[np.int32]  # (n,) 0..K-1, largest cluster first
    memberships: NDArray[np.float32]  # (n, K) rows sum to 1
    errors: dict[int, float]  # K -> ||S - W H^T|| / ||S||
    scores: dict[int, float]  # K -> value of the criterion
    criterion: Criterion
    reason: str  # one sentence: why this K
    n_clusters: int = field(default=0)
    # (n,) samples of which the method knows nothing, put into the largest cluster; None: there are none
    silent: NDArray[np.bool_] | None = None
    chosen_on: int | None = (
        None  # distinct samples that K was chosen on; None: on all, or not at all
    )


def fit_clustering(
    coordinates: NDArray[np.float64],
    config: ClusteringConfig,
    seed: int = 0,
    on_progress: Progress = no_progress,
    search: Search | None = None,
) -> Clustering:
    """Cluster manifold coordinates ``(n, r)``; equal rows share a cluster and count once.

    No cluster is empty. With fewer than ``2 * k_max`` distinct rows at most half as many clusters
    as distinct rows are tried, so that a cluster has two on average.

    With ``n_clusters: auto`` every K from ``k_min`` to ``k_max`` is tried, on a sample of
    ``choose_on`` rows where there are more. ``frobenius`` takes the smallest error, as the paper
    says; the error falls with K, so that is nearly always the largest K. ``auto`` takes the smallest
    K whose modularity is within ``tolerance`` of the best. Modularity (Newman & Girvan 2004) is the
    share of similarity inside clusters beyond what chance would put there, so it punishes merged and
    split groups alike and has an interior optimum; near it the curve is flat, and of equally good
    answers the one with fewer clusters is easier to audit. The neighbors become ever more local as
    n grows and would ask for ever more clusters; that the sample has a size of its own ends that.

    Args:
        coordinates: ``(n, r)`` of the manifold.
        config: how many clusters, and how they are found.
        seed: of the starts, and of the sample that K is chosen on.
        on_progress: told how many numbers of clusters are tried, and of how many.
        search: how neighbors are looked for; None: as in a run with nothing said.
    """
    search = search or Search(seed=seed)
    first, place = distinct_rows(coordinates)
    points = normalize_rows(coordinates[first])
    n = len(points)
    if n == 1:
        return _single(len(coordinates), config)
    if config.n_clusters == AUTO:
        largest = max(1, min(n // 2, config.k_max))
        tried = list(range(min(config.k_min, largest), largest + 1))
    else:
        tried = [min(int(config.n_clusters), n)]
    rows = np.arange(n)
    if len(tried) > 1 and n > config.choose_on:
        rows = np.sort(np.random.default_rng(seed).choice(n, config.choose_on, replace=False))
    steps = len(tried) + 1
    look = search.neighbors
    similarity = neighbor_similarity(points[rows], config.neighbors, config.scale_neighbor, look)
    errors: dict[int, float] = {}
    scores: dict[int, float] = {}
    factors: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}

    def factors_of(k: int) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        start = _start(points[rows], k, seed, search.exact_up_to)
        return factorize(similarity, start, config.max_iterations)

    for done, (k, (w, h, error)) in enumerate(zip(tried, each(factors_of, tried), strict=True)):
        factors[k] = (w, h)
        errors[k] = error
        if config.n_clusters == AUTO:
            scores[k] = (
                -error
                if config.criterion is Criterion.FROBENIUS
                else modularity(similarity, np.argmax(_scaled(w, h), axis=1))
            )
        on_progress(done + 1, steps)
    k, reason = _choose(config, tried, errors, scores)
    chosen_on = len(rows) if len(rows) < n else None
    if chosen_on:
        reason += f" K was chosen on {len(rows):,} of the {n:,} distinct samples."
        rows = np.arange(n)
        similarity = neighbor_similarity(points, config.neighbors, config.scale_neighbor, look)
        (factors[k],) = ((w, h) for w, h, _ in each(factors_of, [k]))
    labels, memberships = _assign(*factors[k], place)
    kept = memberships.shape[1]
    if kept < k:
        reason += f" {k - kept} of them stayed empty and were dropped."
    on_progress(steps, steps)
    return Clustering(
        labels, memberships, errors, scores, config.criterion, reason, kept, chosen_on=chosen_on
    )


def _single(n: int, config: ClusteringConfig) -> Clustering:
    reason = "K = 1: all samples are equal."
    labels, memberships = np.zeros(n, np.int32), np.ones((n, 1), np.float32)
    return Clustering(labels, memberships, {1: 0.0}, {}, config.criterion, reason, 1)


def normalize_rows(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of unit length (Ng, Jordan & Weiss 2002); a zero row stays zero."""
    norms = np.linalg.norm(coordinates, axis=1, keepdims=True)
    unit: NDArray[np.float64] = coordinates / np.maximum(norms, _EPSILON)
    return unit


def neighbor_similarity(
    points: NDArray[np.float64], k: int, own: int, look: Look = nearest_neighbors
) -> sp.csr_array:
    """Degree-normalized, self-tuning neighbor similarity ``D^-1/2 A D^-1/2``: sparse ``(n, n)``.

    Args:
        points: ``(n, r)``, no two rows equal.
        k: neighbors of a point.
        own: the neighbor whose distance is a point's own scale.
        look: finds the neighbors.
    """
    near = min(k, len(points) - 1)
    affinity = knn_affinity(points.astype(np.float32), near, own, look=look)
    affinity = affinity + sp.eye_array(len(points), format="csr")
    root = 1.0 / np.sqrt(np.asarray(affinity.sum(axis=1)).ravel())
    scaling = sp.diags_array(root)
    similarity: sp.csr_array = (scaling @ affinity @ scaling).tocsr()
    return similarity


def factorize(
    similarity: sp.csr_array, start: NDArray[np.float64], max_iterations: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """``S ~ W H^T``, both ``(n, K)`` and non-negative, by alternating block updates (HALS).

    S is never dense: a sweep costs O(nnz K + n K^2). Returns W, H and the relative error, which
    comes from small products: ||S - W H^T||^2 = ||S||^2 - 2 tr(W^T S H) + tr(W^T W H^T H).
    Cichocki & Phan 2009.
    """
    w, h = start.copy(), start.copy()
    total = float(similarity.multiply(similarity).sum())
    previous = np.inf
    error = 1.0
    for _ in range(max_iterations):
        w = _sweep(w, similarity @ h, h.T @ h)
        product = similarity.T @ w
        h = _sweep(h, product, w.T @ w)
        squared = total - 2.0 * float(np.sum(product * h)) + float(np.sum((w.T @ w) * (h.T @ h)))
        error = float(np.sqrt(max(squared, 0.0) / total))
        if abs(previous - error) < _TOLERANCE * max(error, _EPSILON):
            break
        previous = error
    return w, h, error


def _sweep(
    factor: NDArray[np.float64], product: NDArray[np.float64], gram: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One pass of exact minimization over each column of ``factor``."""
    updated = factor.copy()
    for column in range(factor.shape[1]):
        step = product[:, column] - updated @ gram[:, column]
        updated[:, column] = np.maximum(
            updated[:, column] + step / max(gram[column, column], _EPSILON), 0.0
        )
    return updated


def _start(points: NDArray[np.float64], k: int, seed: int, fitted_on: int) -> NDArray[np.float64]:
    """Indicator of a k-means partition, softened so that every entry can grow.

    Of more than ``fitted_on`` points, and of 10,000, the means are those of so many of them.
    """
    from sklearn.cluster import KMeans

    means = KMeans(k, n_init=4, random_state=seed)
    fitted_on = max(fitted_on, _STARTED_ON)
    if len(points) > fitted_on:
        rows = np.random.default_rng(seed).choice(len(points), fitted_on, replace=False)
        found = means.fit(points[rows]).predict(points)
    else:
        found = means.fit_predict(points)
    start = np.full((len(points), k), 0.05)
    start[np.arange(len(points)), found] = 1.0
    sizes = np.maximum(np.bincount(found, minlength=k), 1)
    scaled: NDArray[np.float64] = start / np.sqrt(sizes)
    return scaled


def _scaled(w: NDArray[np.float64], h: NDArray[np.float64]) -> NDArray[np.float64]:
    """W with the arbitrary scale of its columns taken out."""
    scaled: NDArray[np.float64] = w * np.linalg.norm(h, axis=0)
    return scaled


def _assign(
    w: NDArray[np.float64], h: NDArray[np.float64], place: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Labels, largest cluster first, and memberships; clusters without a member are dropped.

    ``place`` ``(n,)`` is the row of the factors that each sample has.
    """
    return by_size(_scaled(w, h)[place] + _EPSILON)


def by_size(
    strength: NDArray[np.floating],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Labels ``(n,)``, largest cluster first, and memberships ``(n, K)``, rows sum to 1.

    ``strength`` ``(n, k)``, not negative, says how much a sample belongs to a cluster; each sample to
    one at least. Clusters without a member are dropped.
    """
    memberships = (strength / strength.sum(axis=1, keepdims=True)).astype(np.float32)
    # Out of the rounded memberships that are kept: no label may disagree with them.
    labels = np.argmax(memberships, axis=1)
    sizes = np.bincount(labels, minlength=memberships.shape[1])
    order = [c for c in np.argsort(-sizes, kind="stable") if sizes[c] > 0]
    number = np.full(len(sizes), -1, np.int32)
    number[order] = np.arange(len(order))
    kept = memberships[:, order]
    return number[labels], kept / kept.sum(axis=1, keepdims=True)


def _choose(
    config: ClusteringConfig, tried: list[int], errors: dict[int, float], scores: dict[int, float]
) -> tuple[int, str]:
    if config.n_clusters != AUTO:
        if tried[0] < int(config.n_clusters):
            return tried[0], (
                f"K = {tried[0]}: {config.n_clusters} clusters were asked for, but there are only "
                f"{tried[0]} distinct samples."
            )
        return tried[0], f"K = {tried[0]} was asked for."
    if len(tried) == 1:
        return tried[0], f"K = {tried[0]} is the only number of clusters that could be tried."
    if config.criterion is Criterion.FROBENIUS:
        k = min(errors, key=lambda k: (errors[k], k))
        return k, f"K = {k} has the smallest factorization error of K = {tried[0]} to {tried[-1]}."
    best = max(scores.values())
    k = next(k for k in tried if scores[k] >= best - config.tolerance * abs(best))
    return k, (
        f"K = {k} is the smallest number of clusters whose modularity ({scores[k]:.3f}) is within "
        f"{config.tolerance:.0%} of the best ({best:.3f}) of K = {tried[0]} to {tried[-1]}."
    )


def modularity(similarity: sp.csr_array, labels: NDArray[np.int64]) -> float:
    """Similarity inside clusters beyond chance, as a share of all of it: in [-0.5, 1]."""
    degree = np.asarray(similarity.sum(axis=1)).ravel()
    total = degree.sum()
    k = int(labels.max()) + 1
    member = sp.csr_array(
        (np.ones(len(labels)), (np.arange(len(labels)), labels)), shape=(len(labels), k)
    )
    inside = (member.T @ similarity @ member).diagonal()
    volume = np.bincount(labels, weights=degree, minlength=k)
    return float(inside.sum() / total - np.sum((volume / total) ** 2))
