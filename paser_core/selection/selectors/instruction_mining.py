"""InstructMining (Cao et al. 2023, arXiv 2307.06290): the samples that let one expect the lowest loss.

The procedure with coefficients of its own, not the published ones: see
:mod:`paser_core.measure.scores.mining`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector
from paser_core.selection.selectors.ifd import unscored


def least_loss(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` minus the predicted log loss; NaN where it is not known."""
    return -pool.scored("predicted")


SELECTOR = Selector(
    "Lowest predicted loss (InstructMining's procedure, own coefficients)",
    least_loss,
    damage=False,
    needs="instruction-mining",
    leaves_out=lambda pool: unscored(pool, pool.scored("predicted")),
    meaning=(
        "minus the log loss that length, IFD, perplexity and neighbor distance predict, by coefficients "
        "fitted on this run"
    ),
)
