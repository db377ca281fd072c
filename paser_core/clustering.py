"""Spectral clustering by symmetric non-negative factorisation (paper Section 3.2, Eq. 3).

Similarity S between points of the manifold, ``S ~ W H^T`` with W, H >= 0, label = argmax of a row
(Ding, He & Simon 2005). Three things decide whether that works, all measured (docs/decisions.md):
rows are normalised first (Ng, Jordan & Weiss 2002); S is a degree-normalised neighbour graph, not
a Gaussian of median width; columns of W are scaled by the norm of their column of H before argmax.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from paser_core.config import AUTO, ClusteringConfig, Criterion
from paser_core.neighbours import knn_affinity
from paser_core.protocols import Progress, no_progress

logger = logging.getLogger(__name__)

_NEIGHBOURS = 60  # of S: twice those of the manifold graph, so that a cluster hangs together
_TOLERANCE = 1e-5  # relative change of the error at which the factorisation has settled
_SILHOUETTE_SAMPLE = 4000  # points; the score is stable from about 2000
_WITHIN = 0.02  # of the best silhouette: differences below are noise between seeds
_EPSILON = 1e-12


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


def fit_clustering(
    coordinates: NDArray[np.float64],
    config: ClusteringConfig,
    seed: int = 0,
    on_progress: Progress = no_progress,
) -> Clustering:
    """Cluster manifold coordinates ``(n, r)``.

    With ``n_clusters: auto`` every K from ``k_min`` to ``k_max`` is tried. ``frobenius`` takes the
    smallest error, as the paper says; the error falls with K, so that is nearly always the largest
    K. ``auto`` takes the smallest K whose silhouette in the manifold is within 0.02 of the best:
    the silhouette has an interior optimum because it punishes both merged and split groups
    (Rousseeuw 1987), and of equally good answers the one with fewer clusters is easier to audit.
    """
    n = len(coordinates)
    points = normalise_rows(coordinates)
    similarity = neighbour_similarity(points, min(_NEIGHBOURS, n - 1))
    largest = max(1, min(n // 2, config.k_max))
    if config.n_clusters == AUTO:
        tried = list(range(min(config.k_min, largest), largest + 1))
    else:
        tried = [min(int(config.n_clusters), n)]
    errors: dict[int, float] = {}
    scores: dict[int, float] = {}
    factors: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    sample = _sample(n, seed)
    for done, k in enumerate(tried):
        w, h, error = factorise(similarity, _start(points, k, seed), config.max_iterations)
        factors[k] = (w, h)
        errors[k] = error
        if config.n_clusters == AUTO:
            scores[k] = (
                -error
                if config.criterion is Criterion.FROBENIUS
                else _silhouette(points[sample], np.argmax(_scaled(w, h)[sample], axis=1))
            )
        on_progress(done + 1, len(tried))
    k, reason = _choose(config, tried, errors, scores)
    labels, memberships = _assign(*factors[k])
    found = memberships.shape[1]
    if found < k:
        reason += f" {k - found} of them stayed empty and were dropped."
    return Clustering(labels, memberships, errors, scores, config.criterion, reason, found)


def normalise_rows(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of unit length (Ng, Jordan & Weiss 2002); a zero row stays zero."""
    norms = np.linalg.norm(coordinates, axis=1, keepdims=True)
    unit: NDArray[np.float64] = coordinates / np.maximum(norms, _EPSILON)
    return unit


def neighbour_similarity(points: NDArray[np.float64], k: int) -> sp.csr_array:
    """Degree-normalised, self-tuning neighbour similarity ``D^-1/2 A D^-1/2``: sparse ``(n, n)``."""
    affinity = knn_affinity(points.astype(np.float32), k)
    affinity = affinity + sp.eye_array(len(points), format="csr")
    root = 1.0 / np.sqrt(np.asarray(affinity.sum(axis=1)).ravel())
    scaling = sp.diags_array(root)
    similarity: sp.csr_array = (scaling @ affinity @ scaling).tocsr()
    return similarity


def factorise(
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
    """One pass of exact minimisation over each column of ``factor``."""
    updated = factor.copy()
    for column in range(factor.shape[1]):
        step = product[:, column] - updated @ gram[:, column]
        updated[:, column] = np.maximum(
            updated[:, column] + step / max(gram[column, column], _EPSILON), 0.0
        )
    return updated


def _start(points: NDArray[np.float64], k: int, seed: int) -> NDArray[np.float64]:
    """Indicator of a k-means partition, softened so that every entry can grow."""
    found = KMeans(k, n_init=4, random_state=seed).fit_predict(points)
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
    w: NDArray[np.float64], h: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Labels, largest cluster first, and memberships; clusters without a member are dropped."""
    strength = _scaled(w, h)
    labels = np.argmax(strength, axis=1)
    sizes = np.bincount(labels, minlength=strength.shape[1])
    order = [c for c in np.argsort(-sizes, kind="stable") if sizes[c] > 0]
    strength = strength[:, order] + _EPSILON
    memberships = strength / strength.sum(axis=1, keepdims=True)
    number = np.full(len(sizes), -1, np.int32)
    number[order] = np.arange(len(order))
    return number[labels], memberships.astype(np.float32)


def _choose(
    config: ClusteringConfig, tried: list[int], errors: dict[int, float], scores: dict[int, float]
) -> tuple[int, str]:
    if config.n_clusters != AUTO:
        return tried[0], f"K = {tried[0]} was asked for."
    if config.criterion is Criterion.FROBENIUS:
        k = min(errors, key=lambda k: (errors[k], k))
        return k, f"K = {k} has the smallest factorisation error of K = {tried[0]} to {tried[-1]}."
    best = max(scores.values())
    k = next(k for k in tried if scores[k] >= best - _WITHIN)
    return k, (
        f"K = {k} is the smallest number of clusters whose silhouette ({scores[k]:.3f}) is within "
        f"{_WITHIN} of the best ({best:.3f}) of K = {tried[0]} to {tried[-1]}."
    )


def _silhouette(points: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    if len(np.unique(labels)) < 2 or len(np.unique(labels)) >= len(points):
        return -1.0
    return float(silhouette_score(points, labels))


def _sample(n: int, seed: int) -> NDArray[np.int64]:
    if n <= _SILHOUETTE_SAMPLE:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    return np.sort(rng.choice(n, _SILHOUETTE_SAMPLE, replace=False))
