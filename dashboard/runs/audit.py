"""What an audit of the clusters asks: who is damaged for sure, who is at the edge, what is inside.

Arrays are by cluster number unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.runs.composition import tallies
from dashboard.runs.opening import opened, rows_of
from dashboard.runs.selections import measured, scores_of
from paser_core.runs import Run
from paser_core.selection import Selection
from paser_core.stages.scoring import FEW

EDGE = 0.5  # membership below which more of a sample lies elsewhere than in its own cluster
_BINS = 40
_NOTHING = 0.005  # a membership that reads 0.00


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
    few: NDArray[np.bool_]  # (K,) too few samples to trust the CDS
    membership: NDArray[np.float64]  # (K,) mean over the samples
    edge: NDArray[np.int64]  # (K,) samples with a membership below EDGE


def standing(run: Run, temperature: float) -> Standing:
    """How the clusters stand at one temperature."""
    return _standing(str(run.path), run.content, temperature if run.has_models else 1.0)


@st.cache_resource(max_entries=24, show_spinner=False)
def _standing(path: str, content: str, temperature: float) -> Standing:
    run = opened(path, content)
    k, inside = run.n_clusters, run.labels >= 0
    labels = run.labels[inside]
    strength = run.samples["membership"].to_numpy(np.float64)[inside]
    sizes = np.bincount(labels, minlength=k)
    unknown = np.full(k, np.nan)
    cds, low, high, counted = unknown, unknown, unknown, sizes
    if run.has_models:
        scores = scores_of(run, temperature)
        counted = scores.sizes
        cds, low, high = scores.cds, scores.low, scores.high
    return Standing(
        order=np.argsort(-cds if run.has_models else -sizes, kind="stable"),
        sizes=sizes,
        measured=counted,
        cds=cds,
        low=low,
        high=high,
        overlaps=overlapping(low, high),
        few=counted < FEW,
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


def cluster_frame(
    run: Run, found: Standing, names: tuple[str, ...], selection: Selection | None
) -> pd.DataFrame:
    """One line per cluster, in the order of ``found``."""
    frame = pd.DataFrame({"name": list(names), "size": found.sizes})
    if selection is not None:
        frame["measured"] = found.measured
        frame["cds"] = found.cds
        frame["interval"] = [
            interval(a, b) + (" (few samples)" if few else "")
            for a, b, few in zip(found.low, found.high, found.few, strict=True)
        ]
        frame["overlaps"] = found.overlaps.sum(axis=1)
        frame["share"] = 100 * share_of_budget(selection)
        frame["selected"] = selection.accepted
        frame["rejected"] = selection.rejected
    frame["membership"] = found.membership
    if run.stability is not None:
        frame["stability"] = run.stability_per_cluster
    best = tallies(run)[:1]
    if best:
        tops = [best[0].mostly(k) for k in range(run.n_clusters)]
        frame["mostly"] = [f"{labels.excerpt(v, 40)} {labels.share(share)}" for v, share in tops]
    frame["keywords"] = [list(k) for k in run.clusters["keywords"]]
    return frame.iloc[found.order]


def interval(low: float, high: float) -> str:
    """An interval in words; a dash where there is none."""
    return "–" if np.isnan(low) else f"{labels.score(low)}–{labels.score(high)}"


def members(run: Run, cluster: int) -> NDArray[np.int64]:
    """Rows of the samples in a cluster, in data-set order."""
    return np.flatnonzero(run.labels == cluster)


def exemplars(run: Run, cluster: int) -> NDArray[np.int64]:
    """Rows closest to the center of a cluster, closest first."""
    return rows_of(run, tuple(run.clusters["exemplars"].iloc[cluster]))


def most_damaged(run: Run, cluster: int, temperature: float, most: int) -> NDArray[np.int64]:
    """Rows with the highest divergence in a cluster at one temperature, highest first."""
    rows, values = _measured_members(run, cluster, temperature)
    return rows[np.argsort(-values, kind="stable")[:most]]


def _measured_members(
    run: Run, cluster: int, temperature: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows behind the CDS of a cluster, and their divergence."""
    divergence = measured(run, temperature)[0]
    rows = np.flatnonzero((run.labels == cluster) & run.valid & np.isfinite(divergence))
    return rows, divergence[rows]


# --- is the damage real? ---------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """How the divergence of one cluster is distributed, beside that of all samples."""

    edges: NDArray[np.float64]  # (b + 1,) of the bins; the same for every cluster of a run
    own: NDArray[np.float64]  # (b,) share of the cluster's samples
    all: NDArray[np.float64]  # (b,) share of all samples
    half: float  # smallest share of its samples that holds half of its divergence; NaN for none


def spread(run: Run, cluster: int, temperature: float) -> Spread:
    """The distribution behind a CDS."""
    divergence = measured(run, temperature)[0]
    everything = divergence[run.valid & (run.labels >= 0) & np.isfinite(divergence)]
    own = _measured_members(run, cluster, temperature)[1]
    edges = np.linspace(0, max(float(everything.max(initial=0)), 1e-9), _BINS + 1)
    return Spread(edges, _shares(own, edges), _shares(everything, edges), half_in(own))


def half_in(values: NDArray[np.float64]) -> float:
    """The smallest share of ``(n,)`` values, all >= 0, whose sum is half of all; NaN for none.

    0.5 where all are equal, near 0 where a few outliers make up the mean.
    """
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


def strength(run: Run, cluster: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Histogram of the memberships in a cluster: ``(21,)`` edges from 0 to 1, ``(20,)`` counts."""
    values = run.samples["membership"].to_numpy(np.float64)[members(run, cluster)]
    counts, edges = np.histogram(np.clip(values, 0, 1), 20, (0, 1))
    return edges, counts


def repeated(run: Run) -> NDArray[np.bool_]:
    """``(n,)`` samples whose instruction and input are those of another, but for case and spaces."""
    return _repeated(str(run.path), run.content)


@st.cache_resource(max_entries=8, show_spinner=False)
def _repeated(path: str, content: str) -> NDArray[np.bool_]:
    samples = opened(path, content).samples
    pairs = zip(samples["instruction"].tolist(), samples["input"].tolist(), strict=True)
    texts = [tuple(" ".join(str(t).casefold().split()) for t in pair) for pair in pairs]
    return pd.Series(texts).duplicated(keep=False).to_numpy(bool)
