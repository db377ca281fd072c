"""How a budget is split between clusters, in proportion to their damage.

The default is Sainte-Laguë apportionment (Webster's method), capped by what a cluster has: a
*sequence* of seats, whose first B are the answer for budget B. So shares never shrink when the
budget grows, no sample is lost to rounding, and a cluster that runs dry passes its seats on. The
paper's literal floor (Eq. 6) is kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# numba has no types of its own; the signature stands here instead.
_compile: Callable[..., Any] = numba.njit(cache=True)


@_compile
def next_cluster(weights: Any, seats: Any, left: Any) -> int:
    """The cluster that gets the next seat, or -1 when none has anything left.

    Highest quotient ``weight / (2 seats + 1)``; ties go to the lower number. ``weights`` float64
    ``(K,)``, ``seats`` int64 ``(K,)`` already given, ``left`` int64 ``(K,)`` still to be had. A
    cluster of weight 0 is served only when all others are dry.
    """
    best = -1
    best_quotient = -1.0
    for cluster in range(len(weights)):
        if left[cluster] > 0:
            quotient = weights[cluster] / (2.0 * seats[cluster] + 1.0)
            # Without damage there is no proportion: the emptiest cluster comes first.
            better = quotient > best_quotient or (
                quotient == 0.0 and best_quotient == 0.0 and seats[cluster] < seats[best]
            )
            if better:
                best = cluster
                best_quotient = quotient
    return best


@_compile
def _sequence(weights: Any, capacities: Any, start: Any, length: int) -> Any:
    seats = start.copy()
    left = capacities.copy()
    sequence = np.empty(length, dtype=np.int32)
    for place in range(length):
        cluster = next_cluster(weights, seats, left)
        if cluster < 0:
            return sequence[:place]
        sequence[place] = cluster
        seats[cluster] += 1
        left[cluster] -= 1
    return sequence


def seat_sequence(
    weights: NDArray[np.float64],
    capacities: NDArray[np.int64],
    length: int,
    start: NDArray[np.int64] | None = None,
) -> NDArray[np.int32]:
    """The clusters that get seats 1, 2, 3, …: at most ``length``, fewer when all run dry.

    Args:
        weights: ``(K,)`` the CDS; a cluster of NaN was not measured and gets none.
        capacities: ``(K,)`` what each cluster can give.
        length: seats at the most.
        start: ``(K,)`` seats that are taken already (forced samples); None: none is.
    """
    known = np.isfinite(weights)
    weights, capacities = np.where(known, weights, 0.0), np.where(known, capacities, 0)
    taken = np.zeros(len(weights), np.int64) if start is None else start.astype(np.int64)
    total = min(int(length), int(capacities.sum()))
    sequence: NDArray[np.int32] = _sequence(
        np.ascontiguousarray(weights, np.float64), capacities.astype(np.int64), taken, total
    )
    return sequence


def paper_floor(
    weights: NDArray[np.float64], budget: int, capacities: NDArray[np.int64]
) -> NDArray[np.int64]:
    """``floor(B · CDS_k / Σ CDS)`` (paper Eq. 6), never more than the cluster has: ``(K,)``.

    A cluster with a weight of NaN was not measured and gets nothing.
    """
    known = np.isfinite(weights)
    weights = np.where(known, weights, 0.0)
    total = weights.sum()
    if total <= 0:
        shares = np.where(known, budget / max(int(known.sum()), 1), 0.0)
    else:
        shares = budget * weights / total
    # 0.1 + 0.2 is not 0.3: an exact share must not fall to the next lower number.
    floors = np.floor(shares + 1e-9).astype(np.int64)
    return np.minimum(floors, capacities)
