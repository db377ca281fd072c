"""What a selection hangs on: temperature, signal, seed of the clustering, number of clusters, side by side.

Each is varied alone, everything else stays; what follows is laid against the selection as it is, as a
whole and cluster by cluster of the run. Nothing is sampled and nothing estimated: every variation is a
selection of its own, and a clustering of its own where that is what varies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.compare.overlap import expected_overlap
from paser_core.compare.temperatures import TEMPERATURES
from paser_core.config import Aggregate
from paser_core.runs import Run
from paser_core.runs.signals import damage_of, measured_signals
from paser_core.selection import Clusters, Selection, Setting, rank_samples, selector_of
from paser_core.selection.measures import measure_short

_FACTORS = (0.5, 0.75, 1.25, 1.5)  # of the number of clusters: well beyond what a criterion wavers


class Axis(StrEnum):
    """What is varied."""

    TEMPERATURE = "temperature"
    SIGNAL = "signal"
    SEED = "seed"
    CLUSTERS = "clusters"


@dataclass(frozen=True)
class Varied:
    """One variation, by the clusters of the run. Shares and ranks are NaN where there are none."""

    axis: Axis
    label: str
    kept: float  # share of the selection's samples that are still selected
    n: int  # samples selected now
    shares: NDArray[np.float64]  # (K,) of what is selected now, in each cluster of the run
    cds: NDArray[
        np.float64
    ]  # (K,) mean, over a cluster's measured samples, of the CDS they count with
    ranks: NDArray[np.float64]  # (K,) of that, 1 for the most damaged


@dataclass(frozen=True)
class Spread:
    """Everything that was varied along one axis."""

    axis: Axis
    varied: tuple[Varied, ...]

    @property
    def kept(self) -> tuple[float, float, float]:
        """Least, mean and most of the selection that stays; NaN where nothing was varied."""
        return _ends([one.kept for one in self.varied])

    def ranks(self, cluster: int) -> tuple[float, float, float]:
        """Least, mean and most of a cluster's rank."""
        return _ends([float(one.ranks[cluster]) for one in self.varied])

    def shares(self, cluster: int) -> tuple[float, float, float]:
        """Least, mean and most of a cluster's share of the budget."""
        return _ends([float(one.shares[cluster]) for one in self.varied])


def varied(own: Selection, other: Selection, axis: Axis, label: str) -> Varied:
    """Lay a variation against the selection as it is.

    Under another clustering a cluster of the run has no CDS: its samples are in several, each of which
    has one. What they count with in the mean stands for it; with the run's own clusters this is the CDS.

    Args:
        own: the selection as it is, in the clusters of the run.
        other: the variation of it, of the same samples.
        axis: what was varied.
        label: what it was varied to.
    """
    labels, k = own.ranking.candidates.labels, own.ranking.candidates.n_clusters
    rows = other.rows
    taken = np.bincount(labels[rows], minlength=k).astype(np.float64)
    pool = other.ranking.candidates
    measured = np.isfinite(pool.divergence) & pool.valid & (labels >= 0) & (pool.labels >= 0)
    each = other.ranking.cds[pool.labels[measured]]
    sizes = np.bincount(labels[measured], minlength=k)
    sums = np.bincount(labels[measured], weights=each, minlength=k)
    cds = np.where(sizes > 0, sums / np.maximum(sizes, 1), np.nan)
    before = own.rows
    return Varied(
        axis,
        label,
        float(np.isin(before, rows).mean()) if len(before) else float("nan"),
        len(rows),
        taken / len(rows) if len(rows) else np.full(k, np.nan),
        cds,
        _ranks(cds),
    )


def as_it_is(own: Selection) -> Varied:
    """The selection itself in the same terms."""
    return varied(own, own, Axis.TEMPERATURE, "as it is")


def chance_kept(own: Selection) -> float:
    """The share of a selection that a blind draw of its size keeps; NaN of an empty one."""
    size, usable = len(own.rows), int(own.ranking.candidates.usable.sum())
    return expected_overlap(usable, size, size).mean / size if size else float("nan")


def settings_along(run: Run, setting: Setting, axis: Axis) -> tuple[tuple[str, Setting], ...]:
    """The settings along an axis of damage, and what each is called; empty where it says nothing.

    Temperatures are those of :mod:`paser_core.compare.temperatures`. Signals are all that the run
    measured, each by its mean over tokens, without the one of the setting.

    Raises:
        ValueError: the axis is one of the clustering, which no setting has.
    """
    if axis not in (Axis.TEMPERATURE, Axis.SIGNAL):
        raise ValueError(f"{axis} is not varied by a setting, but by a clustering of its own")
    if not selector_of(setting.selector).damage:
        return ()
    if axis is Axis.TEMPERATURE:
        if not setting.by_temperature:
            return ()
        others = [t for t in TEMPERATURES if abs(t - setting.temperature) > 1e-9]
        return tuple((f"T = {t:g}", setting.changed(temperature=t)) for t in others)
    changed = [
        setting.changed(signal=name, aggregate=Aggregate.MEAN) for name in measured_signals(run)
    ]
    return tuple((measure_short(one), one) for one in changed if one.measure != setting.measure)


def over_damage(run: Run, own: Selection, setting: Setting, axis: Axis) -> Spread:
    """Vary the temperature or the signal. No model is run: the run has measured them.

    Args:
        run: what was selected from, with models.
        own: the selection as it is.
        setting: its knobs.
        axis: temperature or signal.

    Raises:
        ValueError: as :func:`settings_along`.
    """
    found = []
    for label, other in settings_along(run, setting, axis):
        pool = replace(
            own.ranking.candidates, divergence=damage_of(run, other), measure=other.measure
        )
        ranking = rank_samples(pool, other, own.ranking.overrides)
        found.append(varied(own, ranking.at(own.budget), axis, label))
    return Spread(axis, tuple(found))


def over_clusterings(
    own: Selection, setting: Setting, axis: Axis, clusterings: Sequence[tuple[str, Clusters]]
) -> Spread:
    """Vary the clusters.

    Args:
        own: the selection as it is, in the clusters of the run.
        setting: its knobs.
        axis: seed or number of clusters.
        clusterings: other clusters of the same samples, and what each is called.
    """
    found = []
    for label, clusters in clusterings:
        pool = own.ranking.candidates.in_clusters(clusters)
        ranking = rank_samples(pool, setting, own.ranking.overrides)
        found.append(varied(own, ranking.at(own.budget), axis, label))
    return Spread(axis, tuple(found))


def other_numbers(n_clusters: int, n: int) -> tuple[int, ...]:
    """Numbers of clusters to hold against one: half, three quarters, a quarter more, half more.

    >>> other_numbers(14, 4178)
    (7, 10, 18, 21)
    """
    wanted = {round(factor * n_clusters) for factor in _FACTORS}
    return tuple(sorted(k for k in wanted if 2 <= k <= n // 2 and k != n_clusters))


def _ranks(cds: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = np.full(len(cds), np.nan)
    order = [k for k in np.argsort(-cds, kind="stable") if np.isfinite(cds[k])]
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


def _ends(values: Sequence[float]) -> tuple[float, float, float]:
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return (float("nan"),) * 3
    return min(known), float(np.mean(known)), max(known)
