"""The concepts of every sample under the knobs, compiled: a slider moves them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

# numba has no types of its own; the signature stands here instead.
_compile: Callable[..., Any] = numba.njit(cache=True)


def best_passing(
    indptr: NDArray[np.int64], ids: NDArray[np.int32], passes: NDArray[np.bool_], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The first ``most`` of each row that pass: their ``indptr`` and ``ids``.

    Args:
        indptr: ``(n + 1,)`` bounds of the rows.
        ids: ``(nnz,)``, best of a row first.
        passes: ``(V,)`` by id.
        most: of a row.
    """
    bounds, kept = _best_passing(indptr, ids, passes, most)
    return bounds, kept[: bounds[-1]].copy()  # or the room for all of them stays


@_compile
def _best_passing(indptr: Any, ids: Any, passes: Any, most: int) -> Any:
    bounds = np.zeros(len(indptr), np.int64)
    kept = np.empty(len(ids), np.int32)
    end = 0
    for row in range(len(indptr) - 1):
        start = end
        for place in range(indptr[row], indptr[row + 1]):
            if end - start == most:
                break
            if passes[ids[place]]:
                kept[end] = ids[place]
                end += 1
        bounds[row + 1] = end
    return bounds, kept
