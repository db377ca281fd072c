"""Which rejections and near misses the report shows. Chosen by a rule that is printed beside them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from paser_core.selection import Conflict, ConflictTable, Evidence, Selection, Status

MOST_REJECTIONS = 5
MOST_NEAR_MISSES = 3

_Pair = tuple[str, str]


@dataclass(frozen=True)
class Rejection:
    """A rejected sample with the pair of concepts it is shown for."""

    evidence: Evidence
    conflict: Conflict
    rejections: int  # how many samples this pair rejected

    @property
    def others(self) -> tuple[Conflict, ...]:
        """Its further offending pairs."""
        return tuple(c for c in self.evidence.conflicts if c is not self.conflict)


@dataclass(frozen=True)
class Rejections:
    """The rejections within the budget."""

    shown: tuple[Rejection, ...]
    limit: int  # at most so many are shown
    n_pairs: int  # different pairs of concepts that rejected a sample


def instructive_rejections(selection: Selection, most: int = MOST_REJECTIONS) -> Rejections:
    """The pairs that reject most, each with its rejected sample of highest IES.

    Pairs go by falling number of rejections, then by alphabet. A first round takes at most one
    sample a cluster, a second fills up; nobody is shown twice.
    """
    table = ConflictTable.of(selection.ranking)
    rejected = np.flatnonzero(selection.status == Status.CONFLICT.code)
    by_pair: dict[_Pair, list[tuple[Evidence, Conflict]]] = defaultdict(list)
    best_first = rejected[np.argsort(-selection.ranking.ies[rejected], kind="stable")]
    found = (table.evidence(int(row)) for row in best_first)
    for evidence in (e for e in found if e is not None):
        for conflict in evidence.conflicts:
            by_pair[_pair(conflict)].append((evidence, conflict))
    pairs = sorted(by_pair, key=lambda pair: (-len(by_pair[pair]), pair))
    labels = selection.ranking.candidates.labels
    chosen: dict[_Pair, Rejection] = {}
    rows: set[int] = set()
    clusters: set[int] = set()
    for one_per_cluster in (True, False):
        for pair in pairs:
            if len(chosen) == most:
                break
            if pair in chosen:
                continue
            for evidence, conflict in by_pair[pair]:
                cluster = int(labels[evidence.row])
                if evidence.row in rows or (one_per_cluster and cluster in clusters):
                    continue
                chosen[pair] = Rejection(evidence, conflict, len(by_pair[pair]))
                rows.add(evidence.row)
                clusters.add(cluster)
                break
    shown = sorted(chosen.values(), key=lambda r: (-r.rejections, _pair(r.conflict)))
    return Rejections(tuple(shown), most, len(pairs))


@dataclass(frozen=True)
class NearMiss:
    """A sample that a larger budget takes."""

    row: int
    enters_at: int
    most_damaged: bool  # shown because it is; else because it is next in line


def near_misses(selection: Selection, most: int = MOST_NEAR_MISSES) -> tuple[NearMiss, ...]:
    """The next in line, and last the most damaged sample that a larger budget takes.

    Empty where every budget has an order of its own.
    """
    ranking = selection.ranking
    waiting = np.flatnonzero((ranking.rank > 0) & (selection.status == Status.OVER_BUDGET.code))
    if ranking.budget is not None or not len(waiting):
        return ()
    in_line = waiting[np.argsort(ranking.rank[waiting], kind="stable")]
    damage = ranking.candidates.divergence
    worst = int(in_line[np.argmax(damage[in_line])])
    rows = [int(r) for r in in_line if r != worst][: most - 1]
    found = [NearMiss(row, int(ranking.rank[row]), False) for row in rows]
    return (*found, NearMiss(worst, int(ranking.rank[worst]), True))


def _pair(conflict: Conflict) -> _Pair:
    first, second = sorted((conflict.first, conflict.second))
    return first, second
