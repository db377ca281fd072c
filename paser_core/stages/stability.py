"""How stable a clustering is: halves of the samples, clustered again from the embeddings on.

Everything downstream (CDS, budget, selection) stands on the clusters. A cluster that is there in the
data is found again when other samples are drawn and other starts are taken; one that is an accident
of this run is not (Hennig 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.notices import Notice, Severity
from paser_core.protocols import Progress, no_progress
from paser_core.text import plural

STABLE = 0.75  # found again, by Hennig's rule of thumb
UNSTABLE = 0.6  # below it a cluster should not be trusted to be one (Hennig 2007)
_MOST = 3000  # samples in a half: enough to see a cluster of 1 %, seconds to cluster
_FEWEST = 60  # samples below which a half says nothing
_MUCH = 0.25  # of the samples in clusters that are not found again: a warning


@dataclass(frozen=True)
class Stability:
    """How well a clustering is found again."""

    overall: float  # mean adjusted Rand index over the rounds; NaN: not measured
    per_cluster: NDArray[np.float64]  # (K,) mean best Jaccard index; NaN: never drawn
    rounds: int


def measure_stability(
    labels: NDArray[np.integer],
    refit: Callable[[NDArray[np.int64], int], NDArray[np.integer]],
    rounds: int,
    seed: int = 0,
    on_progress: Progress = no_progress,
) -> Stability:
    """Cluster ``rounds`` random halves again and lay them against ``labels`` ``(n,)``.

    A half has at most 3,000 samples. With fewer than 60 samples nothing is measured.

    Args:
        labels: ``(n,)`` clusters, none of them -1.
        refit: gets sorted row numbers ``(m,)`` and a seed, and returns their labels ``(m,)``.
        rounds: halves that are drawn; 0: nothing is measured.
        seed: of the halves, and of the seeds that ``refit`` gets.
        on_progress: told how many rounds are done, and of how many.
    """
    n, k = len(labels), int(labels.max()) + 1
    if n < _FEWEST or rounds == 0:
        return Stability(float("nan"), np.full(k, np.nan), 0)
    size = min(n // 2, _MOST)
    agreements, found = [], np.full((rounds, k), np.nan)
    for number in range(rounds):
        draw = np.random.default_rng([seed, number])
        rows = np.sort(draw.choice(n, size, replace=False))
        again = refit(rows, int(draw.integers(2**31)))
        both = _contingency(labels[rows], again, k)
        agreements.append(adjusted_rand(both))
        found[number] = best_match(both)
        on_progress(number + 1, rounds)
    drawn = ~np.isnan(found)
    per_cluster = np.where(drawn, found, 0.0).sum(axis=0) / np.maximum(drawn.sum(axis=0), 1)
    per_cluster[~drawn.any(axis=0)] = np.nan
    return Stability(float(np.mean(agreements)), per_cluster, rounds)


def _contingency(
    labels: NDArray[np.integer], again: NDArray[np.integer], k: int
) -> NDArray[np.float64]:
    """``(k, j)`` samples in both."""
    counts = np.zeros((k, int(again.max()) + 1))
    np.add.at(counts, (labels, again), 1.0)
    return counts


def adjusted_rand(both: NDArray[np.float64]) -> float:
    """Agreement of two partitions on pairs, 1 for equal ones, 0 as by chance (Hubert & Arabie 1985).

    ``both`` ``(k, j)`` counts the samples in a group of the one and a group of the other.
    """

    def pairs(counts: NDArray[np.float64]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    one, other, total = pairs(both.sum(axis=1)), pairs(both.sum(axis=0)), pairs(both.sum())
    chance, largest = one * other / total, (one + other) / 2
    return 1.0 if largest == chance else (pairs(both) - chance) / (largest - chance)


def best_match(both: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(k,)`` Jaccard index of each group with the most alike of the others; NaN: it has no sample."""
    own = both.sum(axis=1, keepdims=True)
    either = own + both.sum(axis=0, keepdims=True) - both
    best: NDArray[np.float64] = (both / np.maximum(either, 1.0)).max(axis=1)
    best[own[:, 0] == 0] = np.nan
    return best


def unstable_clusters(per_cluster: Sequence[float] | NDArray[np.float64]) -> list[int]:
    """Numbers of the clusters that are not found again; those never drawn are not among them."""
    return [int(k) for k in np.flatnonzero(np.asarray(per_cluster) < UNSTABLE)]


def sample_notice(chosen_on: int, n: int, rounds: int) -> Notice:
    """What a reader has to know where K was not chosen on all samples.

    Args:
        chosen_on: distinct samples that it was chosen on.
        n: all of them.
        rounds: halves that were clustered again; 0: none.
    """
    text = (
        f"The number of clusters was chosen on {chosen_on:,} of {n:,} samples, drawn at random "
        "(clustering.choose_on); all of them were then put into so many clusters."
    )
    if rounds:
        text += f" How stable these are was measured on {rounds} draws of {min(n // 2, _MOST):,} samples."
    return Notice("clusters-sampled", text, Severity.INFO, chosen_on, n)


def notice_of(
    per_cluster: NDArray[np.float64], sizes: NDArray[np.integer], names: Sequence[str]
) -> Notice | None:
    """What a reader has to know: which clusters are not found again; None where all are.

    Args:
        per_cluster: ``(K,)`` as measured.
        sizes: ``(K,)`` samples.
        names: of the clusters.
    """
    weak = unstable_clusters(per_cluster)
    if not weak:
        return None
    count, total = int(sizes[weak].sum()), int(sizes.sum())
    told = [names[k] for k in weak]
    listed = "; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else "")
    one = len(weak) == 1
    return Notice(
        "clusters-unstable",
        f"{len(weak)} of {plural(len(names), 'cluster')} {'is' if one else 'are'} not found again when "
        f"halves of the samples are clustered anew, so {'its' if one else 'their'} edges are an "
        f"accident of this run: {listed}. {count:,} of {plural(total, 'sample')} "
        f"{'lies' if count == 1 else 'lie'} in {'it' if one else 'them'}. The Clusters page says how "
        "stable each is.",
        Severity.WARNING if count > _MUCH * total else Severity.INFO,
        count,
        total,
    )
