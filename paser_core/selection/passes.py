"""The selection pass, compiled: integer arrays, one open-addressing table of concept pairs.

The rule (paper Section 3.4): a sample is consistent if every pair of its concepts that are both
vertices of the graph already is an edge already. Accepting it adds its concepts and all its pairs.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from paser_core.allocation import _compile, next_cluster

_EMPTY = np.int64(-1)
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
def _consistent(concepts: Any, vertex: Any, table: Any, mask: Any) -> bool:
    for i in range(len(concepts)):
        if vertex[concepts[i]]:
            for j in range(i + 1, len(concepts)):
                if vertex[concepts[j]]:
                    pair = _pair(concepts[i], concepts[j])
                    if table[_slot(table, mask, pair)] != pair:
                        return False
    return True


@_compile
def _add(concepts: Any, vertex: Any, table: Any, mask: Any) -> None:
    for i in range(len(concepts)):
        vertex[concepts[i]] = True
        for j in range(i + 1, len(concepts)):
            pair = _pair(concepts[i], concepts[j])
            table[_slot(table, mask, pair)] = pair


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
    """Walk the clusters and let the graph accept or refuse. Returns ``rank (n,), refused_at (n,)``.

    ``order`` int64: usable rows, cluster after cluster, best first; ``starts`` int64 ``(K + 1,)``
    bounds the clusters in it. ``quotas`` int64 ``(K,)``: most samples a cluster may give (forced
    ones included). ``forced`` int64 ``(f,)`` rows that enter first, unchecked. ``interleaved``:
    the seat goes to the highest quotient each time; else cluster after cluster.
    """
    n = len(labels)
    k = len(weights)
    rank = np.zeros(n, np.int32)
    refused_at = np.full(n, -1, np.int32)
    pairs = 0
    for row in range(n):
        width = indptr[row + 1] - indptr[row]
        pairs += width * (width - 1) // 2
    capacity = 16
    while capacity < 2 * pairs:
        capacity *= 2
    table = np.full(capacity, _EMPTY)
    mask = np.uint64(capacity - 1)
    vertex = np.zeros(n_vocabulary, np.bool_)
    seats = np.zeros(k, np.int64)
    accepted = 0
    for row in forced:
        accepted += 1
        rank[row] = accepted
        if labels[row] >= 0:
            seats[labels[row]] += 1
        _add(ids[indptr[row] : indptr[row + 1]], vertex, table, mask)
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
            return rank, refused_at
        # The cluster offers until one is accepted; when it runs dry, the seat goes elsewhere.
        while cursor[cluster] < starts[cluster + 1]:
            row = order[cursor[cluster]]
            cursor[cluster] += 1
            concepts = ids[indptr[row] : indptr[row + 1]]
            if _consistent(concepts, vertex, table, mask):
                _add(concepts, vertex, table, mask)
                accepted += 1
                rank[row] = accepted
                seats[cluster] += 1
                break
            refused_at[row] = accepted
        left[cluster] = min(starts[cluster + 1] - cursor[cluster], quotas[cluster] - seats[cluster])
