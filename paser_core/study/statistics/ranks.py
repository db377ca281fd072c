"""Rank correlations with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from paser_core.study.statistics.arms import Floats


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's ρ.

    Args:
        rho: None where one side is constant, or there are fewer than 3 points.
        low: lower end of its interval; None where none can be given (fewer than 5 points or clusters).
        high: upper end.
        n: points.
        clusters: of points that belong together; as many as points where each stands alone.
        left_out: points of which a figure is missing.
        level: of the interval.
    """

    rho: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    left_out: int
    level: float


def spearman(x: ArrayLike, y: ArrayLike, *, level: float = 0.95) -> RankCorrelation:
    """ρ of independent points, with Bonett and Wright's (2000) interval.

    On Fisher's scale, with standard error √((1 + ρ²/2) / (n − 3)).

    Args:
        x: (n,), NaN where missing.
        y: (n,).
        level: of the interval.

    Raises:
        ValueError: shapes differ.
    """
    from scipy.stats import norm

    one, two, left_out = _known(x, y)
    rho, n = _rho(one.ravel(), two.ravel()), one.size
    low = high = None
    if rho is not None and n >= 5:
        half = float(norm.ppf((1 + level) / 2)) * np.sqrt((1 + rho**2 / 2) / (n - 3))
        low, high = _on_fishers_scale(rho, half)
    return RankCorrelation(rho, low, high, n, n, left_out, level)


def clustered_spearman(
    x: ArrayLike, y: ArrayLike, *, within: bool = False, level: float = 0.95
) -> RankCorrelation:
    """ρ over capabilities × compressions, whose points are no independent ones.

    A capability has the same items in every compression, so its points move together: the interval leaves out
    one capability at a time (jackknife on Fisher's scale, t with capabilities − 1 degrees of freedom).

    Args:
        x: figures (compressions, capabilities), such as CDS, NaN where missing.
        y: the same, such as the accuracy lost.
        within: mean of each compression's own ρ. Otherwise all points are ranked together, and a
            compression that hurts more everywhere adds to ρ.
        level: of the interval.

    Raises:
        ValueError: shapes differ or are not two-dimensional.
    """
    from scipy.stats import t

    one, two = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if one.shape != two.shape or one.ndim != 2:
        raise ValueError(
            f"shapes {one.shape} and {two.shape}; (compressions, capabilities) is needed"
        )
    missing = np.isnan(one) | np.isnan(two)
    there = np.flatnonzero(~missing.all(axis=0))
    one, two = one[:, there], two[:, there]

    def of(columns: np.ndarray) -> float | None:
        return _grid_rho(one[:, columns], two[:, columns], within)

    count = len(there)
    rho = of(np.arange(count))
    low = high = None
    if rho is not None and count >= 5:
        without = [of(np.delete(np.arange(count), k)) for k in range(count)]
        if all(each is not None for each in without):
            scale = _fisher(np.array(without, dtype=np.float64))
            se = np.sqrt((count - 1) / count * ((scale - scale.mean()) ** 2).sum())
            low, high = _on_fishers_scale(rho, float(t.ppf((1 + level) / 2, count - 1)) * se)
    points = int((~missing).sum())
    return RankCorrelation(rho, low, high, points, count, int(missing.sum()), level)


def _grid_rho(x: Floats, y: Floats, within: bool) -> float | None:
    rows = [(x.ravel(), y.ravel())] if not within else list(zip(x, y, strict=True))
    found = [_rho(*_known(*row)[:2]) for row in rows]
    known = [rho for rho in found if rho is not None]
    return float(np.mean(known)) if known and len(known) == len(found) else None


def _known(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats, int]:
    """The points of which both figures are there, and how many are not."""
    one, two = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if one.shape != two.shape:
        raise ValueError(f"shapes {one.shape} and {two.shape}; x and y are of the same points")
    there = ~(np.isnan(one) | np.isnan(two))
    return one[there], two[there], int((~there).sum())


def _rho(x: Floats, y: Floats) -> float | None:
    from scipy.stats import spearmanr

    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(spearmanr(x, y).statistic)


def _fisher(rho: Floats | float) -> Floats:
    """Fisher's z; of ±1, which has none, that of ±0.9999."""
    return np.asarray(np.arctanh(np.clip(rho, -0.9999, 0.9999)))


def _on_fishers_scale(rho: float, half: float) -> tuple[float, float]:
    middle = float(_fisher(rho))
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))
