"""What a selector is: three parts that combine to a ranking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import SelectionError
from paser_core.registry import SELECTORS
from paser_core.selection.model import Candidates

Score = Callable[[Candidates, np.random.Generator], NDArray[np.float64]]
Weights = Callable[[Candidates], NDArray[np.float64]]


@dataclass(frozen=True)
class Selector:
    """A rule that ranks the pool: what is ranked, how seats are given, what is rejected.

    Args:
        label: what people read, in a few words: ``"Longest responses"``.
        score: ``(n,)`` for the candidates, higher is better; ties go to data-set order. What cannot
            be selected may be NaN. The generator is for what is drawn, and follows from the seed.
        weights: ``(K,)``: every cluster gets seats in proportion. None: there are no seats, the best
            come first whatever their cluster.
        graph: whether the concept graph rejects samples.
        damage: whether it reads the damage that was measured. Without, it can select from a run
            without models, and samples that were not measured.
        drawn: whether the seed decides.
    """

    label: str
    score: Score
    weights: Weights | None = None
    graph: bool = False
    damage: bool = True
    drawn: bool = False

    def scores(self, pool: Candidates, seed: int) -> NDArray[np.float64]:
        """``(n,)`` what the rule ranks by, checked: a package may have brought the rule.

        Raises:
            SelectionError: there is not one number for every sample that can be selected.
        """
        values = np.asarray(self.score(pool, np.random.default_rng(seed)), np.float64)
        if values.shape != (pool.n,) or np.isnan(values[pool.usable]).any():
            raise SelectionError(
                f"The selector “{self.label}” gave no score for some of the {pool.n:,} samples; it "
                "must give one number each. Choose another selector, or tell its author."
            )
        return values


def selector_of(name: str) -> Selector:
    """A selector by name.

    Raises:
        ConfigError: there is none of that name, or what a package brings under it is none.
    """
    found = SELECTORS[name]
    if not isinstance(found, Selector):
        raise SelectionError(
            f"The selector {name!r} is a {type(found).__name__}; a package must bring a "
            "paser_core.selection.Selector. Remove that package, or tell its author."
        )
    return found
