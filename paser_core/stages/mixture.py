"""Is a cluster one thing? Where it lies on the manifold, and whether its damage has two heights.

A cluster can pass for one capability by its mean alone: half of it hardly hurt, half of it badly, and
a tight interval around a number that is true of neither. Two independent looks tell:

- **Places** (:mod:`places`). What hangs together on the manifold. Nothing about damage goes in.
- **Heights.** Hartigan's dip test on the logarithm of the divergence (Hartigan & Hartigan 1985): how
  far the distribution is from any with a single peak. Nothing about meaning goes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.notices import Notice
from paser_core.stages.places import SMALLEST_PLACE
from paser_core.stages.scoring import cluster_means, cluster_scores
from paser_core.text import plural

SIGNIFICANCE = 0.01  # of the dip test, after Holm's correction over the clusters
UNEVEN = 1.5  # times the damage of another place, with intervals apart: that matters for a budget
_FLOOR = 1e-4  # bits; smaller divergences are the same nothing


@dataclass(frozen=True)
class Place:
    """One part of a cluster that hangs together on the manifold."""

    samples: int
    share: float  # of the cluster
    measured: int  # samples behind the CDS
    cds: float  # mean divergence; NaN where nothing was measured
    low: (
        float  # 95 % bootstrap interval; NaN for fewer than two measured samples, or a single place
    )
    high: float


@dataclass(frozen=True)
class Mixture:
    """What one cluster is made of."""

    places: tuple[Place, ...]  # largest first; one for a cluster that hangs together
    p_value: float  # of the dip test, Holm-corrected; NaN where too little was measured
    low_mean: float  # mean divergence below and above the gap; NaN where there is a single height
    high_mean: float
    low_share: float  # of the measured samples, below the gap

    @property
    def scattered(self) -> bool:
        """It lies in several places."""
        return len(self.places) > 1

    @property
    def two_heights(self) -> bool:
        """Its divergence has two peaks."""
        return bool(self.p_value < SIGNIFICANCE)

    @property
    def uneven(self) -> bool:
        """Two of its places differ in damage, beyond doubt and enough to matter."""
        known = [p for p in self.places if np.isfinite(p.low)]
        return any(a.high < b.low and UNEVEN * a.cds < b.cds for a in known for b in known)

    @property
    def mixed(self) -> bool:
        """Its CDS is a mean of things that differ: do not read it as one capability's."""
        return self.uneven or self.two_heights


def mixtures(
    places: NDArray[np.integer],
    divergence: NDArray[np.float64],
    labels: NDArray[np.int32],
    n_clusters: int,
    seed: int = 0,
) -> tuple[Mixture, ...]:
    """What every cluster is made of, at one temperature.

    Args:
        places: ``(v,)`` from :func:`~paser_core.stages.places.find_places`.
        divergence: ``(v,)``; NaN where nothing was measured.
        labels: ``(v,)`` cluster numbers.
        n_clusters: K.
        seed: of the bootstrap.

    Returns:
        ``K`` mixtures.
    """
    most = int(places.max(initial=0)) + 1
    part = (labels * most + places).astype(np.int32)
    total = n_clusters * most
    sizes = np.bincount(part, minlength=total)
    # An interval is for comparing places: where a cluster lies in one, there is nothing to draw again.
    several = np.repeat((sizes.reshape(n_clusters, most) > 0).sum(axis=1) > 1, most)
    known = np.isfinite(divergence)
    scores = cluster_scores(divergence, np.where(several[part], part, -1), total, known, seed)
    cds, measured = cluster_means(divergence, part, total, known)
    values = [divergence[(labels == k) & np.isfinite(divergence)] for k in range(n_clusters)]
    p_values = holm(np.array([dip_test(v) for v in values]))
    found = []
    for k in range(n_clusters):
        inside = [k * most + i for i in range(most) if sizes[k * most + i]]
        whole = max(sum(int(sizes[i]) for i in inside), 1)
        low, high, share = (
            _heights(values[k]) if p_values[k] < SIGNIFICANCE else (float("nan"),) * 3
        )
        found.append(
            Mixture(
                tuple(
                    Place(
                        int(sizes[i]),
                        float(sizes[i] / whole),
                        int(measured[i]),
                        float(cds[i]),
                        float(scores.low[i]),
                        float(scores.high[i]),
                    )
                    for i in inside
                ),
                float(p_values[k]),
                low,
                high,
                share,
            )
        )
    return tuple(found)


def notice_of(mixed: Sequence[Mixture], names: Sequence[str]) -> Notice | None:
    """What the run says of clusters whose CDS is a mean of things that differ; None for none."""
    told = [name for name, mixture in zip(names, mixed, strict=True) if mixture.mixed]
    if not told:
        return None
    listed = "; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else "")
    return Notice(
        "cluster-mixed",
        f"{len(told)} of {plural(len(names), 'cluster')} {'is' if len(told) == 1 else 'are'} not one "
        f"thing by damage, so {'its' if len(told) == 1 else 'their'} CDS is the mean "
        f"of parts that differ: {listed}. The Clusters page shows the parts, and can split them.",
        count=len(told),
        total=len(names),
    )


def dip_test(divergence: NDArray[np.float64]) -> float:
    """p-value of Hartigan's dip test on the logarithm of ``(n,)`` divergences; NaN for a few."""
    if len(divergence) < 2 * SMALLEST_PLACE:
        return float("nan")
    import diptest  # compiled; only who audits waits for it

    return float(diptest.diptest(_heights_of(divergence))[1])


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's step-down correction of ``(k,)`` p-values (Holm 1979); NaN stays and does not count."""
    known = np.flatnonzero(np.isfinite(p_values))
    corrected = np.full(len(p_values), np.nan)
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def _heights_of(divergence: NDArray[np.float64]) -> NDArray[np.float64]:
    heights: NDArray[np.float64] = np.log10(np.maximum(divergence, _FLOOR))
    return heights


def _heights(divergence: NDArray[np.float64]) -> tuple[float, float, float]:
    """Means below and above the best cut of the logarithms, and the share below (Otsu 1979)."""
    values = np.sort(divergence)
    heights = _heights_of(values)
    n = len(values)
    below = np.cumsum(heights)[:-1]
    counts = np.arange(1, n)
    gap = below / counts - (heights.sum() - below) / (n - counts)
    cut = int(np.argmax(counts * (n - counts) * gap**2)) + 1
    return float(values[:cut].mean()), float(values[cut:].mean()), cut / n
