"""The paper's test: two-tailed t over seeds, items taken as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class TTest:
    """Means over seeds compared.

    Args:
        difference: first minus second.
        t: None where no seed differs from another, or an arm has one: nothing can be tested.
        df: degrees of freedom; None where ``t`` is.
        p: two-tailed; None where ``t`` is.
        left_out: seeds without a figure (NaN); of pairs, pairs.
    """

    difference: float
    t: float | None
    df: float | None
    p: float | None
    left_out: int


def t_test(a_means: ArrayLike, b_means: ArrayLike, *, paired: bool = False) -> TTest:
    """Two-tailed t-test over seeds: Welch's, or that of pairs.

    It says whether other seeds would show a difference on *these* items. :func:`difference` counts the items
    as drawn, too.

    Args:
        a_means: figure of each seed, (seeds,), NaN where there is none.
        b_means: the same of the other arm.
        paired: seed s of both arms belongs together.

    Raises:
        ValueError: an arm has no seed, or pairs are incomplete.
    """
    from scipy import stats

    a, b = np.asarray(a_means, dtype=np.float64), np.asarray(b_means, dtype=np.float64)
    if a.ndim != 1 or b.ndim != 1 or (paired and a.shape != b.shape):
        raise ValueError(
            f"shapes {a.shape} and {b.shape}; (seeds,) is needed, as many where paired"
        )
    if paired:
        known = ~np.isnan(a - b)
        left_out = int((~known).sum())
        a, b = a[known], b[known]
    else:
        left_out = int(np.isnan(a).sum() + np.isnan(b).sum())
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    if not (len(a) and len(b)):
        raise ValueError("an arm has no seed with a figure")
    gap = float(a.mean() - b.mean())
    varies = np.ptp(a - b) if paired else max(np.ptp(a), np.ptp(b))
    if min(len(a), len(b)) < 2 or varies == 0:
        return TTest(gap, None, None, None, left_out)
    test = stats.ttest_rel(a, b) if paired else stats.ttest_ind(a, b, equal_var=False)
    return TTest(gap, float(test.statistic), float(test.df), float(test.pvalue), left_out)
