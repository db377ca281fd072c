"""What the next sample of a cluster is worth, and how much data is enough.

A seat of a cluster goes to the sample that is accepted next in it. Its divergence is what the seat adds;
along the seats it falls, steeply where a cluster has a few badly damaged samples, slowly where all are
hurt alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.covered import ROUNDING, Covered
from paser_core.selection.ranking import Selection

MOST_POINTS = 200  # of one curve: more cannot be told apart on a screen
_WINDOW = 0.05  # of a cluster's seats, averaged over: one sample is too noisy to read
ENOUGH = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class MarginalCurve:
    """One cluster, seat by seat, thinned out to what can be drawn. ``(p,)`` arrays, p <= most."""

    cluster: int
    seats: NDArray[np.int64]  # (p,) ascending, from 1 to n_seats, the current one among them
    marginal: NDArray[np.float64]  # (p,) divergence of the sample on the seat, running mean
    share: NDArray[np.float64]  # (p,) of the cluster's damage that is covered by then, in [0, 1]
    budgets: NDArray[np.int64]  # (p,) smallest budget at which the seat is taken
    window: int  # seats the running mean is over, odd; fewer at both ends
    n_seats: int  # samples of the cluster that are accepted at some budget
    now: int  # seats taken at the current budget
    total: float  # damage of all measured samples of the cluster, rejected ones included


@dataclass(frozen=True)
class Enough:
    """The smallest budget that covers a share of all damage."""

    share: float
    budget: int | None  # None: no budget does


@dataclass(frozen=True)
class MarginalCurves:
    """All clusters, and the data set as a whole."""

    clusters: tuple[MarginalCurve, ...]  # by cluster number; without seats for an empty one
    enough: tuple[Enough, ...]
    now: float  # share of all damage that the current budget covers; NaN: there is none
    reachable: float  # share of it that the largest budget covers; NaN: there is none
    complete: bool  # the ranking goes on to the end; False: it ends at its own budget


def marginal_curves(selection: Selection, most: int = MOST_POINTS) -> MarginalCurves:
    """Marginal and cumulative divergence per cluster, up to everything that can be accepted.

    The running mean is centered over an odd number of seats, 5 % of the cluster's, and over what there
    is of them at both ends; it is taken before thinning. Seats are in order of acceptance, so forced
    samples come first. At most ``most`` seats of a cluster are kept, evenly spread, and always the
    first, the last and the current one.
    """
    covered = Covered.of(selection.ranking)
    whole = covered.share
    return MarginalCurves(
        tuple(_curve(covered, k, selection.budget, most) for k in range(len(covered.totals))),
        tuple(Enough(share, covered.reaches(share)) for share in ENOUGH),
        float(whole[min(selection.budget, len(covered.rows))]),
        float(whole[-1]),
        selection.ranking.budget is None,
    )


def marginal_gain(covered: Covered) -> NDArray[np.float64]:
    """``(A,)`` what each sample adds in its turn, as a running mean over 5 % of all that are taken.

    Over the measured ones; NaN where there is none among them.
    """
    window = window_of(len(covered.rows))
    known = running_mean(covered.measured.astype(np.float64), window)
    gain = np.full(len(known), np.nan)
    np.divide(running_mean(covered.gain, window), known, out=gain, where=known > ROUNDING)
    return gain


def window_of(n: int) -> int:
    """Seats that a running mean over ``n`` of them is over: odd."""
    return 2 * (int(_WINDOW * n) // 2) + 1


def running_mean(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Centered mean over ``window`` (odd) values, and over what there is of them at both ends."""
    half = window // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    means: NDArray[np.float64] = (sums[high] - sums[low]) / (high - low)
    return means


def _curve(covered: Covered, cluster: int, budget: int, most: int) -> MarginalCurve:
    places = covered.places(cluster)
    gain, budgets = covered.gain[places], places + 1
    n = len(places)
    now = int(np.searchsorted(budgets, budget, side="right"))
    window = window_of(n)
    kept = _thinned(n, now, most)
    share = np.nan_to_num(covered.share_of(cluster)[1:])  # where there is nothing to cover
    return MarginalCurve(
        cluster,
        kept + 1,
        running_mean(gain, window)[kept],
        share[kept],
        budgets[kept],
        window,
        n,
        now,
        float(covered.totals[cluster]),
    )


def _thinned(n: int, now: int, most: int) -> NDArray[np.int64]:
    """At most ``most`` (at least 3) of ``n`` places, with the first, the last and number ``now``."""
    if n <= most:
        return np.arange(n)
    spread = np.linspace(0, n - 1, most - 1).round().astype(np.int64)
    return np.unique(np.append(spread, max(now - 1, 0)))
