"""Coverage, the worst case: each next sample is the one farthest from all before it.

Sener & Savarese 2018, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", the
greedy form, in embedding space. The score is the distance to the nearest sample before it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.kept import kept_array
from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector
from paser_core.stages.coverage import Covering, farthest_first


def covering(
    pool: Candidates, rule: Callable[[NDArray[np.float32]], Covering]
) -> NDArray[np.float64]:
    """``(n,)`` what each sample that can be selected adds in its turn; NaN elsewhere.

    What can be selected is the same at every setting: no damage is asked for. People's decisions have
    no part in it: what is forced in comes first, and the order stays.
    """
    usable = np.flatnonzero(pool.usable)

    def worked_out() -> NDArray[np.float64]:
        score = np.full(pool.n, np.nan)
        if len(usable):
            score[usable] = rule(pool.vectors[usable]).gains
        return score

    if pool.run is None:
        return worked_out()
    return kept_array(pool.run, "coverage", rule.__name__, worked_out)


def _distance(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    return covering(pool, farthest_first)


SELECTOR = Selector(
    "Coverage: the farthest next (k-center)",
    _distance,
    damage=False,
    meaning="distance to the nearest sample before it, in embedding space, at most 2",
)
