"""PASER with seats by what training can bring back, and not by what was lost.

The budget rule of the paper assumes that a cluster that lost more gains more by training on it. Pilot
recoveries measure it (:mod:`paser_core.measure.scores.gains`): which share of what was lost in cluster j a
short training on cluster i brings back. One more token is worth less than the one before, so a share is
taken as ``1 − exp(−Σ_i t_i a_ij)``, ``t`` the tokens of each cluster and ``a`` the rates that the pilots fit.
The seats are those that maximize its mean over clusters at a tenth of the pool's tokens. That is concave, so
a maximum is the best there is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.model import Candidates
from paser_core.selection.selector import Family
from paser_core.selection.selectors.paser import SELECTOR as PASER

_BUDGET = (
    0.1  # of the pool's tokens: the seats are in the proportions that suit a budget of this size
)
_MOST = 0.95  # of what was lost, brought back by one pilot: a rate must stay finite


def seats_by_gain(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` seats of a tenth of the tokens; NaN for a cluster without a pilot recovery."""
    pilots = pool.scored_facts("gains")
    at = np.array(pilots["clusters"], np.int64)
    before, original, after, read = (
        np.array(pilots[name], np.float64) for name in ("before", "original", "after", "tokens")
    )
    labels = pool.labels[pool.usable]
    sizes = np.bincount(labels, minlength=pool.n_clusters)[at]
    weights = pool.tokens[pool.usable].astype(np.float64)
    tokens = np.bincount(labels, weights, pool.n_clusters)[at].astype(np.float64)
    best = best_tokens(rates_of(before, original, after, read), tokens, _BUDGET * tokens.sum())
    seats = np.full(pool.n_clusters, np.nan)
    seats[at] = best * sizes / np.maximum(tokens, 1.0)
    return seats


def rates_of(
    before: NDArray[np.float64],
    original: NDArray[np.float64],
    after: NDArray[np.float64],
    tokens: NDArray[np.float64],
) -> NDArray[np.float64]:
    """``(K, J)`` what a token of cluster i does for cluster j; J: the clusters in which something was lost.

    Args:
        before: ``(K,)`` losses of the compressed model.
        original: ``(K,)`` of the original.
        after: ``(K, K)`` after a pilot on the cluster of the row.
        tokens: ``(K,)`` that the pilot of each read.
    """
    lost = before - original
    damaged = lost > 0
    shares = (before - after)[:, damaged] / lost[damaged]
    # A pilot may do harm, too: its rate is below 0 then, and just as bounded.
    rates: NDArray[np.float64] = -np.log1p(-np.clip(shares, -1.0, _MOST)) / tokens[:, None]
    return rates


def best_tokens(
    rates: NDArray[np.float64], most: NDArray[np.float64], budget: float
) -> NDArray[np.float64]:
    """``(K,)`` tokens of each cluster that maximize the mean share brought back.

    Args:
        rates: ``(K, J)`` what a token of a row's cluster does for a column's.
        most: ``(K,)`` tokens that there are.
        budget: tokens in all, not more than there are.
    """
    from scipy.optimize import minimize

    even: NDArray[np.float64] = most / most.sum()
    if not rates.shape[1]:  # nothing was lost anywhere: by size
        return budget * even

    def left(share: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """What is not brought back, and its slope; shares of the budget are near 1, as solvers like it."""
        rest = np.exp(-budget * share @ rates)
        return float(rest.mean()), -budget * (rates @ rest) / len(rest)

    found = minimize(
        left,
        even,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, float(one) / budget) for one in most],
        constraints={
            "type": "eq",
            "fun": lambda share: share.sum() - 1.0,
            "jac": lambda share: np.ones_like(share),
        },
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    return budget * np.clip(np.asarray(found.x, np.float64), 0.0, most / budget)


SELECTOR = replace(
    PASER,
    label="PASER, but seats by what pilot recoveries bring back",
    weights=seats_by_gain,
    needs="gains",
    family=Family.VARIANT,
)
