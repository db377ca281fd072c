"""Which texts go through an encoder together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_WASTE = 0.05  # of what a batch costs: as much as may be padding
_FEW_TOKENS = 256  # a batch below that costs more by itself than its padding does


def batches(
    lengths: NDArray[np.int64], texts: int, tokens: int | None, *, padded: bool = False
) -> Iterator[NDArray[np.int64]]:
    """Rows in batches, the longest first.

    Args:
        lengths: ``(n,)`` of each row.
        texts: most rows of a batch.
        tokens: most of a batch, but for a row that is longer; None: no limit.
        padded: rows become as long as the longest of their batch, which counts.
    """
    order = np.argsort(-lengths, kind="stable")
    start = filled = 0
    for at, length in enumerate(lengths[order].tolist()):
        count = at - start
        longest = int(lengths[order[start]])
        size = (count + 1) * longest if padded else filled + length
        wasteful = padded and filled >= _FEW_TOKENS and size * (1 - _WASTE) > filled + length
        if count and (count == texts or wasteful or (tokens is not None and size > tokens)):
            yield order[start:at]
            start, filled = at, 0
        filled += length
    if len(order):
        yield order[start:]
