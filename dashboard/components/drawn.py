"""Which points of a large map are drawn: a sample, the same every time, and beside it what must be seen.

A browser that renders in software paints 200,000 points in tenths of a second and a million in seconds,
and more would only lie on top of each other. What is counted is counted here, over all points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

MOST = 200_000
SPARE = 4_096  # places kept for what a search has found, the chosen sample and its neighbors


@dataclass(frozen=True, eq=False)
class Drawn:
    """The points that are always drawn, out of ``n``."""

    n: int
    rows: NDArray[np.int64]  # (m,) ascending

    @property
    def whole(self) -> bool:
        """Whether these are all points."""
        return len(self.rows) == self.n

    @property
    def spare(self) -> int:
        """Places for others."""
        return 0 if self.whole else SPARE

    @cached_property
    def _is_drawn(self) -> NDArray[np.bool_]:
        mask = np.zeros(self.n, bool)
        mask[self.rows] = True
        return mask

    def with_all(self, wanted: NDArray[np.int64]) -> Slots:
        """These and, as far as there is room, those of ``wanted`` that are not among them."""
        others = wanted[~self._is_drawn[wanted]]
        _, first = np.unique(others, return_index=True)
        return Slots(self, others[np.sort(first)][: self.spare])


@dataclass(frozen=True, eq=False)
class Slots:
    """The points that the browser has, in its order: its numbers are places in ``rows``."""

    drawn: Drawn
    beside: NDArray[np.int64]  # (e,) of the spare places

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """``(m + e,)`` numbers of the points."""
        return np.concatenate([self.drawn.rows, self.beside])

    def place(self, point: int | None) -> int | None:
        """Where a point is, if the browser has it."""
        if point is None:
            return None
        place = int(np.searchsorted(self.drawn.rows, point))
        if place < len(self.drawn.rows) and self.drawn.rows[place] == point:
            return place
        found = np.flatnonzero(self.beside == point)
        return len(self.drawn.rows) + int(found[0]) if len(found) else None


@lru_cache(maxsize=8)
def drawn_of(n: int) -> Drawn:
    """All of ``n`` points, or a sample of them that follows from their number alone."""
    if n <= MOST:
        return Drawn(n, np.arange(n))
    return Drawn(n, np.sort(np.random.default_rng(0).choice(n, MOST, replace=False)))
