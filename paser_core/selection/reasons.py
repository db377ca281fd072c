"""The reason for a status in plain words. The one place where they are written."""

from __future__ import annotations

from paser_core.selection.evidence import Conflict, Evidence
from paser_core.selection.model import Status
from paser_core.selection.ranking import Selection
from paser_core.selection.selector import selector_of

_LEFT = {
    False: "The budget of its cluster ended before its turn.",
    True: "It was not taken at this budget.",
}


def reason_of(selection: Selection, row: int, evidence: Evidence | None = None) -> str:
    """One sentence or two that say why ``row`` has its status. Plain text."""
    status = selection.status_of(row)
    rank = int(selection.ranking.rank[row])
    if status is Status.SELECTED:
        return f"Selected as number {rank:,} of {selection.budget:,}."
    if status is Status.FORCED_IN:
        return f"A person forced it in; it is number {rank:,}."
    if status is Status.FORCED_OUT:
        return "A person forced it out."
    if status is Status.INVALID:
        candidates = selection.ranking.candidates
        problem = candidates.problems[row]
        left_out = None if candidates.left_out is None else candidates.left_out[row]
        return problem or left_out or "It was not scored by the models."
    if status is Status.OVER_BUDGET:
        if rank:
            return f"The budget ended before its turn; it enters at a budget of {rank:,}."
        return (
            "The budget ended before its turn; at a larger budget its concepts conflict with "
            "samples that enter before it."
            if selection.ranking.rejected_at[row] >= 0
            else _LEFT[selector_of(selection.ranking.selector).at_budget]
        )
    if evidence is None or not evidence.conflicts:
        return "Rejected: its concepts conflict with samples that were accepted before."
    return rejection(evidence.conflicts[0], len(evidence.conflicts))


def rejection(first: Conflict, pairs: int) -> str:
    """Why a sample was rejected: the first of its offending ``pairs``, and how many more there are."""
    more = pairs - 1
    rest = f" (and {more} more {'pair' if more == 1 else 'pairs'})" if more else ""
    return (
        f"Rejected: “{first.first}” and “{first.second}” both occur in accepted samples, but "
        f"never together{rest}."
    )
