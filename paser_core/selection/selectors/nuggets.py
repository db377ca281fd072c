"""Nuggets (Li et al. 2023, arXiv 2312.10302): the samples that help most anchor tasks as an example."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector
from paser_core.selection.selectors.ifd import unscored


def golden(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` golden score in [0, 1]; NaN where it is not known."""
    return pool.scored("golden")


SELECTOR = Selector(
    "Highest golden score (Nuggets)",
    golden,
    damage=False,
    needs="nuggets",
    leaves_out=lambda pool: unscored(pool, pool.scored("golden")),
    meaning=(
        "golden score: share of the anchor tasks whose answer is likelier after the sample as an "
        "example; ties in data-set order"
    ),
)
