"""Whether what was damaged most is what recovery brings back: the assumption under the budget rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.study.results import Results
from paser_core.study.retained import Arm, Retained

_LEAST = 4  # pairs: with fewer the variance below has no meaning
_Z95 = 1.959964  # of the standard normal


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation with a 95 % interval; NaN where there is none."""

    rho: float
    low: float
    high: float
    n: int  # pairs


@dataclass(frozen=True)
class Damaged:
    """Capabilities of one compression: what their samples lost, and what became of their questions."""

    compression: str
    capabilities: tuple[str, ...]  # (c,)
    damage: NDArray[np.float64]  # (c,) mean over the samples of the pool
    samples: NDArray[np.int64]  # (c,)
    lost: NDArray[np.float64]  # (c,) accuracy that the compression took
    gained: NDArray[np.float64]  # (c,) that recovery brought back, mean over seeds; NaN without one
    seeds: int
    unmatched: tuple[str, ...]  # capabilities of the tasks that no sample of the pool has


def damaged(
    results: Results,
    found: Retained,
    *,
    selector: str,
    budget: str,
    recovery: str,
    signal: str,
    aggregate: str,
) -> tuple[Damaged, ...]:
    """Damage beside loss and gain, compression by compression, for those that were evaluated.

    Args:
        results: the study.
        found: what was retained of it.
        selector: of the arms whose gain counts.
        budget: of the same.
        recovery: of the same.
        signal: of the damage.
        aggregate: over the tokens of a sample.
    """
    table = results.damage
    of_measure = table[(table["signal"] == signal) & (table["aggregate"] == aggregate)]
    told = []
    for name, before in found.compressed.items():
        own = of_measure[of_measure["compression"] == name].set_index("capability")
        known = own["damage"].to_dict()
        places = [k for k, (_, one) in enumerate(found.capabilities) if _is_number(known.get(one))]
        arm = found.of(Arm(name, selector, budget, recovery))
        after = np.full(len(before), np.nan)
        if arm is not None and len(arm.scores):
            after = arm.scores.mean(axis=0)
        names = tuple(found.capabilities[k][1] for k in places)
        told.append(
            Damaged(
                name,
                names,
                np.array([known[one] for one in names], np.float64),
                np.array([own.loc[one, "samples"] for one in names], np.int64),
                (found.original - before)[places],
                (after - before)[places],
                0 if arm is None else len(arm.keys),
                tuple(one for k, (_, one) in enumerate(found.capabilities) if k not in places),
            )
        )
    return tuple(told)


def measures(results: Results) -> dict[str, tuple[str, ...]]:
    """The aggregates that were measured, by signal; empty where the pool has no column for capabilities."""
    table = results.damage
    return {
        str(signal): tuple(dict.fromkeys(map(str, group["aggregate"])))
        for signal, group in table.groupby("signal", sort=False)
    }


def rank_correlation(x: Sequence[float], y: Sequence[float]) -> Correlation:
    """Spearman's rho of the pairs that are numbers.

    The interval is that of Fisher's z with the variance (1 + rho² / 2) / (n - 3) (Bonett and Wright
    2000, Psychometrika 65), which holds what it promises for few pairs, too, where rho is below 0.95.

    Returns:
        NaN throughout where one side is the same everywhere, an interval of NaN below four pairs.
    """
    pairs = np.array([x, y], np.float64)
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    n = pairs.shape[1]
    ranks = np.array([_ranks(side) for side in pairs])
    if n < 2 or (np.ptp(ranks, axis=1) == 0).any():
        return Correlation(math.nan, math.nan, math.nan, n)
    rho = float(np.clip(np.corrcoef(ranks)[0, 1], -1.0, 1.0))
    if n < _LEAST:
        return Correlation(rho, math.nan, math.nan, n)
    if abs(rho) > 1 - 1e-12:
        return Correlation(rho, rho, rho, n)
    half = _Z95 * math.sqrt((1 + rho**2 / 2) / (n - 3))
    z = math.atanh(rho)
    return Correlation(rho, math.tanh(z - half), math.tanh(z + half), n)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n,)`` ranks; those of equals are their mean."""
    _, place, often = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(often) - (often - 1) / 2)[place]
    return ranks


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
