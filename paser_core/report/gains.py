"""What each further sample brings: how much of the measured damage the first r samples carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.selection import Selection
from paser_core.selection.covered import Covered

_STEP = 0.1  # of the budget: what "a little more" means


_MOST_CORNERS = 240  # of a curve: more than the eye tells apart


@dataclass(frozen=True)
class Axes:
    """Where samples and shares lie in the picture of the curve."""

    reach: int  # samples at the right end
    left: float = 58.0
    top: float = 34.0
    width: float = 560.0
    height: float = 250.0

    def x(self, samples: float) -> float:
        """From the left edge of the picture."""
        return round(self.left + self.width * samples / self.reach, 1)

    def y(self, share: float) -> float:
        """From its upper edge."""
        return round(self.top + self.height * (1 - share), 1)

    def corners(self, covered: NDArray[np.float64]) -> str:
        """The curve through ``covered`` ``(A + 1,)``, as the points of a path."""
        end = len(covered) - 1
        places = np.unique(np.linspace(0, end, _MOST_CORNERS).round().astype(int))
        return "L".join(f"{self.x(r)} {self.y(covered[r])}" for r in places.tolist())

    @property
    def ticks(self) -> range:
        """A handful of round numbers of samples."""
        step = 10 ** int(np.floor(np.log10(max(self.reach / 4, 1))))
        step = next(step * m for m in (1, 2, 5, 10) if self.reach / (step * m) <= 6)
        return range(0, self.reach + 1, step)


@dataclass(frozen=True)
class Gains:
    """The samples in the order in which growing budgets take them. Orders that nest only."""

    # (A + 1,) share of all measured damage in the first 0..A samples; NaN: there is none.
    covered: NDArray[np.float64]
    carried: float  # share of it in the selection; NaN likewise
    usable: int  # samples that could be taken, A of which ever are
    mean_all: float  # damage of a usable sample
    mean_selected: float  # damage of a selected one; NaN where none is
    turning_point: int  # budget from which a further sample is no more damaged than a random one
    next_rows: NDArray[np.int64]  # what enters when the budget grows by a tenth
    next_mean: float  # their damage; NaN where there is none
    next_per_cluster: NDArray[np.int64]  # (K,)

    @property
    def axes(self) -> Axes:
        """Of a picture of ``covered`` beside drawing at random."""
        return Axes(max(self.usable, 1))


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
