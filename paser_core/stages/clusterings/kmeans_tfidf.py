"""K-means on TF-IDF (paper, Table 12, KMeans_TFIDF)."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paser_core.stages.clusterings.method import ClusteringMethod, Material, indicator
from paser_core.stages.clusterings.tfidf import tfidf

_STARTS = 4


def _groups(material: Material, k: int, seed: int) -> NDArray[np.floating]:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    weights = tfidf(material.texts, material.language)
    # One thread: several add up in the order in which they finish, and the last bits differ.
    with threadpool_limits(1), warnings.catch_warnings():
        # Fewer distinct texts than clusters: the empty ones are dropped, and that is said.
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = KMeans(k, n_init=_STARTS, random_state=seed).fit_predict(weights)
    strength = indicator(labels, k)
    strength[np.diff(weights.indptr) == 0] = 0
    return strength


CLUSTERING = ClusteringMethod("k-means on TF-IDF", _groups, reads_texts=True)
