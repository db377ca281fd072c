"""What the next sample of a cluster is worth, and how much data is enough.

A seat of a cluster goes to the sample that is accepted next in it. Its divergence is what the seat adds;
along the seats it falls, steeply where a cluster has a few badly damaged samples, slowly where all are
hurt alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.ranking import Selection
from paser_core.stages.scoring import counted

MOST_POINTS = 200  # of one curve: more cannot be told apart on a screen
_WINDOW = 0.05  # of a cluster's seats, averaged over: one sample is too noisy to read
ENOUGH = (0.5, 0.8, 0.95)


@dataclass(frozen=True)
class MarginalCurve:
    """One cluster, seat by seat, thinned out to what can be drawn. ``(p,)`` arrays, p <= most."""

    cluster: int
    seats: NDArray[np.int64]  # (p,) ascending, from 1 to n_seats, the current one among them
    marginal: NDArray[np.float64]  # (p,) divergence of the sample on the seat, running mean
    share: NDArray[np.float64]  # (p,) of the cluster's divergence that is in by then, in [0, 1]
    budgets: NDArray[np.int64]  # (p,) smallest budget at which the seat is taken
    window: int  # seats the running mean is over, odd; fewer at both ends
    n_seats: int  # samples of the cluster that are accepted at some budget
    now: int  # seats taken at the current budget
    total: float  # divergence of all usable samples of the cluster, rejected ones included


@dataclass(frozen=True)
class Enough:
    """The budget at which a share of what can be accepted is reached."""

    share: float
    budget: int | None  # None: there is no divergence to be had


@dataclass(frozen=True)
class MarginalCurves:
    """All clusters, and the data set as a whole."""

    clusters: tuple[MarginalCurve, ...]  # by cluster number; without seats for an empty one
    enough: tuple[Enough, ...]
    now: float  # share of the divergence that can be accepted, at the current budget; NaN: none
    reachable: float  # share of all usable divergence that can be accepted at all; NaN: none
    complete: bool  # the ranking goes on to the end; False: it ends at its own budget


def marginal_curves(selection: Selection, most: int = MOST_POINTS) -> MarginalCurves:
    """Marginal and cumulative divergence per cluster, up to everything that can be accepted.

    The running mean is centered over an odd number of seats, 5 % of the cluster's, and over what there
    is of them at both ends; it is taken before thinning. Seats are in order of acceptance, so forced
    samples come first. At most ``most`` seats of a cluster are kept, evenly spread, and always the
    first, the last and the current one.
    """
    ranking = selection.ranking
    candidates = ranking.candidates
    accepted = np.flatnonzero(ranking.rank)
    accepted = accepted[np.argsort(ranking.rank[accepted])]
    damage = counted(candidates.divergence)
    gain = damage[accepted]
    labels = candidates.labels[accepted]
    usable = candidates.usable
    totals = np.bincount(
        candidates.labels[usable],
        weights=damage[usable],
        minlength=candidates.n_clusters,
    )
    curves = tuple(
        _curve(k, gain[mine], mine + 1, selection.budget, float(totals[k]), most)
        for k in range(candidates.n_clusters)
        for mine in (np.flatnonzero(labels == k),)
    )
    mass = np.concatenate([[0.0], np.cumsum(gain)])
    everything = float(totals.sum())
    return MarginalCurves(
        curves,
        tuple(Enough(share, _reaches(mass, share)) for share in ENOUGH),
        _ratio(float(mass[min(selection.budget, len(gain))]), float(mass[-1])),
        _ratio(float(mass[-1]), everything),
        ranking.budget is None,
    )


def running_mean(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Centered mean over ``window`` (odd) values, and over what there is of them at both ends."""
    half = window // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    means: NDArray[np.float64] = (sums[high] - sums[low]) / (high - low)
    return means


def _curve(
    cluster: int,
    gain: NDArray[np.float64],
    budgets: NDArray[np.int64],
    budget: int,
    total: float,
    most: int,
) -> MarginalCurve:
    n = len(gain)
    now = int(np.searchsorted(budgets, budget, side="right"))
    window = 2 * (int(_WINDOW * n) // 2) + 1
    kept = _thinned(n, now, most)
    share = np.minimum(np.cumsum(gain) / total, 1.0) if total > 0 else np.zeros(n)
    return MarginalCurve(
        cluster,
        kept + 1,
        running_mean(gain, window)[kept],
        share[kept],
        budgets[kept],
        window,
        n,
        now,
        total,
    )


def _thinned(n: int, now: int, most: int) -> NDArray[np.int64]:
    """At most ``most`` (at least 3) of ``n`` places, with the first, the last and number ``now``."""
    if n <= most:
        return np.arange(n)
    spread = np.linspace(0, n - 1, most - 1).round().astype(np.int64)
    return np.unique(np.append(spread, max(now - 1, 0)))


def _reaches(mass: NDArray[np.float64], share: float) -> int | None:
    """Smallest number of samples whose divergence is ``share`` of the last entry of ``mass``."""
    if mass[-1] <= 0:
        return None
    # The sum of a share's own samples may miss it by a rounding error.
    return int(np.searchsorted(mass, share * mass[-1] * (1 - 1e-12)))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
