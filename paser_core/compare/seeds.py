"""How much of a selection is chance: other seeds of the clustering, everything else the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paser_core.answer import candidates
from paser_core.compare.baselines import Baseline, baseline
from paser_core.config import ConceptsConfig, SelectionConfig
from paser_core.protocols import Progress, no_progress
from paser_core.run import Run
from paser_core.selection import Overrides, resolve_budget, select


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


def stability(
    run: Run,
    knobs: SelectionConfig,
    seeds: Sequence[int],
    on_progress: Progress = no_progress,
    *,
    concepts: ConceptsConfig | None = None,
    overrides: Overrides | None = None,
) -> Stability:
    """Cluster the run's manifold again with each of ``seeds``, at its number of clusters, and select.

    The run's own seed gives its own clusters, if this version made the run. The vectors, the manifold,
    the models' scores and the concepts stay, so this is the spread that the start of the factorisation
    causes, and no more.
    It takes a clustering for every seed: seconds at 4,000 samples, a minute or so at 44,000.

    Raises:
        ValueError: there is no seed.
        SelectionError: the run has no models.
    """
    # Imported here: it brings scikit-learn, and comparing two selections must not wait for that.
    from paser_core.clustering import fit_clustering

    if not seeds:
        raise ValueError("stability needs at least one seed")
    pool = candidates(run, knobs.temperature, concepts)
    on_manifold = np.flatnonzero(np.isfinite(run.coordinates).all(axis=1))
    coordinates = run.coordinates[on_manifold]
    config = replace(run.config.clustering, n_clusters=run.n_clusters)
    found, ours, blind = [], [], []
    for done, seed in enumerate(seeds):
        fitted = fit_clustering(coordinates, config, seed)
        labels = np.full(run.n, -1, np.int32)
        labels[on_manifold] = fitted.labels
        again = replace(pool, labels=labels, n_clusters=fitted.n_clusters)
        found.append(fitted.n_clusters)
        ours.append(_members(run.n, select(again, knobs, overrides).rows))
        blind.append(_members(run.n, baseline(run, Baseline.RANDOM, knobs, seed)))
        on_progress(done + 1, len(seeds))
    own = _members(run.n, select(pool, knobs, overrides).rows)
    index = pairwise_jaccard(np.stack([*ours, own]))
    return Stability(
        tuple(seeds),
        resolve_budget(knobs.budget, run.n),
        tuple(found),
        index[:-1, :-1],
        index[-1, :-1],
        pairwise_jaccard(np.stack(blind)),
        np.stack(ours).sum(axis=0, dtype=np.int32),
    )


def pairwise_jaccard(members: NDArray[np.bool_]) -> NDArray[np.float64]:
    """``(s, s)`` Jaccard index between the rows of ``members`` ``(s, n)``; two empty sets are equal."""
    counted = members.astype(np.float64)
    both = counted @ counted.T
    sizes = counted.sum(axis=1)
    either = sizes[:, None] + sizes[None, :] - both
    index: NDArray[np.float64] = np.where(either > 0, both / np.maximum(either, 1.0), 1.0)
    return index


def _members(n: int, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    inside = np.zeros(n, bool)
    inside[rows] = True
    return inside


def _off_diagonal(matrix: NDArray[np.float64]) -> float:
    above = matrix[np.triu_indices(len(matrix), 1)]
    return float(above.mean()) if len(above) else float("nan")
