"""Which clusters are damaged most by each signal, and how sure that order is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.config import Aggregate, SelectionConfig
from paser_core.runs import Run
from paser_core.runs.signals import damage_of, measured_signals

_RESAMPLES = 1000
_BLOCK = 4_000_000  # drawn numbers held at once


@dataclass(frozen=True)
class Standings:
    """The clusters in the order of their damage, by each of ``s`` measures.

    Ranks are over the clusters in which something was measured, 1 for the most damaged; ties go to the
    lower cluster number. NaN elsewhere.
    """

    measures: tuple[SelectionConfig, ...]
    cds: NDArray[np.float64]  # (s, K)
    ranks: NDArray[np.float64]  # (s, K)
    low: NDArray[np.float64]  # (s, K) 95 % bootstrap interval of the rank
    high: NDArray[np.float64]  # (s, K)

    @property
    def moved(self) -> NDArray[np.bool_]:
        """``(s, K)`` whether the interval of a rank lies wholly beside that of the first measure."""
        apart: NDArray[np.bool_] = (self.low > self.high[0]) | (self.high < self.low[0])
        return apart

    @property
    def agreement(self) -> NDArray[np.float64]:
        """``(s,)`` rank correlation (Spearman) of the clusters with those of the first measure."""
        known = np.isfinite(self.ranks).all(axis=0)
        ranks = self.ranks[:, known]
        if ranks.shape[1] < 2:
            return np.full(len(ranks), np.nan)
        return np.array([np.corrcoef(ranks[0], own)[0, 1] for own in ranks])


def usual_measures(run: Run, shown: SelectionConfig) -> tuple[SelectionConfig, ...]:
    """What is worth laying side by side: the measure shown first, the mean of each signal that the run
    has, and where it has that, the chance that an answer breaks and the sum of the loss gap."""
    names = measured_signals(run)
    pairs = [(name, Aggregate.MEAN) for name in names]
    if "loss_gap" in names:
        pairs.append(("loss_gap", Aggregate.SUM))
    if "changed_gap" in names:
        pairs.append(("changed_gap", Aggregate.FAILURE))
    others = [SelectionConfig(signal=s, aggregate=a) for s, a in pairs]
    return tuple(dict.fromkeys((shown.measure, *others)))


def standings(run: Run, measures: Sequence[SelectionConfig]) -> Standings:
    """Rank the clusters by each measure, with bootstrap intervals of the ranks.

    The samples of every cluster are drawn again, 1,000 times, the same for all measures; the interval
    holds 95 % of the ranks that follow.

    Args:
        run: a run with models.
        measures: signal, aggregate and temperature count.

    Raises:
        RunError: this run does not have a signal.
    """
    damage = np.stack([damage_of(run, by) for by in measures])  # (s, n)
    usable = run.valid & (run.labels >= 0) & np.isfinite(damage).all(axis=0)
    k, s = run.n_clusters, len(measures)
    cds, drawn = np.full((s, k), np.nan), np.full((_RESAMPLES, s, k), np.nan)
    for cluster in range(k):
        values = damage[:, usable & (run.labels == cluster)]
        size = values.shape[1]
        if not size:
            continue
        cds[:, cluster] = values.mean(axis=1)
        # A generator of its own for each cluster: adding a cluster does not move the others.
        chance = np.random.default_rng([run.config.seed, cluster])
        block = max(1, _BLOCK // size)
        for start in range(0, _RESAMPLES, block):
            rounds = min(block, _RESAMPLES - start)
            picked = chance.integers(0, size, (rounds, size)) + size * np.arange(rounds)[:, None]
            times = np.bincount(picked.ravel(), minlength=rounds * size).reshape(rounds, size)
            drawn[start : start + rounds, :, cluster] = times @ values.T / size
    ranks = _ranks(cds)
    low, high = np.full((s, k), np.nan), np.full((s, k), np.nan)
    known = np.isfinite(cds[0]) if s else np.zeros(k, bool)
    if known.any():
        of_draws = _ranks(drawn.reshape(-1, k)).reshape(drawn.shape)[:, :, known]
        low[:, known], high[:, known] = np.percentile(of_draws, [2.5, 97.5], axis=0)
    return Standings(tuple(measures), cds, ranks, low, high)


def _ranks(cds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per row of ``(m, K)``: 1 for the highest; NaN stays NaN."""
    order = np.argsort(-cds, axis=1, kind="stable")  # NaN last
    ranks = np.empty_like(cds)
    np.put_along_axis(ranks, order, np.arange(1.0, cds.shape[1] + 1)[None, :], axis=1)
    return np.where(np.isfinite(cds), ranks, np.nan)
