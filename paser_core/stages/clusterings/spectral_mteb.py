"""Spectral clustering of sentence vectors (Ng, Jordan & Weiss 2002; paper, Table 12, Spectral_MTEB).

Of any encoder that somebody names; the paper takes one from the MTEB leaderboard. On the same neighbor
graph as the manifold, which is sparse at every size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paser_core.stages.clusterings.method import ClusteringMethod, Material, indicator
from paser_core.stages.neighbors import distinct_rows, knn_affinity

_NEIGHBORS, _SCALE = 60, 15  # as the manifold and S2RIC have them


def spectral_groups(material: Material, k: int, seed: int) -> NDArray[np.floating]:
    """``(v, k)``: ones where a sample is."""
    from sklearn.cluster import SpectralClustering

    assert material.vectors is not None
    first, place = distinct_rows(material.vectors)
    n = len(first)
    if n <= k:
        return indicator(place, n)
    graph = knn_affinity(material.vectors[first], min(_NEIGHBORS, n - 1), min(_SCALE, n - 1))
    with threadpool_limits(1):
        model = SpectralClustering(
            k, affinity="precomputed", random_state=seed, assign_labels="kmeans", n_init=4
        )
        labels = model.fit_predict(graph)
    return indicator(labels[place], k)


CLUSTERING = ClusteringMethod(
    "spectral clustering of sentence vectors", spectral_groups, asks_encoder=True
)
