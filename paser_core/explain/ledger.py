"""The ledger: every sample with its status. Which of them a reader asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paser_core.runs import Run
from paser_core.selection import Selection, Status


def ledger_rows(
    run: Run,
    selection: Selection,
    statuses: tuple[Status, ...],
    clusters: tuple[int, ...],
    *among: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Rows with one of the statuses in one of the clusters, in the order of the data set.

    Args:
        run: the run.
        selection: of its samples.
        statuses: empty lets all pass.
        clusters: numbers; empty lets all pass.
        among: sets of row numbers (what was picked, what was found), in each of which a row must be.
    """
    keep = np.ones(run.n, bool)
    if statuses:
        keep &= np.isin(selection.status, [s.code for s in statuses])
    if clusters:
        keep &= np.isin(run.labels, clusters)
    for rows in among:
        inside = np.zeros(run.n, bool)
        inside[rows] = True
        keep &= inside
    return np.flatnonzero(keep)
