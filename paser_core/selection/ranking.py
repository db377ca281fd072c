"""What a selector gives: best first, with the moment each sample was rejected; and the answer at a budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.errors import SelectionError
from paser_core.notices import Severity
from paser_core.problems import reasons
from paser_core.selection.allocation import seat_sequence
from paser_core.selection.measures import measure_told
from paser_core.selection.model import STATUSES, Candidates, Clusters, Overrides, Status
from paser_core.selection.selector import selector_of
from paser_core.stages.scoring import FEW
from paser_core.text import plural, share

_LOW_ACCEPTANCE = 0.5


@dataclass(frozen=True)
class Ranking:
    """The candidates in order. Nested orders answer every budget; others know their budget."""

    selector: str  # by name
    candidates: Candidates
    overrides: Overrides
    cds: NDArray[np.float64]  # (K,) NaN for a cluster without a measured sample
    sizes: NDArray[np.int64]  # (K,) measured samples
    ies: NDArray[np.float64]  # (n,) NaN where it was not measured
    score: NDArray[np.float64]  # (n,) what the selector ranks by; NaN where it ranks nothing
    weights: NDArray[np.float64] | None  # (K,) seats are in proportion; None: there are no seats
    rank: NDArray[np.int32]  # (n,) 1, 2, 3, …: the budget at which it enters; 0: never
    rejected_at: NDArray[np.int32]  # (n,) samples accepted when it was rejected; -1: never rejected
    budget: int | None  # None: good for every budget
    own: Clusters | None = None  # seats were given by these; None: by the clusters of the run

    @property
    def nested(self) -> bool:
        """Whether it says at which budget a sample enters."""
        return self.budget is None and not selector_of(self.selector).everything

    @property
    def grouped(self) -> Candidates:
        """The candidates in the clusters that seats were given by."""
        return self.candidates if self.own is None else self.candidates.in_clusters(self.own)

    @property
    def members(self) -> NDArray[np.int64]:
        """``(K,)`` samples of each cluster, measured or not."""
        labels = self.candidates.labels
        counts = np.bincount(labels[labels >= 0], minlength=self.candidates.n_clusters)
        return counts.astype(np.int64)

    def at(self, budget: int) -> Selection:
        """The selection for ``budget`` samples.

        Raises:
            SelectionError: forced samples exceed the budget.
            ValueError: the ranking was made for another budget.
        """
        if self.budget is not None and self.budget != budget:
            raise ValueError(f"this ranking answers budget {self.budget}, not {budget}")
        candidates, overrides = self.candidates, self.overrides
        asked = budget
        if selector_of(self.selector).everything:
            budget = max(int((self.rank > 0).sum()), 1)
        forced = len(overrides.forced_in)
        if forced > budget:
            raise SelectionError(
                f"{forced} samples are forced in, but the budget is {budget}. Raise the budget or take "
                "some of them back."
            )
        rank, rejected_at = self.rank, self.rejected_at
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
        allocated = accepted if self.own is not None or self.weights is None else self.seats(budget)
        counts = np.bincount(candidates.labels[rejected], minlength=k).astype(np.int64)
        return Selection(
            self,
            budget,
            status,
            allocated,
            accepted,
            counts,
            _warnings(self, budget, int(taken.sum()), int(rejected.sum()), asked),
        )

    def seats(self, budget: int) -> NDArray[np.int64]:
        """``(K,)`` seats of the clusters that seats are given by, before the graph has its say.

        Raises:
            ValueError: the rule gives no seats.
        """
        if self.weights is None:
            raise ValueError(f"the selector {self.selector} gives no seats")
        pool = self.grouped
        capacities = np.bincount(pool.labels[pool.usable], minlength=pool.n_clusters)
        sequence = seat_sequence(self.weights, capacities, budget)
        return np.bincount(sequence, minlength=pool.n_clusters).astype(np.int64)


@dataclass(frozen=True)
class Selection:
    """The answer for one budget."""

    ranking: Ranking
    budget: int
    status: NDArray[np.int8]  # (n,) codes of Status
    # (K,) seats of the run's clusters, before the concept graph has its say; what was accepted in
    # each where the rule gives no seats, or gives them by clusters of its own.
    allocated: NDArray[np.int64]
    accepted: NDArray[np.int64]  # (K,)
    rejected: NDArray[np.int64]  # (K,)
    warnings: tuple[str, ...]

    @property
    def rank(self) -> NDArray[np.int32]:
        """``(n,)`` order of acceptance; 0 for what is not in the selection."""
        taken = (self.status == Status.SELECTED.code) | (self.status == Status.FORCED_IN.code)
        return np.where(taken, self.ranking.rank, 0).astype(np.int32)

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row numbers of the selected samples, in order of acceptance."""
        rank = self.rank
        chosen = np.flatnonzero(rank)
        return chosen[np.argsort(rank[chosen], kind="stable")]

    @property
    def n_selected(self) -> int:
        """Samples taken, forced ones included."""
        return int(self.accepted.sum())

    @property
    def n_rejected(self) -> int:
        """Samples rejected by the concept graph within this budget."""
        return int(self.rejected.sum())

    @property
    def n_considered(self) -> int:
        """Samples whose turn came."""
        return self.n_selected + self.n_rejected

    @property
    def acceptance_rate(self) -> float:
        """Accepted share of the considered samples; NaN when none was."""
        return self.n_selected / self.n_considered if self.n_considered else float("nan")

    @property
    def shortfall(self) -> int:
        """Samples missing to fill the budget."""
        return max(0, self.budget - self.n_selected)

    def status_of(self, row: int) -> Status:
        """Status of one sample."""
        return STATUSES[int(self.status[row])]


def _warnings(
    ranking: Ranking, budget: int, taken: int, rejected: int, asked: int
) -> tuple[str, ...]:
    warnings = []
    rule = selector_of(ranking.selector)
    if rule.everything:
        warnings.append(
            f"This selector takes everything that can be selected, {plural(taken, 'sample')}; the "
            f"budget of {asked:,} has no part in it."
        )
    if rule.graph and not ranking.candidates.concepts.ids.size:
        warnings.append(
            "The concept graph had nothing to work on: no sample has a concept under these "
            "settings, so none could be rejected for a conflict."
        )
    if ranking.own is not None:
        warnings += ranking.own.notes
    if ranking.candidates.scores is not None:
        told = ranking.candidates.scores.notices
        warnings += [notice.text for notice in told if notice.severity is Severity.WARNING]
    if ranking.candidates.left_out is not None:
        lost = [
            reason
            for reason, known in zip(
                ranking.candidates.left_out, ranking.candidates.trainable, strict=True
            )
            if known
        ]
        warnings += [
            f"The selector leaves out {reason.counted(len(lost))}" for reason in reasons(lost)
        ]
    if taken < budget:
        usable = int(ranking.candidates.usable.sum())
        if rule.at_budget:
            why = "the rule offers no more at this budget"
        elif ranking.budget is not None:
            why = "the rule rounds every cluster's share down, or its clusters ran dry"
        elif rejected:
            why = (
                f"of {usable:,} usable samples, {rejected:,} were rejected because their concepts "
                "conflict; fewer concepts per sample, or a lower cap on document frequency, "
                "reject less"
            )
        else:
            out = int(ranking.candidates.usable[list(ranking.overrides.forced_out)].sum())
            left = f", and people forced {out:,} of them out" if out else ""
            only = f"only {plural(usable, 'usable sample')}" if usable else "no usable sample"
            why = f"the data set has {only}{left}"
        warnings.append(
            f"The budget of {budget:,} cannot be filled: {taken:,} are selected; {why}."
        )
    if rejected and taken / (taken + rejected) < _LOW_ACCEPTANCE:
        warnings.append(
            f"Only {share(taken, taken + rejected, 0)} of the considered samples were "
            "accepted. Frequent phrases may be doing the rejecting: lower the cap on document "
            "frequency."
        )
    return (*warnings, *(_measurement(ranking) if rule.damage else ()))


def _measurement(ranking: Ranking) -> list[str]:
    """What was not measured, or measured on too few samples to be trusted."""
    measured, members = ranking.sizes, ranking.members
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
    if not (ranking.cds[measured > 0] > 0).any():
        knobs = ranking.candidates.measure
        # A chance, a changed token or a gap can be 0 where the models differ; a gap can be below.
        told = (
            f"The two models agree on every one of the {total:,} measured samples"
            if knobs.tempered
            else f"No cluster is damaged by this measure: the {measure_told(knobs)} is 0 or less in each"
        )
        split = ranking.weights is not None and not (ranking.weights > 0).any()
        found.append(f"{told}; the budget is split evenly." if split else f"{told}.")
    return found


def _of_clusters(some: int, k: int) -> str:
    return f"{some} of {k} cluster{'' if k == 1 else 's'}"
