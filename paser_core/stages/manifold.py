"""Diffusion map of the sample embeddings (paper Section 3.2, Eq. 2).

Affinity A, normalized Laplacian ``L = I - D^-1/2 A D^-1/2``, diffusion kernel ``exp(-t L)``:
coordinates are its leading eigenvectors scaled by ``exp(-t lambda)``, the constant one left out.
Coifman & Lafon 2006; self-tuning bandwidth: Zelnik-Manor & Perona 2004. On a neighbor graph the
Laplacian is that of ``A + tau d P``, d the mean degree and P the coarse similarity, which keeps the
map the same thing at every size (:mod:`paser_core.stages.coarse`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from paser_core.config import AUTO, Kernel, ManifoldConfig
from paser_core.errors import ConfigError
from paser_core.protocols import Progress, no_progress
from paser_core.stages.coarse import coarse_factor, coarse_partitions
from paser_core.stages.neighbors import distinct_rows, knn_affinity
from paser_core.stages.search import Recall, Search, untold

DENSE_LIMIT = 6000  # rows: above it the dense kernel needs gigabytes
_TIE = 1e-8  # of the degree: a lighter link ties nothing together
_TOLERANCE = 1e-6  # of an eigenvector; its eigenvalue is exact to the square of that
_RESTARTS = 1000  # of the iteration; more would go on for hours where there are many samples
_LEFT = 1e-3  # |A v - lambda v| of a unit vector that will do
_SPARE = 8  # vectors beyond those wanted, so that the last of them settle, too
_BLOCK_ROUNDS = 300
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
    tell: Callable[[Recall], None] = untold,
) -> Manifold:
    """Diffusion map of unit rows ``(n, d)``: coordinates ``(n, r)``, equal rows at equal places.

    ``r`` is ``n_components``, or one less than the number of distinct rows where that is smaller
    (a single coordinate, 0, when all rows are equal).

    Args:
        embeddings: ``(n, d)`` unit rows.
        config: the kernel, how many coordinates, how far similarity spreads.
        seed: of the coarse partitions, and of the vector that the eigensolver starts from.
        on_progress: told how many samples are done, and ``n``.
        tell: told how many of the true neighbors were found, where not all were compared.

    Raises:
        ConfigError: the dense kernel on more rows than it can hold; a graph so torn, without
            regularization, that its eigenvectors cannot be told apart.
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
        search = Search.of(config, seed, tell)
        affinity = knn_affinity(
            points, config.n_neighbors, config.scale_neighbor, on_progress, search.neighbors
        )
    r = min(config.n_components, len(first) - 1)
    weight = _regularization(config)
    partitions = None
    if weight > 0:
        partitions = coarse_partitions(
            points, config.partitions, config.groups_min, config.groups_max, seed
        )
    eigenvalues, vectors = laplacian_eigenmaps(affinity, r, seed, weight, partitions)
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
    affinity: NDArray[np.float64] | sp.csr_array,
    r: int,
    seed: int = 0,
    weight: float = 0.0,
    partitions: NDArray[np.int16] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``r`` smallest non-trivial eigenpairs of ``I - D^-1/2 A D^-1/2``: ``(r,)``, ``(n, r)``.

    The trivial vector ``D^1/2 1`` is left out exactly once: on a disconnected graph the other
    eigenvectors of eigenvalue 0 tell the components apart and stay.

    Args:
        affinity: ``(n, n)`` symmetric.
        r: how many.
        seed: of the vector that the iteration starts from.
        weight: tau; ``A + tau d P`` takes the place of ``A``, d its mean degree.
        partitions: ``(n, m)`` groups of the coarse similarity P; needed where ``weight`` is not 0.

    Raises:
        ConfigError: without ``weight``, on a large graph that falls nearly apart.
    """
    n = affinity.shape[0]
    degree = np.asarray(affinity.sum(axis=1)).ravel()
    added = weight * degree.mean()  # the rows of P sum to 1
    root = np.sqrt(degree + added)
    trivial = root / np.linalg.norm(root)
    scaling = sp.diags_array(1.0 / root)
    normal = scaling @ affinity @ scaling
    # Low rank, kept as a factor: the sum with it is never built but where n is small anyway.
    far = sp.csr_array((n, 1))
    if added > 0 and partitions is not None:
        far = (scaling @ coarse_factor(partitions) * np.sqrt(added)).tocsr()
    # What is known of the null space is deflated to eigenvalue -1, out of the way of what is wanted.
    known = trivial[:, None] if added > 0 else _null_space(normal, root, r + 1)
    rest = r - known.shape[1] + 1
    values, vectors = np.ones(0), np.zeros((n, 0))
    if rest > 0:
        if n <= _SMALL or not sp.issparse(normal):
            values, vectors = _eigh(normal, far, known, rest)
        else:
            values, vectors = _lanczos(normal.tocsr(), far, known, rest, seed)
    values = np.concatenate([np.ones(known.shape[1] - 1), values])[:r]
    vectors = np.hstack([known[:, 1:], vectors])[:, :r]
    order = np.argsort(-values, kind="stable")
    return np.clip(1.0 - values[order], 0.0, 2.0), fix_signs(vectors[:, order])


def _null_space(
    normal: NDArray[np.float64] | sp.csr_array, root: NDArray[np.float64], limit: int
) -> NDArray[np.float64]:
    """``(n, c)`` orthonormal, the trivial vector first: what tells c pieces of the graph apart.

    An iteration from one vector finds an eigenvalue that occurs c times less often than that, and
    would leave out pieces without a word. They are known beforehand, so none is looked for. At most
    ``limit`` columns; of more pieces the largest are told apart.
    """
    n = len(root)
    pieces, piece = 1, np.zeros(n, np.int64)
    if sp.issparse(normal):
        ties = sp.coo_array(normal)
        tied = ties.data > _TIE  # what is stored counts as a link, whatever its weight
        ties = sp.coo_array((ties.data[tied], (ties.row[tied], ties.col[tied])), shape=(n, n))
        pieces, piece = connected_components(ties, directed=False)
    lengths = np.sqrt(np.bincount(piece, weights=root**2, minlength=pieces))
    number = np.empty(pieces, np.int64)
    number[np.argsort(-lengths, kind="stable")] = np.arange(pieces)
    lengths = np.sort(lengths)[::-1]
    columns = min(pieces, limit)
    within, _ = np.linalg.qr(np.column_stack([lengths, np.eye(pieces, columns - 1)]))
    basis: NDArray[np.float64] = within[number[piece]] * (root / lengths[number[piece]])[:, None]
    return basis


def _lanczos(
    normal: sp.csr_array, far: sp.csr_array, known: NDArray[np.float64], r: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``r`` largest eigenpairs of ``normal + far far^T`` beside ``known``, without building it.

    Where one vector at a time does not tell them apart: all at once, and of few samples from the full matrix.

    Raises:
        ConfigError: they lie too close together to be found, and the matrix is too large to be built.
    """
    n = normal.shape[0]
    back = far.T.tocsr()

    def product(v: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = normal @ v + far @ (back @ v) - 2.0 * known @ (known.T @ v)
        return result

    operator = spla.LinearOperator((n, n), matvec=product, matmat=product, dtype=np.float64)
    try:
        return _arpack(operator, r, seed)
    except spla.ArpackError as error:
        if n <= DENSE_LIMIT:
            return _eigh(normal, far, known, r)
        values, vectors = _block(operator, r, seed)
        left = float(np.linalg.norm(operator @ vectors - vectors * values, axis=0).max())
        if not left <= _LEFT:
            tie = (
                "Set manifold.regularization to auto, or to a number above 0: distant groups are then "
                "tied together."
                if not far.nnz
                else "Set manifold.regularization or manifold.n_neighbors higher, or "
                "manifold.n_components lower."
            )
            raise ConfigError(
                f"the neighbor graph of {n:,} samples falls nearly apart, and its eigenvectors cannot be "
                f"told apart (error {left:.0e}, at most {_LEFT:.0e}). {tie}"
            ) from error
        return values, vectors


def _block(
    operator: spla.LinearOperator, r: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``r`` largest eigenpairs as far as they are found, all at once (LOBPCG, Knyazev 2001).

    Which vectors of nearly one eigenvalue are taken does not matter to the map, only the space that they
    span; so a block settles where single vectors do not.
    """
    start = np.random.default_rng(seed).standard_normal((operator.shape[0], r + _SPARE))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not settled: what is left is looked at
        values, vectors = spla.lobpcg(
            operator, start, tol=_LEFT / 10, maxiter=_BLOCK_ROUNDS, largest=True
        )
    order = np.argsort(-values, kind="stable")[:r]
    return values[order], vectors[:, order]


def _arpack(
    operator: spla.LinearOperator, r: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ``r`` largest eigenpairs; once more in a wider space where they lie too close together.

    Raises:
        ArpackError: they are not found in the wider space either.
    """
    n = operator.shape[0]
    start = np.random.default_rng(seed).standard_normal(n)
    try:
        values, vectors = spla.eigsh(
            operator, k=r, which="LA", v0=start, tol=_TOLERANCE, maxiter=_RESTARTS
        )
    except spla.ArpackError:
        wide = min(n - 1, 6 * r + 40)
        values, vectors = spla.eigsh(
            operator, k=r, which="LA", v0=start, tol=100 * _TOLERANCE, ncv=wide, maxiter=200
        )
    return values, vectors


def _eigh(
    normal: NDArray[np.float64] | sp.csr_array,
    far: sp.csr_array,
    known: NDArray[np.float64],
    r: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same from the full matrix: slow, and it always ends."""
    n = len(known)
    dense = sp.csr_array(normal).toarray() if sp.issparse(normal) else np.asarray(normal)
    dense = dense + (far @ far.T).toarray() - 2.0 * known @ known.T
    values, vectors = scipy.linalg.eigh(dense, subset_by_index=[n - r, n - 1])
    return values, vectors


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


def _regularization(config: ManifoldConfig) -> float:
    """tau: as given; knn: 1, near and coarse similarity count alike; dense: 0, the paper's letter.

    The dense kernel sees all of the data at every size and has no islands to tie down.
    """
    if config.regularization != AUTO:
        return float(config.regularization)
    return 0.0 if config.kernel is Kernel.DENSE else 1.0


def _time(config: ManifoldConfig, eigenvalues: NDArray[np.float64]) -> float:
    """t: as given; dense: the paper's 1/lambda_2; knn: decay/lambda_r.

    On a neighbor graph lambda_2 is so small that 1/lambda_2 blurs everything but the first
    coordinate. With 2/lambda_r the last coordinate kept still counts, by a factor e^-2: a soft end
    of the spectrum instead of a sharp one (docs/decisions.md has the measurements).
    """
    if config.time != AUTO:
        return float(config.time)
    decisive = eigenvalues[0] if config.kernel is Kernel.DENSE else eigenvalues[-1]
    positive = eigenvalues[eigenvalues > 1e-9]
    if decisive <= 1e-9:  # disconnected: the first eigenvalue that is not zero takes its place
        decisive = positive[0] if len(positive) else 1.0
    return float((1.0 if config.kernel is Kernel.DENSE else config.decay) / decisive)
