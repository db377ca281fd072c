"""Which samples are behind every concept and every pair: made once for a ranking, cut at any budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.conflicts import ConflictTable
from paser_core.stages.concepts import ConceptTable

_HALF = np.int64(32)  # a pair is one integer: the smaller concept in the upper 32 bits


@dataclass(frozen=True)
class Groups:
    """Samples by key. Within a group they stand in the order in which a growing budget reaches them."""

    keys: NDArray[np.int64]  # (g,) ascending
    starts: NDArray[np.int64]  # (g + 1,)
    rows: NDArray[np.int32]  # (m,)
    since: NDArray[np.int32]  # (m,) smallest budget at which the sample counts

    @classmethod
    def of(
        cls, keys: NDArray[np.int64], rows: NDArray[np.int32], since: NDArray[np.int32]
    ) -> Groups:
        """Group samples that are given in order of ``since``; all ``(m,)``."""
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        first = np.ones(len(ordered), bool)
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
        starts = np.append(np.flatnonzero(first), len(ordered))
        return cls(ordered[first], starts, rows[order], since[order])

    def counts(self, budget: int) -> NDArray[np.int32]:
        """``(g,)`` samples of each group that count at ``budget``."""
        if not len(self.keys):
            return np.zeros(0, np.int32)
        counted: NDArray[np.int32] = np.add.reduceat(
            self.since <= budget, self.starts[:-1], dtype=np.int32
        )
        return counted

    def places(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each of ``keys`` ``(q,)`` stands among the groups; -1 for a key without samples."""
        if not len(self.keys):
            return np.full(len(keys), -1)
        found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[found] == keys, found, -1)

    def members(self, key: int, budget: int) -> NDArray[np.int64]:
        """Rows of one group that count at ``budget``, in order."""
        place = int(self.places(np.array([key]))[0])
        if place < 0:
            return np.zeros(0, np.int64)
        low, high = int(self.starts[place]), int(self.starts[place + 1])
        until = low + int(np.searchsorted(self.since[low:high], budget, side="right"))
        return self.rows[low:until].astype(np.int64)


@dataclass(frozen=True)
class ConceptIndex:
    """Samples behind the concepts and pairs of a ranking, at every budget."""

    table: ConflictTable
    concepts: Groups  # accepted samples by concept
    votes: Groups  # accepted samples by concept and cluster: concept * K + cluster
    edges: Groups  # accepted samples by pair
    rejecting: Groups  # rejected samples by concept of an offending pair
    conflicts: Groups  # rejected samples by offending pair

    @classmethod
    def of(cls, table: ConflictTable) -> ConceptIndex:
        """Sort the pairs of all samples once; a few tenths of a second for 44,000 samples."""
        ranking = table.ranking
        own = ranking.candidates.concepts
        rank = np.arange(1, len(table.accepted) + 1)
        concepts, taker = _concepts_of(own, table.accepted)
        edges, pair_taker = _pairs_of(own, table.accepted)
        # Rejected before the next sample was accepted: it counts from that sample's budget on.
        since = ranking.rejected_at + 1
        turns = np.lexsort((-ranking.ies[table.rows], since[table.rows]))
        turn = np.repeat(_inverse(turns), table.counts)
        order = np.argsort(turn, kind="stable")
        owners = table.owners[order]
        first, second = table.first[order], table.second[order]
        # A concept that is in several pairs of a sample rejected it once.
        both = np.stack([first, second], axis=1).ravel().astype(np.int64)
        twice = np.repeat(owners, 2)
        _, once = np.unique(both * own.n + twice, return_index=True)
        once.sort()
        carriers, met = _int32(table.accepted[taker]), _int32(table.accepted[pair_taker])
        votes = concepts * ranking.candidates.n_clusters + ranking.candidates.labels[carriers]
        return cls(
            table,
            Groups.of(concepts, carriers, _int32(rank[taker])),
            Groups.of(votes, carriers, _int32(rank[taker])),
            Groups.of(edges, met, _int32(rank[pair_taker])),
            Groups.of(both[once], _int32(twice[once]), _int32(since[twice[once]])),
            Groups.of(pair_keys(first, second), _int32(owners), _int32(since[owners])),
        )


def pair_keys(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.int64]:
    """One integer for each unordered pair of concepts."""
    keys: NDArray[np.int64] = np.minimum(first, second).astype(np.int64) << _HALF
    keys |= np.maximum(first, second).astype(np.int64)
    return keys


def split_keys(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """``(m, 2)`` the two concepts of each pair, smaller number first."""
    return np.stack([keys >> _HALF, keys & np.int64(0xFFFFFFFF)], axis=1)


def _concepts_of(
    table: ConceptTable, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Concepts of ``rows``, and for each the place in ``rows`` it comes from."""
    lengths = table.indptr[rows + 1] - table.indptr[rows]
    owner = np.repeat(np.arange(len(rows)), lengths)
    offset = np.cumsum(lengths) - lengths
    at = table.indptr[rows][owner] + np.arange(len(owner)) - offset[owner]
    return table.ids[at].astype(np.int64), owner


def _pairs_of(
    table: ConceptTable, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys of all pairs of concepts of ``rows``, and for each the place in ``rows``, ascending."""
    concepts, owner = _concepts_of(table, rows)
    lengths = np.bincount(owner, minlength=len(rows))
    keys, owners = [], []
    # The pairs at distance 1, 2, 3, …: there are few distances, and each is one operation.
    for distance in range(1, int(lengths.max(initial=0))):
        same = owner[distance:] == owner[:-distance]
        keys.append(pair_keys(concepts[:-distance][same], concepts[distance:][same]))
        owners.append(owner[distance:][same])
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    found, of = np.concatenate(keys), np.concatenate(owners)
    order = np.argsort(of, kind="stable")
    return found[order], of[order]


def _inverse(order: NDArray[np.int64]) -> NDArray[np.int64]:
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return place


def _int32(values: NDArray[np.integer]) -> NDArray[np.int32]:
    return values.astype(np.int32)
