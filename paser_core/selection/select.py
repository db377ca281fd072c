"""From candidates to a ranking, which answers every budget at once, and to a selection."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from paser_core.config import AllocationRule, Order, SelectionConfig, budget_text, read_budget
from paser_core.errors import SelectionError
from paser_core.selection.allocation import paper_floor, seat_sequence
from paser_core.selection.model import Candidates, Overrides, Question
from paser_core.selection.passes import run_pass
from paser_core.selection.ranking import Ranking, Selection
from paser_core.selection.selector import selector_of
from paser_core.stages.concepts import no_concepts
from paser_core.stages.scoring import cluster_means, efficiency
from paser_core.text import count, percent, plural


def resolve_budget(budget: float | str, n: int) -> int:
    """The number of samples a budget stands for: up to 1.0 a share of all ``n``, else a number.

    A share is of all samples in the data set, rounded to the nearest; a half rounds up.

    Raises:
        ConfigError: the budget is neither, or a bare 1, which could be either.
    """
    known = read_budget(budget)
    if isinstance(known, str):
        return 1
    return math.floor(known * n + 0.5) if known <= 1 else int(known)


def budget_told(budget: float | str, n: int) -> str:
    """What was understood: ``0.2 = 20 % of 4,178 samples = 836``, ``800 = 19.1 % of 4,178 samples``.

    A share is told as it was asked for: of 24 samples 20 % are 5, and nobody asked for 20.8 %.
    """
    samples = resolve_budget(budget, n)
    if isinstance(budget, str) or budget > 1:
        return f"{budget_text(budget)} = {percent(samples, n)} of {plural(n, 'sample')}"
    return f"{budget_text(budget)} = {percent(budget)} of {plural(n, 'sample')} = {count(samples)}"


def select(
    candidates: Candidates, config: SelectionConfig, overrides: Overrides | None = None
) -> Selection:
    """The selection for one setting of the knobs. Pure: the same input gives the same answer."""
    budget = resolve_budget(config.budget, candidates.n)
    return rank_samples(candidates, config, overrides).at(budget)


def rank_samples(
    candidates: Candidates, config: SelectionConfig, overrides: Overrides | None = None
) -> Ranking:
    """Offer the samples in turn. The budget matters only for orders that do not nest.

    Raises:
        ConfigError: there is no such selector.
        SelectionError: people's decisions cannot be followed, or the selector is broken.
    """
    selector = selector_of(config.selector)
    overrides = overrides or Overrides()
    run = candidates.run
    if selector.damage and run is not None and not run.has_models:
        raise SelectionError(
            f"{run.name}: this run has no models, so no damage was measured and there is nothing for "
            f"the selector {config.selector!r} to rank by. Set models.original and models.compressed "
            "and start `paser run` on the same folder again, or choose a selector that needs no "
            "damage, such as 'random'."
        )
    config = selector.applied(config)
    candidates = replace(candidates, unmeasured=not selector.damage)
    if selector.leaves_out is not None:
        candidates = replace(candidates, left_out=selector.leaves_out(candidates))
    k = candidates.n_clusters
    cds, sizes = cluster_means(candidates.divergence, candidates.labels, k, candidates.valid)
    ies = efficiency(candidates.divergence, candidates.tokens)
    own = selector.grouped(candidates, config)
    seen = candidates if own is None else candidates.in_clusters(own)
    budget = None if selector.nests(config) else resolve_budget(config.budget, candidates.n)
    if selector.at_budget:
        asked = resolve_budget(config.budget, candidates.n)
        seen = replace(seen, question=Question(config, overrides, asked))
    score = selector.scores(seen, config.seed)
    weights = None if selector.weights is None else selector.weights(seen)
    forced = _forced(candidates, overrides)
    offered = candidates.usable
    if selector.at_budget:
        offered &= np.isfinite(score)
    offered[forced] = False
    offered[list(overrides.forced_out)] = False
    # Without seats the whole pool offers its best, as one cluster would.
    labels = np.zeros(candidates.n, np.int32) if weights is None else seen.labels
    shares = np.ones(1) if weights is None else weights
    order, starts = _by_cluster(score, labels, offered, len(shares))
    in_forced = np.bincount(labels[forced], minlength=len(shares)).astype(np.int64)
    capacities = np.diff(starts)
    if budget is None or weights is None:
        quotas = capacities + in_forced
    elif config.allocation is AllocationRule.PAPER:
        quotas = np.maximum(paper_floor(shares, budget, capacities + in_forced), in_forced)
    else:
        sequence = seat_sequence(shares, capacities, max(0, budget - len(forced)), in_forced)
        quotas = in_forced + np.bincount(sequence, minlength=len(shares))
    concepts = candidates.concepts if selector.graph else no_concepts(candidates.n)
    rank, rejected_at = run_pass(
        order,
        starts,
        np.nan_to_num(shares),  # a cluster of NaN has nothing to offer
        quotas.astype(np.int64),
        forced,
        labels.astype(np.int32),
        concepts.indptr,
        concepts.ids,
        len(concepts.vocabulary),
        weights is None or config.order is Order.INTERLEAVED,
    )
    return Ranking(
        config.selector,
        candidates,
        overrides,
        cds,
        sizes,
        ies,
        score if selector.shown is None else selector.shown(candidates),
        weights,
        rank,
        rejected_at,
        budget,
        own,
    )


def _forced(candidates: Candidates, overrides: Overrides) -> NDArray[np.int64]:
    both = set(overrides.forced_in) & set(overrides.forced_out)
    if both:
        raise SelectionError(f"Row {min(both)} is forced in and forced out; decide for one.")
    for row in (*overrides.forced_in, *overrides.forced_out):
        if not 0 <= row < candidates.n:
            raise SelectionError(
                f"Row {row} does not exist; rows go from 0 to {candidates.n - 1}. Name one of them."
            )
    for row in overrides.forced_in:
        if not candidates.trainable[row]:
            raise SelectionError(
                f"Row {row} cannot be forced in: "
                f"{candidates.problems[row] or 'it was not scored'}. Release it."
            )
    return np.array(list(dict.fromkeys(overrides.forced_in)), np.int64)


def _by_cluster(
    score: NDArray[np.float64], labels: NDArray[np.int32], offered: NDArray[np.bool_], k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offered rows, cluster after cluster, by falling score; ties in data-set order."""
    rows = np.flatnonzero(offered)
    keys = -score[rows]
    best_first = np.argsort(keys)
    falling = keys[best_first]
    if (falling[1:] == falling[:-1]).any():  # the fast sort is free to swap ties
        best_first = np.argsort(keys, kind="stable")
    order = rows[best_first]
    # Radix sort, stable: within a cluster the order by score stays.
    order = order[np.argsort(labels[order].astype(np.int16), kind="stable")]
    starts = np.searchsorted(labels[order], np.arange(k + 1)).astype(np.int64)
    return order.astype(np.int64), starts
