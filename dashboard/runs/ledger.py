"""The ledger: one line per sample with its status, the reason, and what would change the answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import labels
from paser_core.runs import Run
from paser_core.selection import Selection, Status, reason_of
from paser_core.selection.conflicts import ConflictTable


def ledger_frame(
    run: Run,
    rows: NDArray[np.int64],
    names: tuple[str, ...],
    selection: Selection,
    conflicts: ConflictTable,
    *,
    whole: bool = False,
) -> pd.DataFrame:
    """A page of the ledger. ``enters``: the budget at which the sample is in, if there is one.

    Args:
        run: what the samples belong to.
        rows: their row numbers.
        names: ``(K,)`` of the clusters.
        selection: what became of them.
        conflicts: the evidence of the rejections.
        whole: the instructions to their end, which a screen has no room for.
    """
    instructions, ids = run.taken(rows, "instruction")["instruction"], run.ids
    reasons, pairs, blockers = [], [], []
    for row in rows.tolist():
        status = selection.status_of(row)
        found = conflicts.evidence(row) if status is Status.CONFLICT else None
        reasons.append(reason_of(selection, row, found))
        first = found.conflicts[0] if found and found.conflicts else None
        pairs.append(f"{first.first} × {first.second}" if first else "")
        blockers.append(
            ", ".join(dict.fromkeys((ids[first.first_from], ids[first.second_from])))
            if first
            else ""
        )
    rank = selection.ranking.rank[rows]
    free = ~np.isin(selection.status[rows], (Status.INVALID.code, Status.FORCED_OUT.code))
    return pd.DataFrame(
        {
            "id": [ids[row] for row in rows.tolist()],
            "status": [labels.STATUS_LABELS[selection.status_of(int(r))] for r in rows],
            "reason": reasons,
            "cluster": [names[k] if k >= 0 else "–" for k in run.labels[rows]],
            "instruction": instructions.tolist()
            if whole
            else [labels.excerpt(t, 90) for t in instructions],
            "enters": pd.array(
                [int(r) if r > 0 and f else None for r, f in zip(rank, free, strict=True)], "Int64"
            ),
            "pair": pairs,
            "blockers": blockers,
        }
    )
