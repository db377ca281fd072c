"""How much of a selection is chance: other seeds of the clustering, everything else the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paser_core.config import of_count
from paser_core.protocols import Progress, no_progress
from paser_core.runs import Run
from paser_core.selection import Clusters, Selection, Setting, select
from paser_core.selection.of_run import candidates, overrides_of
from paser_core.stages.concepts import no_concepts


@dataclass(frozen=True)
class Stability:
    """The same selection under other seeds of the clustering, and random ones beside it."""

    seeds: tuple[int, ...]
    budget: int
    n_clusters: tuple[int, ...]  # (s,) clusters found; fewer than asked for where some stayed empty
    jaccard: NDArray[np.float64]  # (s, s) between the selections of two seeds; 1 on the diagonal
    with_run: NDArray[np.float64]  # (s,) between the selection of a seed and the run's own
    random: NDArray[np.float64]  # (s, s) between random selections with these seeds
    times: NDArray[np.int32]  # (n,) seeds under which a sample is selected

    @property
    def mean(self) -> float:
        """Mean Jaccard index of two seeds; NaN for a single one."""
        return _off_diagonal(self.jaccard)

    @property
    def random_mean(self) -> float:
        """What blind selections reach; NaN for a single seed."""
        return _off_diagonal(self.random)

    @property
    def always(self) -> int:
        """Samples that are selected under every seed."""
        return int((self.times == len(self.seeds)).sum())

    @property
    def ever(self) -> int:
        """Samples that are selected under some seed."""
        return int((self.times > 0).sum())

    def within(self, labels: NDArray[np.int32], n_clusters: int) -> tuple[ClusterStability, ...]:
        """How much of it is in which cluster, given the run's own ``labels`` ``(n,)``."""
        return tuple(
            ClusterStability(
                cluster,
                int((times == len(self.seeds)).sum()),
                int((times > 0).sum()),
                _agreement(times, len(self.seeds)),
            )
            for cluster in range(n_clusters)
            for times in (self.times[labels == cluster].astype(np.int64),)
        )


@dataclass(frozen=True)
class ClusterStability:
    """The samples of one cluster of the run, under all seeds."""

    cluster: int
    always: int  # selected under every seed
    ever: int  # selected under some seed
    agreement: float  # Jaccard index pooled over all pairs of seeds; NaN: nothing was ever selected


def stability(
    run: Run,
    setting: Setting,
    seeds: Sequence[int],
    on_progress: Progress = no_progress,
) -> Stability:
    """Cluster the run's manifold again with each of ``seeds``, at its number of clusters, and select.

    The run's own seed gives its own clusters, if this version made the run. The vectors, the manifold,
    the models' scores and the concepts stay, so this is the spread that the start of the factorization
    causes, and no more.
    It takes a clustering for every seed: seconds at 4,000 samples, a minute or so at 44,000.

    Args:
        run: an open run with models.
        setting: every knob; people's decisions count.
        seeds: one clustering each, in this order.
        on_progress: told how many seeds are done, and of how many.

    Raises:
        ValueError: there is no seed.
        SelectionError: the run has no models.
    """
    if not seeds:
        raise ValueError("stability needs at least one seed")
    pool, overrides = candidates(run, setting), overrides_of(run, setting)
    found, ours = [], []
    for done, seed in enumerate(seeds):
        again = recluster(run, seed)
        found.append(again.n_clusters)
        ours.append(select(pool.in_clusters(again), setting, overrides).rows)
        on_progress(done + 1, len(seeds))
    own = select(pool, setting, overrides)
    return stability_of(run, own, ours, seeds, found)


def recluster(run: Run, seed: int, n_clusters: int | None = None) -> Clusters:
    """Cluster the run's manifold again with another seed, at its number of clusters or at another."""
    wanted = run.n_clusters if n_clusters is None else n_clusters
    if wanted < 2:
        return Clusters(run.labels, run.n_clusters)  # one cluster is one cluster from any start
    # Imported here: it brings scikit-learn, and comparing two selections must not wait for that.
    from paser_core.stages.clustering import fit_clustering

    on_manifold = np.flatnonzero(np.isfinite(run.coordinates).all(axis=1))
    config = replace(run.config.clustering, n_clusters=wanted)
    fitted = fit_clustering(run.coordinates[on_manifold], config, seed)
    labels = np.full(run.n, -1, np.int32)
    labels[on_manifold] = fitted.labels
    return Clusters(labels, fitted.n_clusters)


def stability_of(
    run: Run,
    own: Selection,
    ours: Sequence[NDArray[np.int64]],
    seeds: Sequence[int],
    n_clusters: Sequence[int],
) -> Stability:
    """Count what was selected under each seed, and by the run itself.

    Args:
        run: the run that was clustered again.
        own: its selection with its own clusters.
        ours: rows selected under each seed, ``(s,)`` arrays.
        seeds: ``(s,)``.
        n_clusters: ``(s,)`` clusters found under each.
    """
    blind = [_members(run.n, _drawn(run, own.budget, seed)) for seed in seeds]
    members = np.stack([_members(run.n, rows) for rows in (*ours, own.rows)])
    index = pairwise_jaccard(members)
    return Stability(
        tuple(seeds),
        own.budget,
        tuple(n_clusters),
        index[:-1, :-1],
        index[-1, :-1],
        pairwise_jaccard(np.stack(blind)),
        members[:-1].sum(axis=0, dtype=np.int32),
    )


def pairwise_jaccard(members: NDArray[np.bool_]) -> NDArray[np.float64]:
    """``(s, s)`` Jaccard index between the rows of ``members`` ``(s, n)``; two empty sets are equal."""
    counted = members.astype(np.float64)
    both = counted @ counted.T
    sizes = counted.sum(axis=1)
    either = sizes[:, None] + sizes[None, :] - both
    index: NDArray[np.float64] = np.where(either > 0, both / np.maximum(either, 1.0), 1.0)
    return index


def _drawn(run: Run, budget: int, seed: int) -> NDArray[np.int64]:
    """Rows of a blind selection; the concepts have no say in it."""
    setting = Setting(of_count(budget), selector="random", seed=seed)
    return select(candidates(run, setting, no_concepts(run.n)), setting).rows


def _members(n: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    inside = np.zeros(n, bool)
    inside[rows] = True
    return inside


def _off_diagonal(matrix: NDArray[np.float64]) -> float:
    above = matrix[np.triu_indices(len(matrix), 1)]
    return float(above.mean()) if len(above) else float("nan")


def _agreement(times: NDArray[np.int64], seeds: int) -> float:
    """Pooled Jaccard index of the pairs of seeds, from how often each sample is selected.

    A sample that is selected ``t`` times is in both of ``t (t - 1) / 2`` pairs, and in one at least
    of those and the ``t (s - t)`` pairs with a seed that leaves it out.
    """
    both = int((times * (times - 1) // 2).sum())
    either = both + int((times * (seeds - times)).sum())
    return both / either if either else float("nan")
