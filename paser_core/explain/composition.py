"""The clusters laid against the user's own columns: is this cluster what the user calls arithmetic?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.columns import kinds
from paser_core.runs import Run
from paser_core.stages.scoring import cluster_scores


@dataclass(frozen=True)
class Tally:
    """The clusters laid against one of the user's own columns."""

    column: str
    values: tuple[str, ...]  # (V,) most frequent first, over all rows
    codes: NDArray[np.int32]  # (n,) which of them
    counts: NDArray[np.int64]  # (V, K) samples
    agreement: float  # normalized mutual information, in [0, 1]

    def mostly(self, cluster: int) -> tuple[str, float]:
        """The most frequent value in a cluster, and its share of the cluster."""
        column = self.counts[:, cluster]
        top = int(column.argmax())
        return self.values[top], float(column[top] / max(column.sum(), 1))


@dataclass(frozen=True)
class Composed:
    """One value of a column in one cluster."""

    value: str
    samples: int
    of_cluster: float  # share of the cluster's samples that have the value
    of_value: float  # share of the value's samples that are in the cluster
    measured: int  # samples behind the CDS; 0 without models
    cds: float  # mean divergence of the value's samples in the cluster; NaN: nothing was measured
    low: float  # 95 % bootstrap interval; NaN for fewer than two
    high: float


def composition(
    run: Run,
    tally: Tally,
    cluster: int,
    divergence: NDArray[np.float64],
    most: int = 5,
) -> list[Composed]:
    """The values in a cluster, most frequent first, each with the damage it has there.

    Args:
        run: the run.
        tally: its clusters against the column.
        cluster: the number of the cluster.
        divergence: ``(n,)`` at one temperature; NaN where nothing was measured.
        most: values that are listed.
    """
    here = tally.counts[:, cluster]
    order = [int(i) for i in np.argsort(-here, kind="stable")[:most] if here[i] > 0]
    inside = np.flatnonzero(run.labels == cluster)
    codes = tally.codes[inside]
    scores = cluster_scores(
        np.where(run.valid, divergence, np.nan)[inside],
        codes,
        len(tally.values),
        np.ones(len(inside), bool),
        run.config.seed,
    )
    nothing = float("nan")
    return [
        Composed(
            tally.values[i],
            int(here[i]),
            float(here[i] / here.sum()),
            float(here[i] / tally.counts[i].sum()),
            int(scores.sizes[i]),
            float(scores.cds[i]) if scores.sizes[i] else nothing,
            float(scores.low[i]) if scores.sizes[i] > 1 else nothing,
            float(scores.high[i]) if scores.sizes[i] > 1 else nothing,
        )
        for i in order
    ]


def tallies(run: Run) -> tuple[Tally, ...]:
    """Every column of the user that sorts the clustered samples, the one closest to the clusters first."""
    inside = np.flatnonzero(run.labels >= 0)
    made = []
    for name, column in kinds(run).items():
        cells = np.bincount(
            column.codes[inside].astype(np.int64) * run.n_clusters + run.labels[inside],
            minlength=len(column.values) * run.n_clusters,
        ).reshape(len(column.values), run.n_clusters)
        if np.count_nonzero(cells.sum(axis=1)) > 1:
            made.append(Tally(name, column.values, column.codes, cells, mutual_information(cells)))
    return tuple(sorted(made, key=lambda tally: -tally.agreement))


def mutual_information(counts: NDArray[np.int64]) -> float:
    """Normalized mutual information of a ``(V, K)`` table: 0 unrelated, 1 the same groups.

    Normalized by the mean of both entropies (Strehl & Ghosh 2002 with the arithmetic mean, as
    scikit-learn does); 1 where neither has more than one group.
    """
    joint = counts / counts.sum()
    one, other = joint.sum(axis=1), joint.sum(axis=0)
    mean = (_entropy(one) + _entropy(other)) / 2
    if mean == 0:
        return 1.0
    information = _entropy(one) + _entropy(other) - _entropy(joint.ravel())
    return float(np.clip(information / mean, 0, 1))


def _entropy(shares: NDArray[np.float64]) -> float:
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())
