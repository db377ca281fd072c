"""PASER with seats by what training can bring back, and not by what was lost.

The budget rule of the paper assumes that a cluster that lost more gains more by training on it. Pilot
recoveries measure it (:mod:`paser_core.measure.scores.gains`): which share of what was lost in cluster j a
short training on cluster i brings back. One more token is worth less than the one before, so a share is
taken as ``1 − exp(−Σ_i t_i a_ij)``, ``t`` the tokens of each cluster and ``a`` the rates that the pilots fit.
The seats are those that maximize its mean over clusters at ``scores.seats_at`` of the pool's tokens. That is
concave, so a maximum is the best there is, and how far an answer is from it at most can be told.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paser_core.config import ScoresConfig
from paser_core.errors import SelectionError
from paser_core.selection.model import Candidates
from paser_core.selection.selector import Family
from paser_core.selection.selectors.paser import SELECTOR as PASER

_TOLERANCE = 1e-3  # of what is not brought back: how much less another split may leave
_NOTHING = (
    1e-6  # of what a cluster can have: less is what a solver leaves where there should be none
)


def seats_by_gain(pool: Candidates) -> NDArray[np.float64]:
    """``(K,)`` seats of ``scores.seats_at`` of the tokens; NaN for a cluster without a pilot recovery.

    Raises:
        SelectionError: no best split was found.
    """
    pilots, config = pool.scored_facts("gains"), pool.scored_by
    at = np.array(pilots["clusters"], np.int64)
    before, original, after, read = (
        np.array(pilots[name], np.float64) for name in ("before", "original", "after", "tokens")
    )
    labels = pool.labels[pool.usable]
    sizes = np.bincount(labels, minlength=pool.n_clusters)[at]
    weights = pool.tokens[pool.usable].astype(np.float64)
    tokens = np.bincount(labels, weights, pool.n_clusters)[at].astype(np.float64)
    seats = np.full(pool.n_clusters, np.nan)
    if not tokens.any():  # nothing can be selected of any of them
        return seats
    rates = rates_of(before, original, after, read, config.recovered_limit)
    best = best_tokens(rates, tokens, config.seats_at * tokens.sum())
    seats[at] = best * sizes / np.maximum(tokens, 1.0)
    return seats


def rates_of(
    before: NDArray[np.float64],
    original: NDArray[np.float64],
    after: NDArray[np.float64],
    tokens: NDArray[np.float64],
    limit: float = ScoresConfig().recovered_limit,
) -> NDArray[np.float64]:
    """``(K, J)`` what a token of cluster i does for cluster j; J: the clusters in which something was lost.

    Args:
        before: ``(K,)`` losses of the compressed model.
        original: ``(K,)`` of the original.
        after: ``(K, K)`` after a pilot on the cluster of the row.
        tokens: ``(K,)`` that the pilot of each read.
        limit: share that one pilot is taken to have brought back at most: a rate must stay finite.
    """
    lost = before - original
    damaged = lost > 0
    shares = (before - after)[:, damaged] / lost[damaged]
    # A pilot may do harm, too: its rate is below 0 then, and just as bounded.
    rates: NDArray[np.float64] = -np.log1p(-np.clip(shares, -1.0, limit)) / tokens[:, None]
    return rates


def best_tokens(
    rates: NDArray[np.float64], stock: NDArray[np.float64], budget: float
) -> NDArray[np.float64]:
    """``(K,)`` tokens of each cluster that maximize the mean share brought back.

    Args:
        rates: ``(K, J)`` what a token of a row's cluster does for a column's.
        stock: ``(K,)`` tokens that there are.
        budget: tokens in all, not more than there are.

    Raises:
        SelectionError: another split may leave a thousandth less than the one that was found.
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    even: NDArray[np.float64] = stock / stock.sum()
    if not rates.shape[1]:  # nothing was lost anywhere: by size
        return budget * even
    limits = np.minimum(stock / budget, 1.0)

    def left(shares: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Log of what is not brought back, and its slope, in shares of the budget. It has its least where
        what is left has it, and stays a number where harm grows beyond those."""
        rest = -budget * shares @ rates
        log = float(logsumexp(rest))
        return log, -budget * (rates @ np.exp(rest - log))

    steepest = float(np.abs(left(even)[1]).max()) or 1.0  # slopes near 1 are what the solver likes

    def scaled(shares: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log, slope = left(shares)
        return log / steepest, slope / steepest

    solved = minimize(
        scaled,
        even,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, limit) for limit in limits],
        constraints={
            "type": "eq",
            "fun": lambda shares: shares.sum() - 1.0,
            "jac": lambda shares: np.ones_like(shares),
        },
        options={"maxiter": 1000, "ftol": 1e-12 / max(steepest, 1.0)},
    )
    best = _feasible(np.asarray(solved.x, np.float64), limits)
    slope = left(best)[1]
    gap = float(slope @ (best - _filled(slope, limits)))
    if not gap <= _TOLERANCE:  # also where it is no number
        raise SelectionError(
            f"The seats of paser-recoverable: no best split of {budget:,.0f} tokens over {len(stock):,} "
            f"clusters was found ({solved.message}). Lower scores.recovered_limit or scores.seats_at, or "
            "choose another selector, such as 'paser'."
        )
    return budget * best


def _feasible(shares: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(K,)`` shares within their limits that add up to 1, which a solver misses by a little; none where
    it leaves next to none: such a cluster would be served by what a solver's last digits are."""
    inside = np.clip(np.where(shares < _NOTHING * limits, 0.0, shares), 0.0, limits)
    missing = 1.0 - inside.sum()
    room = inside if missing < 0 else (limits - inside) * (inside > 0)
    if room.sum() < missing:  # all that are served have all they can
        room = limits - inside
    moved: NDArray[np.float64] = inside + missing * room / max(room.sum(), np.finfo(float).tiny)
    return moved


def _filled(slope: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(K,)`` the shares that what has this slope everywhere is least at. No answer to a convex question
    leaves less than its tangent does here: what both differ by bounds what was missed (Jaggi 2013)."""
    order = np.argsort(slope)
    taken = np.minimum(np.cumsum(limits[order]), 1.0)
    filled = np.empty_like(slope)
    filled[order] = np.diff(taken, prepend=0.0)
    return filled


SELECTOR = replace(
    PASER,
    label="PASER, but seats by what pilot recoveries bring back",
    weights=seats_by_gain,
    needs="gains",
    family=Family.VARIANT,
)
