"""PASER: seats by the damage of a cluster, in it the most damage for its cost, kept consistent.

Paper Sections 3.3 and 3.4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Family, Selector
from paser_core.stages.scoring import cluster_means, efficiency


def damage_for_its_cost(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` IES."""
    return efficiency(pool.divergence, pool.tokens)


def damage_of_clusters(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` CDS, at least 0; NaN for a cluster without a measured sample.

    A signal that can be below 0 may find a cluster that the compression has made better: it gets seats
    only when all that are damaged have run dry.
    """
    cds, _ = cluster_means(pool.divergence, pool.labels, pool.n_clusters, pool.valid)
    return np.maximum(cds, 0.0)


SELECTOR = Selector(
    "PASER",
    damage_for_its_cost,
    damage_of_clusters,
    graph=True,
    family=Family.PASER,
    meaning="IES: {damage} over the logarithm of the cost, which is the tokens squared",
)
