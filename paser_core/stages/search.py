"""How nearest neighbors are looked for: among all, or in large data among those in the nearest lists.

What was not looked at may have been a neighbor, so whoever asked is told how many of the true ones were
found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.config import ManifoldConfig
from paser_core.notices import Notice, Severity
from paser_core.protocols import Progress, no_progress
from paser_core.stages.inverted import approximate_neighbors
from paser_core.stages.neighbors import nearest_neighbors

ENOUGH = 0.95  # of the true neighbors; with fewer the graph is another one
_SAMPLE = 300  # rows compared with all: a standard error of the recall below 0.005
_BLOCK = 50  # of them at once: 200 MB at a million rows
_ROUNDING = 1e-5  # of a squared distance between unit rows in single precision


@dataclass(frozen=True)
class Recall:
    """How well an approximate search did."""

    share: float  # of the true neighbors that were found
    k: int  # neighbors of a row
    rows: int  # among which they were looked for
    sample: int  # rows that were compared with all to know it
    search: Search

    def notice(self, space: str) -> Notice:
        """What a reader of the run has to know.

        Args:
            space: where the rows are: "among the embeddings".
        """
        text = (
            f"The {self.k} nearest neighbors {space} were looked for in parts of the {self.rows:,} "
            "distinct samples, because all are compared with all only up to manifold.exact_up_to "
            f"({self.search.exact_up_to:,}). {self.share:.1%} of them were found: {self.sample:,} "
            "samples were compared with all to know it."
        )
        if self.share >= ENOUGH:
            return Notice("neighbors-approximate", text, Severity.INFO, None, None)
        text += (
            f" That is less than {ENOUGH:.0%}, and the clusters may be others than with all: set "
            f"manifold.probes above {self.search.probes}, or raise manifold.exact_up_to."
        )
        return Notice("neighbors-missed", text)


def untold(recall: Recall) -> None:
    """Nobody asks how well it did."""


@dataclass(frozen=True)
class Search:
    """How neighbors are looked for, and who is told how many were found where not all were compared."""

    exact_up_to: int = ManifoldConfig.exact_up_to
    probes: int = ManifoldConfig.probes
    seed: int = 0
    tell: Callable[[Recall], None] = untold

    @classmethod
    def of(
        cls, config: ManifoldConfig, seed: int, tell: Callable[[Recall], None] = untold
    ) -> Search:
        """As the config of a run says."""
        return cls(config.exact_up_to, config.probes, seed, tell)

    def neighbors(
        self, points: NDArray[np.float32], k: int, on_progress: Progress = no_progress
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """``(n, k)`` row numbers, nearest first, and distances, the point itself left out."""
        n = len(points)
        k = min(k, n - 1)
        if n <= self.exact_up_to:
            return nearest_neighbors(points, k, on_progress)
        neighbors, distances = approximate_neighbors(points, k, self.probes, self.seed, on_progress)
        rows = np.random.default_rng([self.seed, n]).permutation(n)[:_SAMPLE]
        share = recall_of(points, rows, distances[rows])
        self.tell(Recall(share, k, n, len(rows), self))
        return neighbors, distances


def recall_of(
    points: NDArray[np.float32], rows: NDArray[np.int64], distances: NDArray[np.float32]
) -> float:
    """Share of the true nearest neighbors of some rows that are as near as those found.

    Counted by distance: of several neighbors equally far any is a true one.

    Args:
        points: ``(n, d)``.
        rows: ``(s,)`` whose neighbors were looked for.
        distances: ``(s, k)`` of the neighbors found, infinite where there is none.
    """
    k = distances.shape[1]
    norms = (points**2).sum(axis=1)
    shares = []
    for start in range(0, len(rows), _BLOCK):
        own = rows[start : start + _BLOCK]
        squared = norms - 2.0 * (points[own] @ points.T) + norms[own, None]
        squared[np.arange(len(own)), own] = np.inf
        farthest = np.partition(squared, k - 1, axis=1)[:, k - 1 : k]
        within = distances[start : start + len(own)] ** 2 <= farthest + _ROUNDING
        shares.append(within.mean(axis=1))
    return float(np.concatenate(shares).mean())
