"""Why a sample was rejected: the offending pairs, and who brought their concepts in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.ranking import Ranking


@dataclass(frozen=True)
class Conflict:
    """Two concepts that are both known, but never occurred together."""

    first: str
    second: str
    first_from: int  # row of the accepted sample that brought the concept in
    second_from: int


@dataclass(frozen=True)
class Evidence:
    """What speaks against one rejected sample, at the moment of its rejection."""

    row: int
    conflicts: tuple[Conflict, ...]
    without: tuple[str, ...]  # a smallest set of concepts without which it would have been accepted

    @property
    def blockers(self) -> tuple[int, ...]:
        """Rows of the accepted samples that brought the offending concepts in, each once."""
        return blockers_of(self.conflicts)


def blockers_of(conflicts: Sequence[Conflict]) -> tuple[int, ...]:
    """Rows of the accepted samples that brought the concepts of these conflicts in, each once."""
    return tuple(dict.fromkeys(r for c in conflicts for r in (c.first_from, c.second_from)))


class ConceptHistory:
    """For each concept the accepted samples that have it, in order of acceptance."""

    def __init__(self, ranking: Ranking) -> None:
        concepts = ranking.candidates.concepts
        self._ranking = ranking
        rows = np.repeat(np.arange(concepts.n), np.diff(concepts.indptr))
        ranks = ranking.rank[rows]
        taken = ranks > 0
        order = np.lexsort((ranks[taken], concepts.ids[taken]))
        self._ranks: NDArray[np.int32] = ranks[taken][order]
        self._starts = np.searchsorted(
            concepts.ids[taken][order], np.arange(len(concepts.vocabulary) + 1)
        )
        self._row_of = np.zeros(int(ranking.rank.max(initial=0)) + 1, np.int64)
        accepted = np.flatnonzero(ranking.rank)
        self._row_of[ranking.rank[accepted]] = accepted

    def ranks(self, concept: int, until: int) -> NDArray[np.int32]:
        """Ranks up to ``until`` of the accepted samples that have the concept, ascending."""
        ranks = self._ranks[self._starts[concept] : self._starts[concept + 1]]
        return ranks[: np.searchsorted(ranks, until, side="right")]

    def evidence(self, row: int) -> Evidence | None:
        """Evidence against a rejected sample; None if it never was rejected."""
        until = int(self._ranking.rejected_at[row])
        if until < 0:
            return None
        concepts = self._ranking.candidates.concepts
        own = concepts.ids[concepts.indptr[row] : concepts.indptr[row + 1]]
        known = {int(c): ranks for c in own if len(ranks := self.ranks(int(c), until))}
        words = concepts.vocabulary
        offending = [
            (a, b)
            for a, b in combinations(known, 2)
            if not len(np.intersect1d(known[a], known[b], assume_unique=True))
        ]
        return Evidence(
            row,
            tuple(
                Conflict(words[a], words[b], self._first(known[a]), self._first(known[b]))
                for a, b in offending
            ),
            tuple(words[c] for c in smallest_cover(offending)),
        )

    def _first(self, ranks: NDArray[np.int32]) -> int:
        return int(self._row_of[ranks[0]])


def conflict_of(ranking: Ranking, row: int) -> Evidence | None:
    """Evidence against one sample; for many samples keep a :class:`ConceptHistory`."""
    return ConceptHistory(ranking).evidence(row)


def smallest_cover(pairs: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """A smallest set of concepts that touches every pair; of several the first in order of mention.

    A concept is in the cover, or every partner of it is: trying both, in order, with a rising limit
    on the size finds that set without going through all the others.
    """
    partners: dict[int, set[int]] = {}
    for a, b in pairs:
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    for size in range(len(partners) + 1):
        cover = _cover(list(partners), partners, frozenset(), size)
        if cover is not None:
            return tuple(c for c in partners if c in cover)
    return ()


def _cover(
    undecided: list[int], partners: dict[int, set[int]], chosen: frozenset[int], size: int
) -> frozenset[int] | None:
    """``chosen`` extended by ``undecided`` concepts to a cover of at most ``size``; None if none is."""
    if len(chosen) > size:
        return None
    for place, concept in enumerate(undecided):
        missing = partners[concept] - chosen
        if concept in chosen or not missing:
            continue
        rest = undecided[place + 1 :]
        return _cover(rest, partners, chosen | {concept}, size) or _cover(
            rest, partners, chosen | missing, size
        )
    return chosen
