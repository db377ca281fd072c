"""What an audit of the clusters asks: who is damaged for sure, who is at the edge, what is inside.

Arrays are by cluster number unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.runs import Run
from paser_core.selection import Selection
from paser_core.stages.mixture import Mixture, mixtures
from paser_core.stages.places import representatives
from paser_core.stages.scoring import FEW, ClusterScores, counted

EDGE = 0.5  # membership below which more of a sample lies elsewhere than in its own cluster
_BINS = 40
_NOTHING = 0.005  # a membership that reads 0.00
_SPREAD = 5  # samples that represent a cluster


@dataclass(frozen=True)
class Standing:
    """All clusters side by side.

    The CDS is NaN where nothing was measured, the interval where fewer than two samples were: the
    samples of a cluster can all be invalid, or the run has no models. Such intervals overlap with
    none.
    """

    order: NDArray[np.int64]  # (K,) cluster numbers, most damaged first; else largest first
    sizes: NDArray[np.int64]  # (K,) samples
    measured: NDArray[np.int64]  # (K,) samples behind the CDS; all of them without models
    cds: NDArray[np.float64]  # (K,)
    low: NDArray[np.float64]  # (K,) 95 % bootstrap interval
    high: NDArray[np.float64]  # (K,)
    overlaps: NDArray[np.bool_]  # (K, K) whose intervals share a value; False on the diagonal
    few: NDArray[
        np.bool_
    ]  # (K,) too few samples to trust the CDS; without models there is none to trust
    membership: NDArray[np.float64]  # (K,) mean over the samples
    edge: NDArray[np.int64]  # (K,) samples with a membership below EDGE


def standing(run: Run, scores: ClusterScores | None) -> Standing:
    """How the clusters stand, by ``scores`` at one temperature; None for a run without models."""
    k, inside = run.n_clusters, run.labels >= 0
    labels = run.labels[inside]
    strength = run.membership[inside]
    sizes = np.bincount(labels, minlength=k)
    unknown = np.full(k, np.nan)
    cds, low, high, counted = unknown, unknown, unknown, sizes
    if scores is not None:
        counted = scores.sizes
        cds, low, high = scores.cds, scores.low, scores.high
    return Standing(
        order=np.argsort(-sizes if scores is None else -cds, kind="stable"),
        sizes=sizes,
        measured=counted,
        cds=cds,
        low=low,
        high=high,
        overlaps=overlapping(low, high),
        few=(counted < FEW) & (scores is not None),
        membership=np.bincount(labels, weights=strength, minlength=k) / np.maximum(sizes, 1),
        edge=np.bincount(labels[strength < EDGE], minlength=k),
    )


def overlapping(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """``(K, K)``: which of the closed intervals share a value; never an interval with itself."""
    shared: NDArray[np.bool_] = (low[:, None] <= high[None, :]) & (low[None, :] <= high[:, None])
    np.fill_diagonal(shared, False)
    return shared


def share_of_budget(selection: Selection) -> NDArray[np.float64]:
    """``(K,)`` share of the seats that the CDS gives a cluster; 0 where there are none."""
    shares: NDArray[np.float64] = selection.allocated / max(int(selection.allocated.sum()), 1)
    return shares


def members(run: Run, cluster: int) -> NDArray[np.int64]:
    """Rows of the samples in a cluster, in data-set order."""
    return np.flatnonzero(run.labels == cluster)


# --- is the damage real? ---------------------------------------------------------------------


def most_damaged(
    run: Run, cluster: int, divergence: NDArray[np.float64], most: int
) -> NDArray[np.int64]:
    """Rows with the highest ``divergence`` ``(n,)`` in a cluster, highest first.

    Args:
        run: an open run.
        cluster: its number.
        divergence: ``(n,)`` bits; samples with NaN are left out.
        most: rows at the most.
    """
    rows = _measured_members(run, cluster, divergence)
    return rows[np.argsort(-divergence[rows], kind="stable")[:most]]


def _measured_members(run: Run, cluster: int, divergence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows behind the CDS of a cluster."""
    return np.flatnonzero((run.labels == cluster) & run.valid & np.isfinite(divergence))


@dataclass(frozen=True)
class Spread:
    """How the divergence of one cluster is distributed, beside that of all samples."""

    edges: NDArray[np.float64]  # (b + 1,) of the bins; the same for every cluster of a run
    own: NDArray[np.float64]  # (b,) share of the cluster's samples
    all: NDArray[np.float64]  # (b,) share of all samples
    half: float  # smallest share of its samples that holds half of its divergence; NaN for none


def spread(run: Run, cluster: int, divergence: NDArray[np.float64]) -> Spread:
    """The distribution behind a CDS, given the ``divergence`` ``(n,)`` at one temperature."""
    everything = divergence[run.valid & (run.labels >= 0) & np.isfinite(divergence)]
    own = divergence[_measured_members(run, cluster, divergence)]
    lowest = min(float(everything.min(initial=0)), 0.0)
    edges = np.linspace(lowest, max(float(everything.max(initial=0)), 1e-9), _BINS + 1)
    return Spread(edges, _shares(own, edges), _shares(everything, edges), half_in(own))


def half_in(values: NDArray[np.float64]) -> float:
    """The smallest share of ``(n,)`` values whose sum is half of all; NaN for none. Below 0 is nothing.

    0.5 where all are equal, near 0 where a few outliers make up the mean.
    """
    values = counted(values)
    total = values.sum()
    if not total > 0:
        return float("nan")
    reached = np.cumsum(np.sort(values)[::-1])
    # A hair less than half: equal values must not need one more for the sake of rounding.
    return float(np.searchsorted(reached, total / 2 * (1 - 1e-12)) + 1) / len(values)


def _shares(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.histogram(values, edges)[0] / max(len(values), 1)


# --- is it one thing? ------------------------------------------------------------------------


@dataclass(frozen=True)
class Uncertain:
    """Samples that belong to other clusters too, least certain first."""

    rows: NDArray[np.int64]  # (m,)
    own: NDArray[np.float32]  # (m,) membership of the cluster they are in
    other: NDArray[np.int64]  # (m,) the cluster that comes next
    next: NDArray[np.float32]  # (m,) membership of that one, at least 0.005


def least_certain(run: Run, cluster: int, most: int) -> Uncertain:
    """The samples with the lowest membership in a cluster; those that lie in it alone are left out."""
    rows = members(run, cluster)
    # A copy: what is masked below belongs to every session.
    rivals = run.memberships[rows].copy()
    own = rivals[:, cluster].copy()
    rivals[:, cluster] = 0
    other = rivals.argmax(axis=1)
    strength = rivals[np.arange(len(rows)), other]
    lowest = np.argsort(own, kind="stable")[:most]
    shared = lowest[strength[lowest] >= _NOTHING]
    return Uncertain(rows[shared], own[shared], other[shared], strength[shared])


def membership_histogram(run: Run, cluster: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Histogram of the memberships in a cluster: ``(21,)`` edges from 0 to 1, ``(20,)`` counts."""
    values = run.membership[members(run, cluster)]
    counts, edges = np.histogram(np.clip(values, 0, 1), 20, (0, 1))
    return edges, counts


def repeated(run: Run) -> NDArray[np.bool_]:
    """``(n,)`` samples whose instruction and input are those of another, but for case and spaces."""
    samples = run.columns("instruction", "input")
    pairs = zip(samples["instruction"].tolist(), samples["input"].tolist(), strict=True)
    texts = [tuple(" ".join(str(t).casefold().split()) for t in pair) for pair in pairs]
    return pd.Series(texts).duplicated(keep=False).to_numpy(bool)


def mixtures_of(run: Run, divergence: NDArray[np.float64]) -> tuple[Mixture, ...]:
    """What every cluster is made of, by its places on the manifold and the heights of its damage.

    ``divergence`` ``(n,)`` at one temperature; NaN where nothing was measured.
    """
    rows = np.flatnonzero(run.labels >= 0)
    valid = np.where(run.valid, divergence, np.nan)
    return mixtures(
        run.places[rows], valid[rows], run.labels[rows], run.n_clusters, run.config.seed
    )


@dataclass(frozen=True)
class Representatives:
    """Samples spread over a cluster."""

    rows: NDArray[np.int64]  # (e,)
    shares: NDArray[np.float64]  # (e,) of the cluster, that each stands for


def representatives_of(run: Run, cluster: int) -> Representatives:
    """Samples that stand for a cluster, spread over it; the one that stands for most first."""
    rows = members(run, cluster)
    if not len(rows):
        return Representatives(rows, np.empty(0))
    inside, shares = representatives(run.coordinates[rows], _SPREAD, run.config.seed)
    return Representatives(rows[inside], shares)


def place_rows(run: Run, cluster: int, place: int) -> NDArray[np.int64]:
    """Rows of one place of a cluster."""
    return np.flatnonzero((run.labels == cluster) & (run.places == place))


def central(run: Run, rows: NDArray[np.int64]) -> int:
    """The row whose direction on the manifold is nearest to the mean direction of ``rows``."""
    points = run.coordinates[rows]
    points = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-300)
    return int(rows[int(np.argmax(points @ points.mean(axis=0)))])
