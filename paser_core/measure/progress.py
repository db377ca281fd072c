"""Progress that grows with the work done, not with the heads counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.protocols import Progress


def by_work(report: Progress, costs: NDArray[np.number]) -> Progress:
    """Pass on how many of the ``n`` samples the work done so far is worth.

    The longest samples come first. Counted by heads, the time left would start far too long.

    Args:
        report: told the samples' worth of work done, and ``n``.
        costs: ``(n,)`` positive cost of each sample, in the order they are worked on.

    Returns:
        A callback to be told the samples done; what it is told as their total is not used.
    """
    n = len(costs)
    share = np.cumsum(costs, dtype=np.float64) / max(float(costs.sum()), 1e-300)

    def told(done: int, _total: int) -> None:
        report(n if done >= n else int(n * share[done - 1]) if done > 0 else 0, n)

    return told
