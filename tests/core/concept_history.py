"""Why one sample was rejected, by the letter of the rule: the oracle of the compiled conflict table."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.evidence import Conflict, Evidence, smallest_cover
from paser_core.selection.ranking import Ranking


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
