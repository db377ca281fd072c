"""PASER with seats by what training can bring back, and not by what was lost.

The budget rule of the paper assumes that a cluster that lost more gains more by training on it. Pilot
recoveries measure it (:mod:`paser_core.measure.scores.gains`): which share of what was lost in cluster j a
short training on cluster i brings back. One more sample is worth less than the one before, so a share is
taken as ``1 − exp(−Σ_i n_i a_ij)`` with the rates ``a`` that the pilots fit, and the seats are those that
maximize its mean over clusters at a tenth of the pool. That is concave, so a maximum is the best there is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Family
from paser_core.selection.selectors.paser import SELECTOR as PASER

_BUDGET = 0.1  # of the pool: the seats are in the proportions that suit a budget of this size
_MOST = 0.95  # of what was lost, brought back by one pilot: a rate must stay finite


def seats_by_gain(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` seats of a tenth of the pool; NaN for a cluster without a pilot recovery."""
    pilots = pool.scored_facts("gains")
    at = np.array(pilots["clusters"], np.int64)
    before, original, after, samples = (
        np.array(pilots[name], np.float64) for name in ("before", "original", "after", "samples")
    )
    rates = rates_of(before, original, after, samples)
    sizes = np.bincount(pool.labels[pool.usable], minlength=pool.n_clusters).astype(np.float64)
    seats = np.full(pool.n_clusters, np.nan)
    seats[at] = best_seats(rates, sizes[at], _BUDGET * sizes[at].sum())
    return seats


def rates_of(
    before: NDArray[np.float64],
    original: NDArray[np.float64],
    after: NDArray[np.float64],
    samples: NDArray[np.float64],
) -> NDArray[np.float64]:
    """``(K, J)`` what a sample of cluster i does for cluster j; J: the clusters in which something was lost.

    Args:
        before: ``(K,)`` losses of the compressed model.
        original: ``(K,)`` of the original.
        after: ``(K, K)`` after a pilot on the cluster of the row.
        samples: ``(K,)`` that the pilot of each was trained on.
    """
    lost = before - original
    open_ = lost > 0
    shares = (before - after)[:, open_] / lost[open_]
    # A pilot may do harm, too: the rate is below 0 then, and just as bounded.
    rates: NDArray[np.float64] = -np.log1p(-np.clip(shares, -1.0, _MOST)) / samples[:, None]
    return rates


def best_seats(
    rates: NDArray[np.float64], sizes: NDArray[np.float64], budget: float
) -> NDArray[np.float64]:
    """``(K,)`` seats that maximize the mean share brought back, as real numbers.

    Args:
        rates: ``(K, J)`` what a sample of a row's cluster does for a column's.
        sizes: ``(K,)`` samples that there are.
        budget: seats in all.
    """
    from scipy.optimize import LinearConstraint, minimize

    start: NDArray[np.float64] = budget * sizes / sizes.sum()
    if not rates.shape[1]:  # nothing was lost anywhere: seats by size
        return start

    def left(seats: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """What is not brought back, and its slope."""
        rest = np.exp(-seats @ rates)
        return float(rest.mean()), -(rates @ rest) / len(rest)

    found = minimize(
        left,
        start,
        jac=True,
        method="trust-constr",
        bounds=[(0.0, float(size)) for size in sizes],
        constraints=LinearConstraint(np.ones((1, len(sizes))), budget, budget),
        options={"maxiter": 2000, "gtol": 1e-9, "xtol": 1e-9},
    )
    return np.maximum(np.asarray(found.x, np.float64), 0.0)


SELECTOR = replace(
    PASER,
    label="PASER, but seats by what pilot recoveries bring back",
    weights=seats_by_gain,
    needs="gains",
    family=Family.VARIANT,
)
