"""Simpler selections at the same budget: what does PASER do that they do not?"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import ConfigError, nearest
from paser_core.runs import Run
from paser_core.selection import Setting, resolve_budget, select
from paser_core.selection.allocation import seat_sequence
from paser_core.selection.of_run import candidates
from paser_core.stages.concepts import ConceptTable
from paser_core.stages.scoring import efficiency


class Baseline(StrEnum):
    """How the simpler selection picks."""

    RANDOM = "random"  # valid samples, blindly
    PROPORTIONAL = "proportional"  # blindly too, but from every cluster in proportion to its size
    DIVERGENCE = "divergence"  # the most damaged samples
    IES = "ies"  # the most efficient samples, whatever their cluster
    NO_GRAPH = "no-graph"  # PASER's seats and order, but the concept graph rejects nothing

    @property
    def drawn(self) -> bool:
        """Whether a seed decides."""
        return self in (Baseline.RANDOM, Baseline.PROPORTIONAL)


def parse_baseline(name: str) -> Baseline:
    """A :class:`Baseline` by name.

    Raises:
        ConfigError: there is no such baseline.
    """
    if name in set(Baseline):
        return Baseline(name)
    raise ConfigError(
        f"The baseline is {name!r}; accepted: {', '.join(Baseline)}.{nearest(name, Baseline)}"
    )


def baseline(run: Run, kind: Baseline, setting: Setting, seed: int = 0) -> NDArray[np.int64]:
    """Rows that the baseline selects, in order, at the budget and temperature of a setting.

    People's decisions do not count here. Fewer rows than the budget come back only when there are no
    more samples that can be selected. Ties go to data-set order.

    Args:
        run: an open run.
        kind: how it picks.
        setting: budget and temperature, and for ``no-graph`` allocation and order; the rest does
            not count.
        seed: of the baselines that draw; the others do not look at it.

    Raises:
        SelectionError: the budget has no meaning, or the run has no models and the baseline needs them
            (all but ``random`` and ``proportional``).
    """
    budget = resolve_budget(setting.budget, run.n)
    if kind.drawn:
        return _drawn(run, kind, budget, seed)
    # None of these looks at the concepts.
    pool = candidates(
        run,
        setting,
        ConceptTable((), np.zeros(run.n + 1, np.int64), np.zeros(0, np.int32)),
    )
    if kind is Baseline.NO_GRAPH:
        return select(pool, setting).rows
    score = pool.divergence
    if kind is Baseline.IES:
        score = efficiency(score, pool.tokens)
    usable = np.flatnonzero(pool.usable)
    return usable[np.argsort(-score[usable], kind="stable")][:budget]


def _drawn(run: Run, kind: Baseline, budget: int, seed: int) -> NDArray[np.int64]:
    usable = np.flatnonzero(run.valid & (run.labels >= 0))
    shuffled = np.random.default_rng(seed).permutation(usable)
    if kind is Baseline.RANDOM:
        return shuffled[:budget]
    sizes = np.bincount(run.labels[usable], minlength=run.n_clusters)
    quotas = np.bincount(
        seat_sequence(sizes.astype(np.float64), sizes.astype(np.int64), budget),
        minlength=run.n_clusters,
    )
    labels = run.labels[shuffled]
    # Place of each sample among those of its cluster that were drawn before it.
    place = np.empty(len(shuffled), np.int64)
    for cluster in range(run.n_clusters):
        mine = np.flatnonzero(labels == cluster)
        place[mine] = np.arange(len(mine))
    return np.asarray(shuffled[place < quotas[labels]], np.int64)
