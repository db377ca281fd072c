"""PASER with coverage inside a cluster: each next sample adds most to the damage that taken ones stand for.

Seats by CDS, as PASER gives them. The highest IES may be many times the same question, and tends to
short answers; here a cluster's seats go to samples that between them lie close to all that is damaged in
it: facility location in embedding space, every sample of the cluster weighed by its damage. No concept graph:
what is too much alike adds nothing and comes late by itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Family, Selector
from paser_core.selection.selectors.paser import damage_of_clusters
from paser_core.stages.coverage import facility_location
from paser_core.stages.scoring import counted


def damage_covered(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` what each sample adds, in its turn, to the covered damage of its cluster.

    That is the sum over the cluster of damage times the similarity to the nearest taken sample. NaN for
    what cannot be selected. People's decisions have no part in it.
    """
    added = np.full(pool.n, np.nan)
    damage, usable = counted(pool.divergence), pool.usable
    for cluster in range(pool.n_clusters):
        rows = np.flatnonzero(usable & (pool.labels == cluster))
        if len(rows):
            found = facility_location(pool.vectors[rows], weights=damage[rows])
            added[rows] = found.gains
    return added


SELECTOR = Selector(
    "PASER, but a cluster's seats cover its damage",
    damage_covered,
    damage_of_clusters,
    family=Family.VARIANT,
    meaning=(
        "what it adds, in its turn, to its cluster's {damage}, each sample's times its similarity to the "
        "nearest taken one"
    ),
)
