"""Diffusion map of the sample embeddings (paper Section 3.2, Eq. 2).

Affinity A, normalised Laplacian ``L = I - D^-1/2 A D^-1/2``, diffusion kernel ``exp(-t L)``:
coordinates are its leading eigenvectors scaled by ``exp(-t lambda)``, the constant one left out.
Coifman & Lafon 2006; self-tuning bandwidth: Zelnik-Manor & Perona 2004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from numpy.typing import NDArray

from paser_core.config import AUTO, Kernel, ManifoldConfig
from paser_core.errors import ConfigError
from paser_core.neighbours import distinct_rows, knn_affinity
from paser_core.protocols import Progress, no_progress

DENSE_LIMIT = 6000  # rows: above it the dense kernel needs gigabytes
_SMALL = 512  # below this many rows a dense eigensolver is faster and surer than a sparse one


@dataclass(frozen=True)
class Manifold:
    """Diffusion-map coordinates."""

    coordinates: NDArray[np.float64]  # (n, r) eigenvectors scaled by exp(-t lambda)
    eigenvalues: NDArray[np.float64]  # (r,) of L, ascending, without the trivial one
    time: float  # t


def fit_manifold(
    embeddings: NDArray[np.float32],
    config: ManifoldConfig,
    seed: int = 0,
    on_progress: Progress = no_progress,
) -> Manifold:
    """Diffusion map of unit rows ``(n, d)``: coordinates ``(n, r)``, equal rows at equal places.

    ``r`` is ``n_components``, or one less than the number of distinct rows where that is smaller
    (a single coordinate, 0, when all rows are equal).

    Raises:
        ConfigError: the dense kernel on more rows than it can hold.
    """
    n = len(embeddings)
    if config.kernel is Kernel.DENSE and n > DENSE_LIMIT:
        raise ConfigError(
            f"manifold.kernel is dense, which holds an n x n matrix; with {n:,} samples that is too "
            f"much (limit {DENSE_LIMIT:,}). Use manifold.kernel: knn."
        )
    first, place = distinct_rows(embeddings)
    if len(first) == 1:
        on_progress(n, n)
        return Manifold(np.zeros((n, 1)), np.zeros(1), 1.0)
    points = np.ascontiguousarray(embeddings[first], np.float32)
    if config.kernel is Kernel.DENSE:
        affinity: NDArray[np.float64] | sp.csr_array = gaussian_affinity(points)
    else:
        affinity = knn_affinity(points, config.n_neighbors, on_progress)
    r = min(config.n_components, len(first) - 1)
    eigenvalues, vectors = laplacian_eigenmaps(affinity, r, seed)
    t = _time(config, eigenvalues)
    on_progress(n, n)
    return Manifold((vectors * np.exp(-t * eigenvalues))[place], eigenvalues, t)


def gaussian_affinity(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """The paper's ``exp(-|x_i - x_j|^2 / 2 sigma^2)``, sigma the median distance: ``(n, n)``."""
    squared = _squared_distances(points.astype(np.float64), points.astype(np.float64))
    sigma = np.median(np.sqrt(squared[np.triu_indices(len(points), 1)]))
    affinity: NDArray[np.float64] = np.exp(-squared / (2 * max(sigma, 1e-12) ** 2))
    return affinity


def laplacian_eigenmaps(
    affinity: NDArray[np.float64] | sp.csr_array, r: int, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``r`` smallest non-trivial eigenpairs of ``I - D^-1/2 A D^-1/2``: ``(r,)``, ``(n, r)``.

    The trivial vector ``D^1/2 1`` is left out exactly once: on a disconnected graph the other
    eigenvectors of eigenvalue 0 tell the components apart and stay.
    """
    n = affinity.shape[0]
    degree = np.asarray(affinity.sum(axis=1)).ravel()
    root = np.sqrt(degree)
    trivial = root / np.linalg.norm(root)
    if sp.issparse(affinity):
        scaling = sp.diags_array(1.0 / root)
        normal = (scaling @ affinity @ scaling).tocsr()
    else:
        normal = affinity / np.outer(root, root)
    # The trivial vector is deflated to eigenvalue -1, out of the way of the ones we want.
    if n <= _SMALL or not sp.issparse(normal):
        dense = normal.toarray() if sp.issparse(normal) else normal
        dense = dense - 2.0 * np.outer(trivial, trivial)
        values, vectors = scipy.linalg.eigh(dense, subset_by_index=[n - r, n - 1])
    else:
        operator = spla.LinearOperator(
            (n, n),
            matvec=lambda v: normal @ v - 2.0 * trivial * (trivial @ v),
            dtype=np.float64,
        )
        start = np.random.default_rng(seed).standard_normal(n)
        values, vectors = spla.eigsh(operator, k=r, which="LA", v0=start, tol=1e-8)
    order = np.argsort(-values, kind="stable")
    vectors = fix_signs(vectors[:, order])
    return np.clip(1.0 - values[order], 0.0, 2.0), vectors


def fix_signs(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest entry of each column is positive, so that a rerun gives the same picture."""
    largest = np.argmax(np.abs(vectors), axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    fixed: NDArray[np.float64] = vectors * np.where(signs == 0, 1.0, signs)
    return fixed


def _squared_distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2.0 * (a @ b.T)
    result: NDArray[np.float64] = np.maximum(squared, 0.0)
    return result


def _time(config: ManifoldConfig, eigenvalues: NDArray[np.float64]) -> float:
    """t: as given; dense: the paper's 1/lambda_2; knn: 2/lambda_r.

    On a neighbour graph lambda_2 is so small that 1/lambda_2 blurs everything but the first
    coordinate. With 2/lambda_r the last coordinate kept still counts, by a factor e^-2: a soft end
    of the spectrum instead of a sharp one (docs/decisions.md has the measurements).
    """
    if config.time != AUTO:
        return float(config.time)
    decisive = eigenvalues[0] if config.kernel is Kernel.DENSE else eigenvalues[-1]
    positive = eigenvalues[eigenvalues > 1e-9]
    if decisive <= 1e-9:  # disconnected: the first eigenvalue that is not zero takes its place
        decisive = positive[0] if len(positive) else 1.0
    return float((1.0 if config.kernel is Kernel.DENSE else 2.0) / decisive)
