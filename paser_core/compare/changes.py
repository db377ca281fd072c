"""What enters and what leaves between two settings on the same run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paser_core.selection import Selection


@dataclass(frozen=True)
class Changes:
    """From one selection to another."""

    entered: NDArray[np.int64]  # rows, in order of acceptance now
    left: NDArray[np.int64]  # rows, in order of acceptance before
    stayed: int


def changes(before: Selection, now: Selection) -> Changes:
    """Rows that are selected in one of the two only."""
    was, is_now = before.rank > 0, now.rank > 0
    return Changes(
        entered=now.rows[~was[now.rows]],
        left=before.rows[~is_now[before.rows]],
        stayed=int((was & is_now).sum()),
    )


def changes_by_cluster(before: Selection, now: Selection, names: tuple[str, ...]) -> pd.DataFrame:
    """One line per cluster: selected before, selected now, entered, left; biggest shift first."""
    moved = changes(before, now)
    labels, k = now.ranking.candidates.labels, len(names)
    frame = pd.DataFrame(
        {
            "cluster": list(names),
            "before": before.accepted,
            "now": now.accepted,
            "entered": np.bincount(labels[moved.entered], minlength=k),
            "left": np.bincount(labels[moved.left], minlength=k),
            "change": now.accepted - before.accepted,
        }
    )
    order = np.argsort(-(frame["entered"] + frame["left"]).to_numpy(), kind="stable")
    return frame.iloc[order]
