"""Samples drawn blindly: what every other selector has to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector

DRAWN = "place in a random draw, counted down from 0"


def drawn(pool: Candidates, chance: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` what can be selected in a random order; NaN elsewhere."""
    shuffled = chance.permutation(np.flatnonzero(pool.usable))
    score = np.full(pool.n, np.nan)
    score[shuffled] = -np.arange(len(shuffled), dtype=np.float64)
    return score


SELECTOR = Selector("Random samples", drawn, damage=False, drawn=True, meaning=DRAWN)
