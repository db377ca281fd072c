"""From candidates to a selection: the walk (every budget at once) and the cut (instant)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from paser_core.config import AllocationRule, Order, SelectionConfig, budget_text, read_budget
from paser_core.errors import SelectionError
from paser_core.selection.allocation import paper_floor, seat_sequence
from paser_core.selection.model import Candidates, Overrides, Selection, Status, Walk
from paser_core.selection.passes import run_pass
from paser_core.stages.scoring import FEW, cluster_means, efficiency
from paser_core.text import count, percent, plural, share

_LOW_ACCEPTANCE = 0.5


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
    """What was understood: ``1.0 = 100 % of 4,178 samples``, ``800 = 19.1 % of 4,178 samples``."""
    samples = resolve_budget(budget, n)
    told = f"{budget_text(budget)} = {percent(samples, n)} of {plural(n, 'sample')}"
    return told if isinstance(budget, str) or budget > 1 else f"{told} = {count(samples)}"


def select(
    candidates: Candidates, config: SelectionConfig, overrides: Overrides | None = None
) -> Selection:
    """The selection for one setting of the knobs. Pure: the same input gives the same answer."""
    budget = resolve_budget(config.budget, candidates.n)
    return cut(walk(candidates, config, overrides), budget)


def is_nested(config: SelectionConfig) -> bool:
    """Whether one walk answers every budget."""
    return config.allocation is AllocationRule.SAINTE_LAGUE and config.order is Order.INTERLEAVED


def walk(
    candidates: Candidates, config: SelectionConfig, overrides: Overrides | None = None
) -> Walk:
    """Offer the samples in turn. The budget matters only for orders that do not nest."""
    overrides = overrides or Overrides()
    usable = candidates.usable
    k = candidates.n_clusters
    cds, sizes = cluster_means(candidates.divergence, candidates.labels, k, candidates.valid)
    ies = efficiency(candidates.divergence, candidates.tokens)
    offered = usable.copy()
    forced = _forced(candidates, overrides)
    offered[forced] = False
    offered[list(overrides.forced_out)] = False
    order, starts = _by_cluster(ies, candidates.labels, offered, k)
    in_forced = np.bincount(candidates.labels[forced], minlength=k).astype(np.int64)
    capacities = np.diff(starts)
    budget = None if is_nested(config) else resolve_budget(config.budget, candidates.n)
    if budget is None:
        quotas = capacities + in_forced
    elif config.allocation is AllocationRule.PAPER:
        quotas = np.maximum(paper_floor(cds, budget, capacities + in_forced), in_forced)
    else:
        sequence = seat_sequence(cds, capacities, max(0, budget - len(forced)), in_forced)
        quotas = in_forced + np.bincount(sequence, minlength=k)
    rank, rejected_at = run_pass(
        order,
        starts,
        np.nan_to_num(cds),  # a cluster of NaN has nothing to offer
        quotas.astype(np.int64),
        forced,
        candidates.labels.astype(np.int32),
        candidates.concepts.indptr,
        candidates.concepts.ids,
        len(candidates.concepts.vocabulary),
        config.order is Order.INTERLEAVED,
    )
    return Walk(candidates, overrides, cds, sizes, ies, rank, rejected_at, budget)


def cut(walked: Walk, budget: int) -> Selection:
    """The selection for ``budget`` samples out of a walk.

    Raises:
        SelectionError: the walk was made for another budget, or forced samples exceed the budget.
    """
    if walked.budget is not None and walked.budget != budget:
        raise ValueError(f"this walk answers budget {walked.budget}, not {budget}")
    candidates, overrides = walked.candidates, walked.overrides
    forced = len(overrides.forced_in)
    if forced > budget:
        raise SelectionError(
            f"{forced} samples are forced in, but the budget is {budget}. Raise the budget or take "
            "some of them back."
        )
    rank, rejected_at = walked.rank, walked.rejected_at
    status = np.full(candidates.n, Status.OVER_BUDGET.code, np.int8)
    # Rejected while fewer than `budget` samples were in: its turn came within this budget.
    rejected = (rejected_at >= 0) & (rejected_at < budget)
    taken = (rank > 0) & (rank <= budget)
    status[rejected] = Status.CONFLICT.code
    status[taken] = Status.SELECTED.code
    status[~candidates.usable] = Status.INVALID.code
    status[list(overrides.forced_in)] = Status.FORCED_IN.code
    status[list(overrides.forced_out)] = Status.FORCED_OUT.code
    k = candidates.n_clusters
    accepted = np.bincount(candidates.labels[taken], minlength=k).astype(np.int64)
    allocated = np.bincount(seat_sequence(walked.cds, walked.sizes, budget), minlength=k).astype(
        np.int64
    )
    counts = np.bincount(candidates.labels[rejected], minlength=k).astype(np.int64)
    return Selection(
        walked,
        budget,
        status,
        allocated,
        accepted,
        counts,
        _warnings(walked, budget, int(taken.sum()), int(rejected.sum())),
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
        if not candidates.usable[row]:
            raise SelectionError(
                f"Row {row} cannot be forced in: "
                f"{candidates.problems[row] or 'it was not scored'}. Release it."
            )
    return np.array(list(dict.fromkeys(overrides.forced_in)), np.int64)


def _by_cluster(
    ies: NDArray[np.float64], labels: NDArray[np.int32], offered: NDArray[np.bool_], k: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offered rows, cluster after cluster, by falling IES; ties in data-set order."""
    rows = np.flatnonzero(offered)
    keys = -ies[rows]
    best_first = np.argsort(keys)
    falling = keys[best_first]
    if (falling[1:] == falling[:-1]).any():  # the fast sort is free to swap ties
        best_first = np.argsort(keys, kind="stable")
    order = rows[best_first]
    # Radix sort, stable: within a cluster the order by IES stays.
    order = order[np.argsort(labels[order].astype(np.int16), kind="stable")]
    starts = np.searchsorted(labels[order], np.arange(k + 1)).astype(np.int64)
    return order.astype(np.int64), starts


def _warnings(walked: Walk, budget: int, taken: int, rejected: int) -> tuple[str, ...]:
    warnings = []
    if not walked.candidates.concepts.ids.size:
        warnings.append(
            "The concept graph had nothing to work on: no sample has a concept under these "
            "settings, so none could be rejected for a conflict."
        )
    if taken < budget:
        usable = int(walked.candidates.usable.sum())
        if walked.budget is not None:
            why = "the rule rounds every cluster's share down, or its clusters ran dry"
        elif rejected:
            why = (
                f"of {usable:,} usable samples, {rejected:,} were rejected because their concepts "
                "conflict; fewer concepts per sample, or a lower cap on document frequency, "
                "reject less"
            )
        else:
            why = f"the data set has only {usable:,} usable samples"
        warnings.append(
            f"The budget of {budget:,} cannot be filled: {taken:,} are selected; {why}."
        )
    if rejected and taken / (taken + rejected) < _LOW_ACCEPTANCE:
        warnings.append(
            f"Only {share(taken, taken + rejected, 0)} of the considered samples were "
            "accepted. Frequent phrases may be doing the rejecting: lower the cap on document "
            "frequency."
        )
    return (*warnings, *_measurement(walked))


def _measurement(walked: Walk) -> list[str]:
    """What was not measured, or measured on too few samples to be trusted."""
    measured, members = walked.sizes, walked.members
    total, everything = int(measured.sum()), int(members.sum())
    if not total:
        return [
            f"Nothing was measured: 0 of {everything:,} samples in clusters have a divergence, so "
            "there is nothing to select by. The ledger says why, sample by sample."
        ]
    found = []
    blank = int(((measured == 0) & (members > 0)).sum())
    if blank:
        found.append(
            f"In {_of_clusters(blank, len(members))} no sample was measured; nothing is known of "
            f"{'its' if blank == 1 else 'their'} damage, and nothing is selected there."
        )
    # A cluster that is small was never larger; one that lost its samples may not stand for itself.
    shrunk = (measured < FEW) & (members >= FEW) | (2 * measured < members)
    poor = int(((measured > 0) & shrunk).sum())
    if poor:
        found.append(
            f"In {_of_clusters(poor, len(members))} so many samples were not measured that the rest "
            f"may not stand for {'it' if poor == 1 else 'them'} (of all clusters, {total:,} of "
            f"{everything:,} samples were); the damage {'it shows' if poor == 1 else 'they show'} is "
            "a guess."
        )
    if not walked.cds[measured > 0].any():
        found.append(
            f"The two models agree on every one of the {total:,} measured samples; the budget is "
            "split evenly."
        )
    return found


def _of_clusters(some: int, k: int) -> str:
    return f"{some} of {k} cluster{'' if k == 1 else 's'}"
