"""What a selection is shown as: the ledger as a frame, the report as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from paser_core.selection import Selection, Setting, Status, reason_of
from paser_core.selection.conflicts import ConflictTable

if TYPE_CHECKING:
    from paser_core.review import ReviewState
    from paser_core.runs import Run


def ledger_of(answer: Selection, conflicts: ConflictTable, ids: Sequence[str]) -> pd.DataFrame:
    """Every sample of the pool and what became of it; ``ids`` ``(n,)``."""
    statuses = [answer.status_of(row) for row in range(len(ids))]
    known = [
        conflicts.evidence(row) if status is Status.CONFLICT else None
        for row, status in enumerate(statuses)
    ]
    enters = pd.Series(answer.ranking.rank, dtype="Int64")
    return pd.DataFrame(
        {
            "id": list(ids),
            "status": [str(status) for status in statuses],
            "reason": [reason_of(answer, row, found) for row, found in enumerate(known)],
            "blocked_by": [
                [ids[row] for row in found.blockers] if found is not None else [] for found in known
            ],
            "enters_at_budget": enters.mask((enters == 0) | (not answer.ranking.nested)),
        }
    )


def report_of(
    run: Run,
    answer: Selection | None,
    setting: Setting,
    review: ReviewState | None,
    names: tuple[str, ...],
    only: tuple[str, ...],
) -> str:
    """The report as text.

    Args:
        run: what was selected from.
        answer: None for a run without models.
        setting: what the selection was made with.
        review: who decided what; None: people were not asked.
        names: ``(K,)`` of the clusters.
        only: identifiers of the sections that are shown; none: all.
    """
    from paser_core.explain.recoveries import found_beside
    from paser_core.explain.retention_tables import told_of
    from paser_core.models.compression import recorded_or_described
    from paser_core.report import build_report

    asked = answer is not None and (not only or "recovered" in only)
    return build_report(
        run,
        answer,
        setting,
        review,
        names,
        recorded_or_described(run.manifest.get("models") or {}),
        only,
        told_of(run, found_beside(run), setting) if asked else None,
    )
