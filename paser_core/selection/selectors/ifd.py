"""Instruction-following difficulty: the answers that their question helps least, as long as it helps.

Li et al. 2023, "From Quantity to Quality" (arXiv 2308.12032), as in their first code: the ratio of mean
losses; above 1 the question makes the answer less likely, and the sample is left out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Selector


def ratio_of_losses(pool: Candidates, _: np.random.Generator) -> NDArray[np.float64]:
    """``(n,)`` IFD; NaN where it is not known. An answer that is certain alone has none."""
    given, alone = read_losses(pool)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: NDArray[np.float64] = given / alone
    return np.where(np.isfinite(ratio), ratio, np.nan)


def read_losses(pool: Candidates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(n,)`` mean loss of an answer token with its question, and without."""
    return pool.scored("given"), pool.scored("alone")


def unscored(pool: Candidates, values: NDArray[np.float64]) -> list[str | None]:
    """``(n,)`` why there is no score; None where there is one."""
    assert pool.scores is not None  # they were read
    return [
        None if known else problem or "It has no score: its answer is certain without the question."
        for known, problem in zip(np.isfinite(values), pool.scores.problems, strict=True)
    ]


def _left_out(pool: Candidates) -> list[str | None]:
    values = ratio_of_losses(pool, np.random.default_rng())
    return [
        unknown or (_TOO_HIGH.format(value) if value > 1 else None)
        for unknown, value in zip(unscored(pool, values), values, strict=True)
    ]


_TOO_HIGH = "Its IFD is {:.3f}, above 1: the question makes the answer less likely."

SELECTOR = Selector(
    "Highest IFD (ratio of losses)",
    ratio_of_losses,
    damage=False,
    needs="ifd",
    leaves_out=_left_out,
    meaning="IFD: mean loss of the answer given its question, over its loss alone; above 1 left out",
)
