"""PASER without the selection by damage: as many seats for every cluster, in it a random order.

Paper Table 4. The pool stays that of PASER: what was not measured is not selected here either.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Family
from paser_core.selection.selectors.paser import SELECTOR as PASER
from paser_core.selection.selectors.random import DRAWN, drawn


def as_many_each(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` ones: seats are given in turn, until a cluster runs dry."""
    return np.ones(pool.n_clusters)


SELECTOR = replace(
    PASER,
    label="PASER, but equal seats and a random order",
    score=drawn,
    weights=as_many_each,
    drawn=True,
    meaning=DRAWN,
    family=Family.ABLATION,
)
