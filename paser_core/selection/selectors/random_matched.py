"""Random samples that are as long as PASER's: what of a result is length, and not choice.

Lengths are prompt and response tokens. The pool is cut into parts of about equal size by length, and
from each as many samples are drawn as PASER takes from it at this budget, people's decisions included.
PASER's own samples are in the pool, so there always are enough; where the concept graph leaves PASER
short of its budget, as many are missing here. It needs the same pool, so what was not measured stays out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.select import rank_samples
from paser_core.selection.selector import Selector
from paser_core.selection.selectors.random import DRAWN, drawn

PARTS = 20  # of the pool: fine enough that a mean length within one hardly moves


def length_parts(pool: Candidates) -> NDArray[np.int64]:
    """``(n,)`` the part of the pool that a sample belongs to by its length; equal lengths share one."""
    usable = pool.usable
    if not usable.any():
        return np.zeros(pool.n, np.int64)
    edges = np.unique(np.quantile(pool.tokens[usable], np.linspace(0, 1, PARTS + 1)[1:-1]))
    return np.searchsorted(edges, pool.tokens, side="left")


def _as_long(pool: Candidates, chance: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` the place in a random order, best first; NaN for what was not drawn."""
    question = pool.question
    assert question is not None
    asked = replace(pool, question=None)
    config = replace(question.config, selector="paser")
    paser = rank_samples(asked, config, question.overrides).at(question.budget)
    part = length_parts(pool)
    left = np.bincount(part[paser.rows], minlength=int(part.max(initial=0)) + 1)
    np.subtract.at(left, part[list(question.overrides.forced_in)], 1)  # in before anything is drawn
    score = drawn(pool, chance)
    score[[*question.overrides.forced_in, *question.overrides.forced_out]] = np.nan
    order = np.argsort(-score, kind="stable")
    order = order[np.isfinite(score[order])]
    # The place of each among those of its part: the first `left` of them are drawn.
    by_part = order[np.argsort(part[order], kind="stable")]
    starts = np.searchsorted(part[by_part], np.arange(len(left)))
    place = np.arange(len(by_part)) - starts[part[by_part]]
    score[by_part[place >= left[part[by_part]]]] = np.nan
    return score


SELECTOR = Selector(
    "Random samples as long as PASER's", _as_long, drawn=True, at_budget=True, meaning=DRAWN
)
