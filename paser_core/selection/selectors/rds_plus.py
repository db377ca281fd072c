"""RDS+ (Ivison et al. 2025, arXiv 2503.01807): target examples take turns, each the sample most like it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector
from paser_core.selection.selectors.ifd import unscored


def by_turn(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` minus the turn in which it is taken; NaN where it is in none."""
    return -pool.scored("turn")


SELECTOR = Selector(
    "Most like the targets, in turn (RDS+)",
    by_turn,
    damage=False,
    needs="rds",
    leaves_out=lambda pool: unscored(pool, pool.scored("turn")),
    shown=lambda pool: pool.scored("cosine"),
    meaning=(
        "cosine to the target that took the sample; the order is that of the targets' turns, not that "
        "of the cosines"
    ),
)
