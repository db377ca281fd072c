"""Why every rejected sample was rejected, all at once: the offending pairs of a whole ranking.

In about the time of the ranking itself. One fact makes that simple: once two concepts are both
vertices without being an edge, every sample that has both is rejected, so they never become one. (Forced
samples, which are not checked, enter before the first rejection.) So the edges at the end of the ranking
tell what the edges were at any rejection, for the concepts that were known by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.allocation import _compile
from paser_core.selection.evidence import Conflict, Evidence, smallest_cover
from paser_core.selection.passes import _EMPTY, _FIRST_TABLE, _add, _pair, _slot, _with_room
from paser_core.selection.ranking import Ranking
from paser_core.selection.selector import selector_of


@dataclass(frozen=True)
class ConflictTable:
    """The offending pairs of every rejected sample of a ranking, whatever the budget.

    At budget B those with ``rejected_at < B`` count: a selection is a prefix here too.
    """

    ranking: Ranking
    rows: NDArray[np.int64]  # (R,) rejected samples, ascending
    indptr: NDArray[np.int64]  # (R + 1,) bounds of a sample's pairs
    first: NDArray[np.int32]  # (P,) concept numbers, in the order of the sample's concepts
    second: NDArray[np.int32]  # (P,)
    brought_at: NDArray[np.int32]  # (V,) rank of the sample that brought the concept in; 0: none
    accepted: NDArray[np.int64]  # (A,) accepted samples in order: number `rank` at `rank - 1`

    @classmethod
    def of(cls, ranking: Ranking) -> ConflictTable:
        """Collect the pairs; tens of milliseconds for 44,000 samples with 8 concepts each."""
        concepts = ranking.candidates.concepts
        rows = np.flatnonzero(ranking.rejected_at >= 0)
        accepted = np.flatnonzero(ranking.rank)
        accepted = accepted[np.argsort(ranking.rank[accepted])]
        graph = selector_of(ranking.selector).graph  # without, nothing that enters was checked
        indptr, first, second, brought_at = _collect(
            accepted,
            len(ranking.overrides.forced_in) if graph else len(accepted),
            rows,
            ranking.rejected_at,
            concepts.indptr,
            concepts.ids,
            len(concepts.vocabulary),
        )
        return cls(ranking, rows, indptr, first, second, brought_at, accepted)

    @property
    def counts(self) -> NDArray[np.int64]:
        """``(R,)`` offending pairs of each rejected sample; at least one."""
        return np.diff(self.indptr)

    @property
    def owners(self) -> NDArray[np.int64]:
        """``(P,)`` the rejected sample each pair belongs to."""
        return np.repeat(self.rows, self.counts)

    def evidence(self, row: int, *, whole: bool = True) -> Evidence | None:
        """What speaks against the sample in ``row``; None if it never was rejected.

        ``whole``: with the concepts that it would have been accepted without, which are most of the work.
        """
        place = int(np.searchsorted(self.rows, row))
        if place == len(self.rows) or self.rows[place] != row:
            return None
        span = slice(int(self.indptr[place]), int(self.indptr[place + 1]))
        pairs = list(zip(self.first[span].tolist(), self.second[span].tolist(), strict=True))
        conflicts = tuple(self._conflict(a, b) for a, b in pairs)
        without = smallest_cover(pairs) if whole else ()
        return Evidence(row, conflicts, tuple(self._known[concept][0] for concept in without))

    def first_of(self, row: int) -> tuple[Conflict, int]:
        """The first conflict of a rejected sample, and how many there are."""
        start, end = self.indptr[np.searchsorted(self.rows, row) :][:2].tolist()
        return self._conflict(int(self.first[start]), int(self.second[start])), end - start

    def _conflict(self, a: int, b: int) -> Conflict:
        known = self._known
        first, first_from = known.get(a) or self._brought(a)
        second, second_from = known.get(b) or self._brought(b)
        return Conflict(first, second, first_from, second_from)

    @cached_property
    def _known(self) -> dict[int, tuple[str, int]]:
        """Concepts that were asked for: a phrase is unpacked once, and most conflicts are about few."""
        return {}

    def _brought(self, concept: int) -> tuple[str, int]:
        """A concept in words, and the row of the accepted sample that brought it in."""
        phrase = self.ranking.candidates.concepts.vocabulary[concept]
        brought = phrase, int(self.accepted[self.brought_at[concept] - 1])
        return self._known.setdefault(concept, brought)


@_compile
def _collect(
    accepted: Any,
    n_unchecked: int,
    rejected: Any,
    rejected_at: Any,
    indptr: Any,
    ids: Any,
    n_vocabulary: int,
) -> Any:
    """Rebuild the graph, then look at each rejected sample: ``indptr, first, second, brought_at``."""
    table = np.full(_FIRST_TABLE, _EMPTY)
    brought_at = np.zeros(n_vocabulary, np.int32)
    edges = 0
    for place in range(len(accepted)):
        row = accepted[place]
        concepts = ids[indptr[row] : indptr[row + 1]]
        table = _with_room(table, edges, len(concepts) * (len(concepts) - 1) // 2)
        mask = np.uint64(len(table) - 1)
        edges += _add(concepts, place + 1, brought_at, table, mask, place < n_unchecked)
    mask = np.uint64(len(table) - 1)
    bounds = np.zeros(len(rejected) + 1, np.int64)
    nobody = np.empty(0, np.int32)
    # Twice: once to count, once to write. Room for the worst case could be a hundred times too much.
    for place in range(len(rejected)):
        row = rejected[place]
        concepts = ids[indptr[row] : indptr[row + 1]]
        found = _offending(concepts, rejected_at[row], brought_at, table, mask, nobody, nobody, 0)
        bounds[place + 1] = bounds[place] + found
    first = np.empty(bounds[-1], np.int32)
    second = np.empty(bounds[-1], np.int32)
    for place in range(len(rejected)):
        row = rejected[place]
        concepts = ids[indptr[row] : indptr[row + 1]]
        until = rejected_at[row]
        _offending(concepts, until, brought_at, table, mask, first, second, bounds[place])
    return bounds, first, second, brought_at


@_compile
def _offending(
    concepts: Any,
    until: Any,
    brought_at: Any,
    table: Any,
    mask: Any,
    first: Any,
    second: Any,
    start: Any,
) -> int:
    """Pairs known by ``until`` that are no edge: their number; written from ``start`` if there is room."""
    found = 0
    for i in range(len(concepts)):
        one = brought_at[concepts[i]]
        if one == 0 or one > until:
            continue
        for j in range(i + 1, len(concepts)):
            other = brought_at[concepts[j]]
            if other == 0 or other > until or other == one:
                continue
            pair = _pair(concepts[i], concepts[j])
            if table[_slot(table, mask, pair)] != pair:
                if len(first):
                    first[start + found] = concepts[i]
                    second[start + found] = concepts[j]
                found += 1
    return found
