"""The coarse view of the samples: which of them fall into one group, at a scale that n does not move.

A neighbor graph with a fixed number of neighbors sees a smaller and smaller share of the data as
they grow: at 1,000 samples 60 neighbors are 6 % of them, at 44,000 they are 0.14 %. Its slowest
directions then are small, nearly cut-off islands instead of capabilities. Zhang & Rohe (2018) cure
that by a little similarity between all samples, ``tau/n 11^T``. It ties the islands down, but to
everything alike. Here the added similarity knows more: samples are similar as often as k-means
partitions of the embeddings into a few dozen groups put them together (evidence accumulation, Fred &
Jain 2005). A group is a fixed share of the data at every size. The partition into a single group is
always one of them, so that the graph is connected; alone it is Zhang & Rohe's term.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from paser_core.stages.threads import each

_FITTED_ON = 10_000  # rows at the most; 60 centers are as good from these as from all
_PER_GROUP = 4  # samples on average at the least, where there are few


def coarse_partitions(
    points: NDArray[np.float32], count: int, fewest: int, most: int, seed: int = 0
) -> NDArray[np.int16]:
    """``(n, count + 1)`` group numbers: the whole, then partitions into ``fewest`` to ``most`` groups.

    Each partition has a number of groups and a start of its own, so that no single cut decides.

    Args:
        points: ``(n, d)``.
        count: partitions beside the whole.
        fewest: groups of the first; fewer where there are few points.
        most: groups of the last; likewise.
        seed: of the starts.
    """
    from sklearn.cluster import KMeans

    n = len(points)
    groups = np.linspace(fewest, most, count).round().astype(int)
    numbers = np.minimum(groups, max(1, n // _PER_GROUP)).tolist()

    def partition(column: int) -> NDArray[np.int16]:
        number = numbers[column - 1]
        if number == 1:
            return np.zeros(n, np.int16)
        own = np.random.default_rng([seed, column])
        rows = own.permutation(n)[:_FITTED_ON]
        means = KMeans(number, n_init=1, random_state=int(own.integers(2**31)))
        return np.asarray(means.fit(points[rows]).predict(points), np.int16)

    whole = np.zeros(n, np.int16)
    return np.column_stack([whole, *each(partition, range(1, count + 1))])


def coarse_factor(partitions: NDArray[np.int16]) -> sp.csr_array:
    """Sparse ``F`` ``(n, groups)`` with ``P = F F^T``, the coarse similarity; rows of ``P`` sum to 1.

    ``P`` is the mean over the partitions of ``H (H^T H)^-1 H^T``: two samples of a group of size s
    have 1/s from it. ``P`` itself would be dense and is never built.
    """
    n, m = partitions.shape
    first = np.concatenate([[0], np.cumsum(partitions.max(axis=0).astype(np.int64) + 1)])
    columns = (partitions + first[:-1]).ravel()
    sizes = np.bincount(columns, minlength=int(first[-1]))
    values = 1.0 / np.sqrt(m * sizes[columns])
    factor: sp.csr_array = sp.coo_array(
        (values, (np.repeat(np.arange(n), m), columns)), shape=(n, int(first[-1]))
    ).tocsr()
    return factor
