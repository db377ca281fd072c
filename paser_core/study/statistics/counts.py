"""Right and wrong answers counted: McNemar's test, and many p-values at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from paser_core.study.statistics.arms import Floats


@dataclass(frozen=True)
class McNemar:
    """Two models on the same items.

    Args:
        only_a: items that the first alone has right.
        only_b: items that the second alone has right.
        same: items that both have right, or both wrong.
        left_out: items that one of them was not measured on, or whose majority is a tie.
        p: exact, two-tailed: that of ``only_a`` heads in so many throws of a fair coin.
    """

    only_a: int
    only_b: int
    same: int
    left_out: int
    p: float


@dataclass(frozen=True)
class McNemarOverSeeds:
    """Two arms on the same items, these seeds taken as they are.

    It says whether *these* models answer differently, not whether other seeds would: items alone are drawn.
    Whether one way of selecting is better is a question for :func:`difference`.

    Args:
        majority: of what most seeds of an arm answer right.
        each: seed by seed, in their order.
        p: of all seeds together: twice the mean of theirs, at most 1. It holds however they depend on each
            other, as they do through the items (Rüschendorf 1982; Vovk & Wang 2020).
    """

    majority: McNemar
    each: tuple[McNemar, ...]
    p: float


def mcnemar(a: ArrayLike, b: ArrayLike) -> McNemar:
    """Exact test of whether two models have equally many items right.

    Args:
        a: right (1, True) or wrong (0, False) by item, (items,), NaN where not measured.
        b: the same of the other model, in the same order.

    Raises:
        ValueError: they have other shapes, or scores between 0 and 1: use :func:`difference`.
    """
    from statsmodels.stats.contingency_tables import mcnemar as exact

    one, two = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if one.shape != two.shape or one.ndim != 1:
        raise ValueError(
            f"shapes {one.shape} and {two.shape}; two vectors of the same items are needed"
        )
    known = ~(np.isnan(one) | np.isnan(two))
    both = np.concatenate([one[known], two[known]])
    if not np.isin(both, (0.0, 1.0)).all():
        raise ValueError("some scores are neither 0 nor 1; difference() compares graded scores")
    only_a = int(((one == 1) & (two == 0)).sum())
    only_b = int(((one == 0) & (two == 1)).sum())
    p = float(exact([[0, only_a], [only_b, 0]], exact=True).pvalue) if only_a + only_b else 1.0
    same = int(known.sum()) - only_a - only_b
    return McNemar(only_a, only_b, same, int((~known).sum()), min(p, 1.0))


def mcnemar_over_seeds(a: ArrayLike, b: ArrayLike) -> McNemarOverSeeds:
    """McNemar's test of two arms: on what most seeds answer, and seed by seed.

    Args:
        a: right or wrong, (seeds, items), NaN where not measured.
        b: the same of the other arm, as many seeds.

    Raises:
        ValueError: as in :func:`mcnemar`, or the arms have other numbers of seeds.
    """
    one, two = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if one.shape != two.shape or one.ndim != 2:
        raise ValueError(f"shapes {one.shape} and {two.shape}; (seeds, items) of both are needed")
    each = tuple(mcnemar(x, y) for x, y in zip(one, two, strict=True))
    together = min(1.0, 2 * float(np.mean([test.p for test in each])))
    return McNemarOverSeeds(mcnemar(_majority(one), _majority(two)), each, together)


def _majority(scores: Floats) -> Floats:
    """What most of the seeds that were measured have: 1, 0, or NaN of a tie, (items,)."""
    right, wrong = (scores == 1).sum(axis=0), (scores == 0).sum(axis=0)
    return np.where(right == wrong, np.nan, (right > wrong).astype(np.float64))


def wilson(right: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share of right answers on items that are drawn (Wilson 1927).

    Raises:
        ValueError: there is no answer, or more are right than there are.
    """
    from statsmodels.stats.proportion import proportion_confint

    if not (n > 0 and 0 <= right <= n):
        raise ValueError(f"{right} right of {n} answers")
    low, high = proportion_confint(right, n, alpha=1 - level, method="wilson")
    return float(low), float(high)


def holm(pvalues: Sequence[float | None]) -> tuple[float | None, ...]:
    """p-values of planned comparisons, each made larger for their number (Holm 1979).

    Args:
        pvalues: in any order. None, a comparison that could not be made, stays None, but counts among
            them: leaving it out after the fact would make the others look better.

    Returns:
        In the same order.
    """
    # Not statsmodels' multipletests: it collects garbage at every call, 0.4 s each in a large process.
    known = np.array([1.0 if p is None else p for p in pvalues], np.float64)
    order = np.argsort(known, kind="stable")
    steps = known[order] * np.arange(len(known), 0, -1)
    adjusted = np.empty_like(known)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return tuple(None if p is None else float(q) for p, q in zip(pvalues, adjusted, strict=True))
