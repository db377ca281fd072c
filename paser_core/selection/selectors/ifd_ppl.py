"""Instruction-following difficulty by perplexities, as in Superfiltering (Li et al. 2024, arXiv 2402.00530).

The ratio of perplexities is exp of the difference of losses; from 1 on the sample is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector
from paser_core.selection.selectors.ifd import read_losses, unscored


def ratio_of_perplexities(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` IFD; NaN where it is not known."""
    given, alone = read_losses(pool)
    return np.exp(given - alone)


def _left_out(pool: Candidates) -> list[str | None]:
    values = ratio_of_perplexities(pool, np.random.default_rng())
    return [
        unknown or (_TOO_HIGH.format(value) if value >= 1 else None)
        for unknown, value in zip(unscored(pool, values), values, strict=True)
    ]


_TOO_HIGH = "Its IFD is {:.3f}, not below 1: the question makes the answer no more likely."

SELECTOR = Selector(
    "Highest IFD (ratio of perplexities)",
    ratio_of_perplexities,
    damage=False,
    needs="ifd",
    leaves_out=_left_out,
    meaning=(
        "IFD: perplexity of the answer given its question, over its perplexity alone; from 1 on left out"
    ),
)
