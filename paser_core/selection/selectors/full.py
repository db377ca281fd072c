"""Everything: what a selection is to do better than, or as well as with less.

The paper's "Full Data". It is in data-set order, and the budget has no part in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector


def _alike(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` ones: no sample is better than another."""
    return np.ones(pool.n)


SELECTOR = Selector(
    "Everything, whatever the budget",
    _alike,
    damage=False,
    everything=True,
    meaning="1: no sample is better than another",
)
