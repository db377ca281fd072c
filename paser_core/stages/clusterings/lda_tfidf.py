"""Latent Dirichlet allocation on TF-IDF (Blei, Ng & Jordan 2003; paper, Table 12, LDA_TFIDF)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.stages.clusterings.method import ClusteringMethod, Material
from paser_core.stages.clusterings.tfidf import tfidf

_ROUNDS = 10  # over the texts
_BATCH = 1024


def _topics(material: Material, k: int, seed: int) -> NDArray[np.floating]:
    from sklearn.decomposition import LatentDirichletAllocation

    weights = tfidf(material.texts, material.language)
    model = LatentDirichletAllocation(
        k, learning_method="online", batch_size=_BATCH, max_iter=_ROUNDS, random_state=seed
    )
    strength: NDArray[np.floating] = model.fit_transform(weights)
    strength[np.diff(weights.indptr) == 0] = 0  # it would give these the mean of all topics
    return strength


CLUSTERING = ClusteringMethod("LDA on TF-IDF", _topics, reads_texts=True)
