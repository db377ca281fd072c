"""Where samples and shares of the damage lie in the picture of what further samples bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
