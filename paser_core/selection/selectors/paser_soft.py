"""PASER with the concept graph as a weight: conflicts make a sample worth less, and reject nothing.

Seats by CDS. The cluster whose turn it is gives the sample with the highest IES / (1 + c), c its pairs of
concepts that the samples before it know only apart; a score below 0 is multiplied instead. So a sample with
one conflict waits for those without that have more than half of its IES, and no longer. The quotient has no
constant to tune and never reaches 0: every budget can be filled. What is taken joins the graph with all its
pairs.

c changes as the graph grows, in both directions: a new concept adds conflicts, a new edge takes some away.
So the walk is made once for the whole pool, and a sample's score is its place in it; what an export has is
its worth in its turn. The walk is that of the default order and allocation, without people's decisions: what
is forced in comes first, and the order inside a cluster stays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paser_core.selection.allocation import _compile, next_cluster
from paser_core.selection.conflicts import _offending
from paser_core.selection.model import Candidates
from paser_core.selection.passes import _FIRST_TABLE, _add, _with_room
from paser_core.selection.selector import Family, Selector
from paser_core.selection.selectors.paser import damage_of_clusters
from paser_core.stages.scoring import efficiency


def softly(pool: Candidates) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(n,)`` place in the walk, from 0, and ``(n,)`` worth in its turn; NaN for what cannot be selected."""
    usable = np.flatnonzero(pool.usable)
    rows = usable[np.argsort(pool.labels[usable], kind="stable")]
    starts = np.searchsorted(pool.labels[rows], np.arange(pool.n_clusters + 1))
    concepts = pool.concepts
    sizes = np.diff(concepts.indptr)
    by_concept = np.argsort(concepts.ids, kind="stable")
    holders = np.repeat(np.arange(pool.n), sizes)[by_concept]
    bounds = np.searchsorted(concepts.ids[by_concept], np.arange(len(concepts.vocabulary) + 1))
    place, worth = _walk(
        efficiency(pool.divergence, pool.tokens),
        rows.astype(np.int64),
        starts.astype(np.int64),
        np.nan_to_num(damage_of_clusters(pool)),
        concepts.indptr,
        concepts.ids,
        holders.astype(np.int64),
        bounds.astype(np.int64),
    )
    return place, worth


@_compile
def _walk(
    ies: Any,
    rows: Any,
    starts: Any,
    weights: Any,
    indptr: Any,
    ids: Any,
    holders: Any,
    bounds: Any,
) -> Any:
    """Seat after seat, the highest worth of a cluster: ``place (n,), worth (n,)``.

    Args:
        ies: float64 ``(n,)``.
        rows: int64, usable rows, cluster after cluster, in data-set order.
        starts: int64 ``(K + 1,)`` bounds of the clusters in it.
        weights: float64 ``(K,)`` CDS, without NaN.
        indptr: int64 ``(n + 1,)`` bounds of a sample's concepts.
        ids: int32, their numbers.
        holders: int64, the samples that have a concept, concept after concept.
        bounds: int64 ``(V + 1,)`` bounds of the concepts in it.
    """
    place, worth = np.full(len(ies), np.nan), np.full(len(ies), np.nan)
    now = ies.copy()  # what each sample is worth with the graph as it is
    table = np.full(_FIRST_TABLE, np.int64(-1))
    brought_by = np.zeros(len(bounds) - 1, np.int32)
    nobody = np.empty(0, np.int32)
    left = starts[1:] - starts[:-1]
    seats = np.zeros(len(weights), np.int64)
    edges = 0
    for turn in range(len(rows)):
        cluster = next_cluster(weights, seats, left)
        best = -1
        for i in range(starts[cluster], starts[cluster + 1]):
            row = rows[i]
            if np.isnan(place[row]) and (best < 0 or now[row] > now[best]):
                best = row
        place[best], worth[best] = turn, now[best]
        seats[cluster] += 1
        left[cluster] -= 1
        own = ids[indptr[best] : indptr[best + 1]]
        table = _with_room(table, edges, len(own) * (len(own) - 1) // 2)
        mask = np.uint64(len(table) - 1)
        edges += _add(own, turn + 1, brought_by, table, mask, True)
        # Nothing changes for a sample that shares no concept with it.
        for concept in own:
            for i in range(bounds[concept], bounds[concept + 1]):
                row = holders[i]
                if np.isnan(place[row]):
                    has = ids[indptr[row] : indptr[row + 1]]
                    apart = _offending(has, turn + 1, brought_by, table, mask, nobody, nobody, 0)
                    now[row] = ies[row] / (1 + apart) if ies[row] > 0 else ies[row] * (1 + apart)
    return place, worth


SELECTOR = Selector(
    "PASER, but conflicting concepts only lower the score",
    lambda pool, _: -softly(pool)[0],
    damage_of_clusters,
    weighs_graph=True,
    family=Family.VARIANT,
    shown=lambda pool: softly(pool)[1],
    meaning=(
        "IES: {damage} over the logarithm of the cost, divided by 1 + the pairs of concepts that those "
        "taken before know only apart; the order is that of the turns"
    ),
)
