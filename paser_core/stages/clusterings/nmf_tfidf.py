"""Non-negative factorization of TF-IDF: a cluster is a topic (paper, Table 12, NMF_TFIDF)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.stages.clusterings.method import ClusteringMethod, Material
from paser_core.stages.clusterings.tfidf import tfidf

_ITERATIONS = 300


def _topics(material: Material, k: int, seed: int) -> NDArray[np.floating]:
    from sklearn.decomposition import NMF

    weights = tfidf(material.texts, material.language)
    k = min(k, *weights.shape)
    model = NMF(k, init="nndsvda", random_state=seed, max_iter=_ITERATIONS)
    strength: NDArray[np.floating] = model.fit_transform(weights)
    # The scale of a column of W is arbitrary: what counts is what it makes together with its topic.
    scaled: NDArray[np.floating] = strength * np.linalg.norm(model.components_, axis=1)
    return scaled


CLUSTERING = ClusteringMethod("NMF on TF-IDF", _topics, reads_texts=True)
