"""What the authors' published script does where it is not their paper (docs/paper-and-code.md).

Written from a description of it, not from it. It is there to reproduce what was published, not to be
good: the traps that it walks into are named in docs/decisions.md.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import ConfigError
from paser_core.stages.manifold import DENSE_LIMIT, fix_signs, gaussian_affinity

CLUSTERS = 10  # whatever the data
_DIMENSIONS = 10  # eigenvectors; the description does not say how many


def published_clusters(embeddings: NDArray[np.floating], seed: int = 0) -> NDArray[np.int32]:
    """Ten clusters ``(n,)``: eigenvectors of ``I - D^-1 A``, no diffusion, the largest entry of raw W.

    A and the similarity of the eigenvectors that is factorized are Gaussians of the median distance, so
    both are full ``n x n`` matrices.

    Args:
        embeddings: ``(n, d)`` unit rows.
        seed: of the factorization.

    Raises:
        ConfigError: there are more samples than a full matrix can be held of.
    """
    import scipy.sparse.linalg
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    n = len(embeddings)
    if n > DENSE_LIMIT:
        raise ConfigError(
            f"as-published-code compares every sample with every other, as the authors' script does; "
            f"with {n:,} samples that is too much (limit {DENSE_LIMIT:,}). Choose another selector, or a "
            "run on fewer samples."
        )
    if n <= CLUSTERS:
        return np.arange(n, dtype=np.int32)
    affinity = gaussian_affinity(embeddings.astype(np.float32))
    # I - D^-1 A has the eigenvalues of I - D^-1/2 A D^-1/2, and its eigenvectors scaled by D^-1/2.
    root = 1.0 / np.sqrt(affinity.sum(axis=1))
    affinity *= root[:, None] * root[None, :]
    kept = min(_DIMENSIONS, n - 2) + 1
    start = np.random.default_rng(seed).normal(size=n)
    values, vectors = scipy.sparse.linalg.eigsh(affinity, kept, which="LA", v0=start)
    # The first one is the same for all samples.
    vectors = vectors[:, np.argsort(-values)[1:]]
    points = fix_signs(vectors * root[:, None])
    points /= np.linalg.norm(points, axis=0)
    similarity = gaussian_affinity(points.astype(np.float32))
    model = NMF(CLUSTERS, random_state=seed)  # as scikit-learn has it
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # after 200 rounds; the script stops, too
        raw: NDArray[np.floating] = model.fit_transform(similarity.astype(np.float32))
    labels: NDArray[np.int32] = raw.argmax(axis=1).astype(np.int32)
    return labels
