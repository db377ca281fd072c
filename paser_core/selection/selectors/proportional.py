"""Samples drawn blindly, but from every cluster in proportion to its size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector
from paser_core.selection.selectors.random import DRAWN, drawn


def size_of_clusters(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` samples that can be selected."""
    return np.bincount(pool.labels[pool.usable], minlength=pool.n_clusters).astype(np.float64)


SELECTOR = Selector(
    "Random samples, every cluster by its size",
    drawn,
    size_of_clusters,
    damage=False,
    drawn=True,
    meaning=DRAWN,
)
