"""The concept graph at one budget: arrays over thousands of concepts, and the samples behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.graph.index import ConceptIndex, pair_keys, split_keys
from paser_core.language import fold
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.ranking import Selection


@dataclass(frozen=True)
class Concept:
    """One vertex."""

    number: int  # in the vocabulary of the run: the same at every budget and temperature
    name: str
    samples: int  # accepted samples that have it
    rejections: int  # rejected samples that have it in an offending pair
    cluster: int  # the cluster most of its samples are in; ties go to the lower number
    brought_by: int  # row of the accepted sample that brought it in
    brought_at: int  # rank of that sample


@dataclass(frozen=True)
class ConceptGraph:
    """Vertices: concepts of accepted samples. Edges: they met in one. Conflicts: they rejected one.

    Concepts are told by their number in the vocabulary; :meth:`find` gives it for a name. A concept
    that is no vertex at this budget has no samples and no neighbors.
    """

    selection: Selection
    index: ConceptIndex
    concepts: NDArray[np.int64]  # (V,) concept numbers of the vertices, ascending
    samples: NDArray[np.int32]  # (V,) accepted samples with the concept; at least 1
    rejections: NDArray[np.int32]  # (V,) rejected samples with the concept in an offending pair
    clusters: NDArray[np.int32]  # (V,) the cluster most of the samples are in
    edge_samples: NDArray[np.int32]  # (g,) accepted samples of each pair of the index; 0: no edge
    conflict_samples: NDArray[np.int32]  # (h,) rejected samples of each offending pair of the index

    @classmethod
    def of(cls, selection: Selection, index: ConceptIndex | None = None) -> ConceptGraph:
        """The graph of a selection; ``index`` of its ranking saves making it again for every budget.

        Raises:
            ValueError: the index belongs to another ranking.
        """
        index = index or ConceptIndex.of(ConflictTable.of(selection.ranking))
        if index.table.ranking is not selection.ranking:
            raise ValueError("this index was made for another ranking")
        budget = selection.budget
        samples = index.concepts.counts(budget)
        is_vertex = samples > 0
        concepts = index.concepts.keys[is_vertex]
        rejecting = index.rejecting.counts(budget)
        place = index.rejecting.places(concepts)
        rejections = np.append(rejecting, np.int32(0))[place]  # -1, no rejection, is the last: 0
        return cls(
            selection,
            index,
            concepts,
            samples[is_vertex],
            rejections,
            _majority(index, budget)[is_vertex],
            index.edges.counts(budget),
            index.conflicts.counts(budget),
        )

    @property
    def n_concepts(self) -> int:
        """Number of vertices."""
        return len(self.concepts)

    @cached_property
    def n_edges(self) -> int:
        """Pairs of concepts that met in an accepted sample."""
        return int(np.count_nonzero(self.edge_samples))

    @cached_property
    def n_conflicts(self) -> int:
        """Pairs of concepts that rejected a sample."""
        return int(np.count_nonzero(self.conflict_samples))

    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """All edges: concept numbers ``(E, 2)`` and accepted samples ``(E,)``."""
        met = self.edge_samples > 0
        return split_keys(self.index.edges.keys[met]), self.edge_samples[met]

    def conflicts(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """All conflict pairs: concept numbers ``(C, 2)`` and rejected samples ``(C,)``."""
        clash = self.conflict_samples > 0
        return split_keys(self.index.conflicts.keys[clash]), self.conflict_samples[clash]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """``(V,)`` names of the vertices."""
        vocabulary = self.selection.ranking.candidates.concepts.vocabulary
        return tuple(vocabulary[c] for c in self.concepts.tolist())

    @cached_property
    def page(self) -> tuple[str, NDArray[np.int64]]:
        """All folded names on one page, a line each, and where each line ends ``(V,)``.

        A space stands before each name. One text is searched a hundred times faster than as many small ones.
        """
        lines = [f" {fold(name)}\n" for name in self.names]
        ends: NDArray[np.int64] = np.cumsum([len(line) for line in lines], dtype=np.int64)
        return "".join(lines), ends

    def find(self, name: str) -> int | None:
        """The number of the vertex with exactly this name; None if it is no vertex at this budget."""
        return self._numbers.get(name)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return dict(zip(self.names, self.concepts.tolist(), strict=True))

    def place(self, concept: int) -> int:
        """Where a concept stands among the vertices; -1 if it is none."""
        place = int(np.searchsorted(self.concepts, concept))
        here = place < len(self.concepts) and int(self.concepts[place]) == concept
        return place if here else -1

    def vertex(self, place: int) -> Concept:
        """What is known of the vertex at ``place`` (not its concept number)."""
        number = int(self.concepts[place])
        rank = int(self.index.table.brought_at[number])
        return Concept(
            number,
            self.names[place],
            int(self.samples[place]),
            int(self.rejections[place]),
            int(self.clusters[place]),
            int(self.index.table.accepted[rank - 1]),
            rank,
        )

    def concept(self, number: int) -> Concept | None:
        """What is known of a concept; None if it is no vertex at this budget."""
        place = self.place(number)
        return None if place < 0 else self.vertex(place)

    def samples_with(self, concept: int) -> NDArray[np.int64]:
        """Rows of the accepted samples that have the concept, in order of rank."""
        return self.index.concepts.members(concept, self.selection.budget)

    def rejected_with(self, concept: int) -> NDArray[np.int64]:
        """Rows of the samples that an offending pair with the concept rejected, in order of rejection."""
        return self.index.rejecting.members(concept, self.selection.budget)

    def samples_on(self, first: int, second: int) -> NDArray[np.int64]:
        """Rows of the accepted samples that have both concepts, in order of rank."""
        return self.index.edges.members(_key(first, second), self.selection.budget)

    def rejected_on_alone(self, first: int, second: int) -> int:
        """How many samples this pair rejected and no other."""
        table, rows = self.index.table, self.rejected_on(first, second)
        return int((table.counts[np.searchsorted(table.rows, rows)] == 1).sum())

    def rejected_on(self, first: int, second: int) -> NDArray[np.int64]:
        """Rows of the samples that this pair rejected (others may have too), in order of rejection."""
        return self.index.conflicts.members(_key(first, second), self.selection.budget)


def _key(first: int, second: int) -> int:
    return int(pair_keys(np.array([first]), np.array([second]))[0])


def _majority(index: ConceptIndex, budget: int) -> NDArray[np.int32]:
    """The cluster most accepted samples of each concept of the index are in ``(c,)``."""
    votes, k = index.votes, max(index.table.ranking.candidates.n_clusters, 1)
    if not len(votes.keys):
        return np.zeros(0, np.int32)
    concept, cluster = np.divmod(votes.keys, k)
    # One number to be maximized: the count, then the lower cluster.
    ranked = votes.counts(budget).astype(np.int64) * k + (k - 1 - cluster)
    first = np.flatnonzero(np.diff(concept, prepend=-1))
    best: NDArray[np.int32] = (k - 1 - np.maximum.reduceat(ranked, first) % k).astype(np.int32)
    return best
