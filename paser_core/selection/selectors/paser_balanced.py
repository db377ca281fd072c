"""Half of the seats by size, half by damage, and a random order inside: between random and PASER.

Two readings of the same weakness. Damage alone gives a large, mildly damaged cluster too little, and a random
sample, which gives every cluster by its size, is a strong opponent in the mean; PASER's seats help the worst
cluster. Inside a cluster the highest IES is a biased sample of it (short answers, outliers); a random order
shows the model the cluster as it is. The halves are fixed: one share of the budget each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Family, Selector
from paser_core.selection.selectors.paser import damage_of_clusters
from paser_core.selection.selectors.proportional import size_of_clusters
from paser_core.selection.selectors.random import DRAWN, drawn


def size_and_damage(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` share of the samples plus share of the CDS; NaN for a cluster without a measured sample.

    Where nothing is damaged, size alone.
    """
    sizes, damage = size_of_clusters(pool), damage_of_clusters(pool)
    total = float(np.nansum(damage))
    shares: NDArray[np.float64] = sizes / max(sizes.sum(), 1.0) + damage / (total or 1.0)
    return shares


SELECTOR = Selector(
    "PASER, but half of the seats by size, a random order within a cluster",
    drawn,
    size_and_damage,
    drawn=True,
    family=Family.VARIANT,
    meaning=DRAWN,
)
