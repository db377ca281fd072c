"""The selection pass, compiled: integer arrays, one open-addressing table of concept pairs.

The rule (paper Section 3.4): a sample is consistent if every pair of its concepts that are both
vertices of the graph already is an edge already. Accepting it adds its concepts and all its pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from paser_core.selection.allocation import _compile, next_cluster

_EMPTY = np.int64(-1)
_FIRST_TABLE = 1 << 14  # pairs of a few hundred samples; a power of two
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing, Knuth TAOCP 6.4


@_compile
def _slot(table: Any, mask: Any, pair: Any) -> Any:
    """Where ``pair`` is, or where it would go."""
    place = (np.uint64(pair) * _MULTIPLIER >> np.uint64(20)) & mask
    while table[place] != _EMPTY and table[place] != pair:
        place = (place + np.uint64(1)) & mask
    return place


@_compile
def _pair(a: Any, b: Any) -> Any:
    return (np.int64(a) << 32) | np.int64(b) if a < b else (np.int64(b) << 32) | np.int64(a)


@_compile
def _consistent(concepts: Any, brought_by: Any, table: Any, mask: Any) -> bool:
    for i in range(len(concepts)):
        first = brought_by[concepts[i]]
        if first:
            for j in range(i + 1, len(concepts)):
                second = brought_by[concepts[j]]
                # Two concepts that came in together are an edge: no need to look it up.
                if second and second != first:
                    pair = _pair(concepts[i], concepts[j])
                    if table[_slot(table, mask, pair)] != pair:
                        return False
    return True


@_compile
def _add(concepts: Any, accepted: Any, brought_by: Any, table: Any, mask: Any, forced: bool) -> Any:
    """Add a sample's concepts and pairs; returns how many pairs are new in the table.

    The table holds only the edges that ``brought_by`` does not tell: pairs of two new concepts
    share their rank, and pairs of two known ones are edges already, unless the sample was forced.
    """
    new = 0
    for i in range(len(concepts)):
        for j in range(i + 1, len(concepts)):
            first, second = brought_by[concepts[i]], brought_by[concepts[j]]
            if first == second or (first and second and not forced):
                continue
            pair = _pair(concepts[i], concepts[j])
            place = _slot(table, mask, pair)
            if table[place] == _EMPTY:
                table[place] = pair
                new += 1
    for i in range(len(concepts)):
        if not brought_by[concepts[i]]:
            brought_by[concepts[i]] = accepted
    return new


@_compile
def _with_room(table: Any, used: Any, more: Any) -> Any:
    """The table, grown if needed, so that ``more`` new pairs leave at least half of it empty.

    It grows with what is accepted: room for every pair of the data set would cost more time in
    page faults than the pass itself.
    """
    capacity = len(table)
    while capacity < 2 * (used + more):
        capacity *= 4
    if capacity == len(table):
        return table
    grown = np.full(capacity, _EMPTY)
    mask = np.uint64(capacity - 1)
    for pair in table:
        if pair != _EMPTY:
            grown[_slot(grown, mask, pair)] = pair
    return grown


@_compile
def run_pass(
    order: Any,
    starts: Any,
    weights: Any,
    quotas: Any,
    forced: Any,
    labels: Any,
    indptr: Any,
    ids: Any,
    n_vocabulary: int,
    interleaved: bool,
) -> Any:
    """Go through the clusters and let the graph accept or reject. Returns ``rank (n,), rejected_at (n,)``.

    Args:
        order: int64, usable rows, cluster after cluster, best first.
        starts: int64 ``(K + 1,)`` bounds of the clusters in it.
        weights: float64 ``(K,)`` CDS, without NaN.
        quotas: int64 ``(K,)`` most samples a cluster may give, forced ones included.
        forced: int64 ``(f,)`` rows that enter first, unchecked.
        labels: int32 ``(n,)`` clusters, -1 for none.
        indptr: int64 ``(n + 1,)`` bounds of a sample's concepts.
        ids: int32, their numbers.
        n_vocabulary: how many concepts there are.
        interleaved: the seat goes to the highest quotient each time; else cluster after cluster.
    """
    n = len(labels)
    k = len(weights)
    rank = np.zeros(n, np.int32)
    rejected_at = np.full(n, -1, np.int32)
    table = np.full(_FIRST_TABLE, _EMPTY)
    edges = 0
    # Rank of the accepted sample that brought a concept in; 0: the concept is no vertex yet.
    brought_by = np.zeros(n_vocabulary, np.int32)
    seats = np.zeros(k, np.int64)
    accepted = 0
    for row in forced:
        accepted += 1
        rank[row] = accepted
        if labels[row] >= 0:
            seats[labels[row]] += 1
        concepts = ids[indptr[row] : indptr[row + 1]]
        table = _with_room(table, edges, len(concepts) * (len(concepts) - 1) // 2)
        edges += _add(concepts, accepted, brought_by, table, np.uint64(len(table) - 1), True)
    cursor = starts[:-1].copy()
    left = np.empty(k, np.int64)
    for cluster in range(k):
        left[cluster] = min(starts[cluster + 1] - cursor[cluster], quotas[cluster] - seats[cluster])
    turn = 0
    while True:
        if interleaved:
            cluster = next_cluster(weights, seats, left)
        else:
            while turn < k and left[turn] <= 0:
                turn += 1
            cluster = turn if turn < k else -1
        if cluster < 0:
            return rank, rejected_at
        # The cluster offers until one is accepted; when it runs dry, the seat goes elsewhere.
        while cursor[cluster] < starts[cluster + 1]:
            row = order[cursor[cluster]]
            cursor[cluster] += 1
            concepts = ids[indptr[row] : indptr[row + 1]]
            if _consistent(concepts, brought_by, table, np.uint64(len(table) - 1)):
                table = _with_room(table, edges, len(concepts) * (len(concepts) - 1) // 2)
                accepted += 1
                edges += _add(
                    concepts, accepted, brought_by, table, np.uint64(len(table) - 1), False
                )
                rank[row] = accepted
                seats[cluster] += 1
                break
            rejected_at[row] = accepted
        left[cluster] = min(starts[cluster + 1] - cursor[cluster], quotas[cluster] - seats[cluster])
