"""PASER without its clustering: random clusters of the same sizes (paper Table 4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from paser_core.config import SelectionConfig
from paser_core.selection.model import Candidates, Clusters
from paser_core.selection.selector import Family
from paser_core.selection.selectors.paser import SELECTOR as PASER

_STREAM = 1  # of the seed: clusters are drawn apart from what else the seed decides


def shuffled_clusters(pool: Candidates, config: SelectionConfig) -> Clusters:
    """The clusters with their samples exchanged at random, among those that can be selected."""
    usable = np.flatnonzero(pool.usable)
    labels = pool.labels.copy()
    labels[usable] = np.random.default_rng([config.seed, _STREAM]).permutation(labels[usable])
    return Clusters(labels, pool.n_clusters)


SELECTOR = replace(
    PASER,
    label="PASER, but random clusters of the same sizes",
    clusters=shuffled_clusters,
    drawn=True,
    family=Family.ABLATION,
)
