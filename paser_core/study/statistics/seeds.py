"""The paper's test: two-tailed t over seeds, items taken as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

_NOTHING = 1e-12  # what is left of equal seeds after rounding


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
    if min(len(a), len(b)) < 2:
        return TTest(gap, None, None, None, left_out)
    # By moments: scipy's tests of samples warn of a lack of precision where one arm's seeds are equal.
    if paired:
        spreads, df = np.array([np.std(a - b, ddof=1) / np.sqrt(len(a))]), float(len(a) - 1)
    else:
        spreads = np.array([one.std(ddof=1) / np.sqrt(len(one)) for one in (a, b)])
        parts = spreads**4 / np.array([len(a) - 1, len(b) - 1])
        df = float((spreads**2).sum() ** 2 / parts.sum()) if parts.sum() else np.inf
    error = float(np.sqrt((spreads**2).sum()))
    if error < _NOTHING:
        return TTest(gap, None, None, None, left_out)
    return TTest(gap, gap / error, df, float(2 * stats.t.sf(abs(gap) / error, df)), left_out)
