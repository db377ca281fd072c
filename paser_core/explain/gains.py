"""What each further sample brings: how much of the measured damage the first r samples carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.selection import Selection
from paser_core.selection.covered import Covered
from paser_core.text import count, percent, plural

_STEP = 0.1  # of the budget: what "a little more" means


@dataclass(frozen=True)
class Gains:
    """The samples in the order in which growing budgets take them. Orders that nest only."""

    # (A + 1,) share of all measured damage in the first 0..A samples; NaN: there is none.
    covered: NDArray[np.float64]
    carried: float  # share of it in the selection; NaN likewise
    selected: int  # samples in the selection
    usable: int  # samples that could be taken, A of which ever are
    mean_all: float  # damage of a usable sample
    mean_selected: float  # damage of a selected one; NaN where none is
    turning_point: int  # budget from which a further sample is no more damaged than a random one
    next_rows: NDArray[np.int64]  # what enters when the budget grows by a tenth
    next_mean: float  # their damage; NaN where there is none
    next_per_cluster: NDArray[np.int64]  # (K,)

    @property
    def at_random(self) -> float:
        """Share of the damage that as many samples drawn at random would carry; NaN where none is usable."""
        return self.selected / self.usable if self.usable else float("nan")

    @property
    def turning_sentence(self) -> str:
        """Where a further sample brings no more than a random one, and on which side the selection is."""
        turn = self.turning_point
        if turn == len(self.covered) - 1:
            return "Every sample that would be accepted carries more damage than a random one."
        here = (
            "is beyond that point"
            if self.selected > turn
            else f"stops {plural(turn - self.selected, 'sample')} before it"
        )
        return (
            f"Returns diminish from a budget of {count(turn)} on ({percent(turn, self.usable)} of the usable "
            "samples): what enters after that is, on the whole, less damaged than a sample drawn at random. "
            f"This selection {here}."
        )


def gains(selection: Selection) -> Gains | None:
    """The curve of a selection; None where every budget has an order of its own.

    The curve is the one of Lorenz, best first: the further it stands above the diagonal, the more
    is gained over drawing at random. It is furthest above it at the turning point, because there
    the next sample falls below the mean.
    """
    ranking = selection.ranking
    if ranking.budget is not None:
        return None
    candidates = ranking.candidates
    damage = candidates.divergence
    known = Covered.of(ranking)
    order = known.rows
    usable = candidates.usable
    n_usable = int(usable.sum())
    mean = float(known.weight[usable].sum()) / n_usable if n_usable else float("nan")
    ahead = known.mass - mean * np.arange(len(known.mass)) if n_usable else known.mass
    now = selection.n_selected
    step = max(1, round(_STEP * selection.budget))
    following = order[now : now + step]
    return Gains(
        covered=known.share,
        carried=float(known.share[now]),
        selected=now,
        usable=n_usable,
        mean_all=float(damage[usable].sum()) / n_usable if n_usable else float("nan"),
        mean_selected=float(np.cumsum(damage[order])[now - 1] / now) if now else float("nan"),
        turning_point=int(np.argmax(ahead)),
        next_rows=following,
        next_mean=float(damage[following].mean()) if len(following) else float("nan"),
        next_per_cluster=np.bincount(
            candidates.labels[following], minlength=candidates.n_clusters
        ).astype(np.int64),
    )
