"""What is covered: the one definition of it, for pages, reports, comparisons and goals.

The damage of the measured samples, of a cluster or of all, is what there is to cover; samples cover the
share of it that they carry. What the concept graph rejects or a selector leaves out is damage all the
same, so that shares of different selectors can be compared; how much can be reached at all is told
beside. Covered is not repaired: that shows only after training.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.ranking import Ranking
from paser_core.stages.scoring import counted

ROUNDING = 1e-9  # of a share: sums of the same numbers in another order differ by less


def coverable(
    damage: NDArray[np.float64], labels: NDArray[np.int32], valid: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """``(n,)`` what there is to cover in each sample; 0 where nothing was measured.

    Args:
        damage: ``(n,)`` by the signal of the setting; NaN where it was not measured.
        labels: ``(n,)`` clusters, -1 for none.
        valid: ``(n,)``.
    """
    measured = valid & (labels >= 0) & np.isfinite(damage)
    return np.where(measured, counted(damage), 0.0)


@dataclass(frozen=True)
class Covered:
    """A ranking as growing budgets take it: what each sample adds to what is covered."""

    ranking: Ranking
    rows: NDArray[np.int64]  # (A,) every sample that some budget takes, in order of acceptance
    weight: NDArray[np.float64]  # (n,) what there is to cover in each sample
    totals: NDArray[np.float64]  # (K,) what there is to cover in each cluster

    @classmethod
    def of(cls, ranking: Ranking) -> Self:
        """Of a ranking, up to the last sample that it takes."""
        pool = ranking.candidates
        rows = np.flatnonzero(ranking.rank)
        rows = rows[np.argsort(ranking.rank[rows], kind="stable")]
        weight = coverable(pool.divergence, pool.labels, pool.valid)
        inside = pool.labels >= 0
        totals = np.bincount(
            pool.labels[inside], weights=weight[inside], minlength=pool.n_clusters
        ).astype(np.float64)  # without a sample they are whole numbers
        return cls(ranking, rows, weight, totals)

    @property
    def total(self) -> float:
        """What there is to cover in all clusters."""
        return float(self.totals.sum())

    @cached_property
    def gain(self) -> NDArray[np.float64]:
        """``(A,)`` what each sample adds; 0 where its damage is not known."""
        return self.weight[self.rows]

    @property
    def measured(self) -> NDArray[np.bool_]:
        """``(A,)`` whether its damage is known."""
        return np.isfinite(self.ranking.candidates.divergence[self.rows])

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """``(A,)`` the cluster of each sample taken."""
        return self.ranking.candidates.labels[self.rows]

    @cached_property
    def mass(self) -> NDArray[np.float64]:
        """``(A + 1,)`` what the first 0..A samples carry."""
        return np.concatenate([[0.0], np.cumsum(self.gain)])

    @property
    def share(self) -> NDArray[np.float64]:
        """``(A + 1,)`` share of all that the first 0..A samples cover; NaN: there is nothing to cover."""
        total = self.total
        return np.minimum(self.mass / total, 1.0) if total > 0 else np.full_like(self.mass, np.nan)

    def places(self, cluster: int) -> NDArray[np.int64]:
        """``(s,)`` where the samples of a cluster stand in the order; the budget that takes one is 1 more."""
        return np.flatnonzero(self.labels == cluster)

    def share_of(self, cluster: int) -> NDArray[np.float64]:
        """``(s + 1,)`` share of a cluster that its first 0..s samples cover; NaN as in :attr:`share`."""
        mass = np.concatenate([[0.0], np.cumsum(self.gain[self.labels == cluster])])
        total = float(self.totals[cluster])
        return np.minimum(mass / total, 1.0) if total > 0 else np.full_like(mass, np.nan)

    def at(self, budget: int) -> NDArray[np.float64]:
        """``(K,)`` share of each cluster that the first ``budget`` samples cover; NaN as in :attr:`share`."""
        mass = np.bincount(self.labels[:budget], self.gain[:budget], minlength=len(self.totals))
        shares = np.full(len(self.totals), np.nan)
        np.divide(mass, self.totals, out=shares, where=self.totals > 0)
        return shares

    def reaches(self, share: float) -> int | None:
        """The smallest budget that covers a share of all; None where no budget does."""
        return first_reaching(self.share, share)


def first_reaching(shares: NDArray[np.float64], share: float) -> int | None:
    """Where growing ``shares`` come to ``share`` first; None where they never do."""
    if not shares[-1] >= share - ROUNDING:
        return None
    return int(np.searchsorted(shares, share - ROUNDING))
