"""What is worth recovering: damage per cluster (CDS) and efficiency per sample (IES).

Scores know nothing of how samples are picked. What was not measured is NaN, never zero: zero says
that the models agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEW = 30  # measured samples in a cluster: fewer make its damage score a guess
_RESAMPLES = 1000  # enough for a stable 95 % interval
_BLOCK = 4_000_000  # drawn indices held at once
_DRAWN = 5_000  # samples up to which resamples are drawn; of more their percentiles are known
_Z = 1.959964  # of a normal distribution, 97.5 %


@dataclass(frozen=True)
class ClusterScores:
    """Capability degradation per cluster."""

    cds: NDArray[np.float64]  # (K,) mean divergence of the measured samples; NaN without any
    low: NDArray[np.float64]  # (K,) 2.5 % bootstrap percentile; NaN with fewer than two
    high: NDArray[np.float64]  # (K,) 97.5 % bootstrap percentile; likewise
    sizes: NDArray[np.int64]  # (K,) measured samples


def cluster_means(
    divergence: NDArray[np.float64],
    labels: NDArray[np.int32],
    n_clusters: int,
    valid: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """CDS (paper Eq. 4) and number of measured samples per cluster: ``(K,)`` and ``(K,)``.

    A sample is measured if it is valid and has a finite divergence. The CDS of a cluster without
    any is NaN.

    Args:
        divergence: ``(n,)`` bits; NaN: not measured.
        labels: ``(n,)`` clusters, -1 for none.
        n_clusters: K.
        valid: ``(n,)``.
    """
    usable = valid & (labels >= 0) & np.isfinite(divergence)
    sizes = np.bincount(labels[usable], minlength=n_clusters)
    sums = np.bincount(labels[usable], weights=divergence[usable], minlength=n_clusters)
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), np.nan), sizes


def cluster_scores(
    divergence: NDArray[np.float64],
    labels: NDArray[np.int32],
    n_clusters: int,
    valid: NDArray[np.bool_],
    seed: int = 0,
) -> ClusterScores:
    """CDS with a bootstrap 95 % percentile interval (Efron & Tibshirani 1993, ch. 13).

    Args:
        divergence: ``(n,)`` bits; NaN: not measured, and does not count.
        labels: ``(n,)`` clusters; -1, none, does not count.
        n_clusters: K.
        valid: ``(n,)``; others do not count.
        seed: of the resampling.
    """
    cds, sizes = cluster_means(divergence, labels, n_clusters, valid)
    usable = valid & (labels >= 0) & np.isfinite(divergence)
    low, high = np.full(n_clusters, np.nan), np.full(n_clusters, np.nan)
    for cluster in range(n_clusters):
        values = divergence[usable & (labels == cluster)]
        if len(values) < 2:
            continue
        if len(values) > _DRAWN:
            low[cluster], high[cluster] = _known_percentiles(values)
            continue
        # A generator of its own for each cluster: adding a cluster does not move the others' bars.
        rng = np.random.default_rng([seed, cluster])
        block = max(1, _BLOCK // len(values))
        means = np.concatenate(
            [
                values[
                    rng.integers(0, len(values), (min(block, _RESAMPLES - done), len(values)))
                ].mean(axis=1)
                for done in range(0, _RESAMPLES, block)
            ]
        )
        low[cluster], high[cluster] = np.percentile(means, [2.5, 97.5])
    return ClusterScores(cds, low, high, sizes)


def _known_percentiles(values: NDArray[np.float64]) -> tuple[float, float]:
    """2.5 % and 97.5 % of the means of resamples: their Cornish–Fisher expansion (Hall 1992, ch. 2).

    Of more than 5,000 values it is closer to them than a thousand drawn ones are, in a thousandth of
    the time.
    """
    mean, spread = float(values.mean()), float(values.std())
    if not spread:
        return mean, mean
    error = spread / np.sqrt(len(values))
    skewness = float((((values - mean) / spread) ** 3).mean()) / np.sqrt(len(values))
    aside = (_Z**2 - 1) * skewness / 6
    return mean + (aside - _Z) * error, mean + (aside + _Z) * error


def counted(damage: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n,)`` what shares of the damage are of: where a signed signal is below 0 there is none.

    NaN stays; a sample that has become better takes nothing off the damage of others.
    """
    kept: NDArray[np.float64] = np.maximum(damage, 0.0)
    return kept


def efficiency(
    divergence: NDArray[np.float64], tokens: NDArray[np.int64] | NDArray[np.int32]
) -> NDArray[np.float64]:
    """IES of every sample (paper Eq. 7): ``divergence / ln(tokens ** 2)``.

    ``tokens`` ``(n,)`` counts prompt and response; one token counts as two, because ln 1 = 0. NaN
    where the divergence is. Below 0 where a signed signal is: such samples come last.
    """
    return divergence / (2.0 * np.log(np.maximum(tokens, 2)))
