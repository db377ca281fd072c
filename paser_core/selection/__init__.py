"""Which samples are taken, which are not, and why: arrays in, one frozen result out."""

from paser_core.selection.evidence import Conflict, Evidence, conflict_of
from paser_core.selection.model import Candidates, Overrides, Selection, Status, Walk
from paser_core.selection.reasons import reason_of
from paser_core.selection.select import budget_told, cut, resolve_budget, select, walk

__all__ = [
    "Candidates",
    "Conflict",
    "Evidence",
    "Overrides",
    "Selection",
    "Status",
    "Walk",
    "budget_told",
    "conflict_of",
    "cut",
    "reason_of",
    "resolve_budget",
    "select",
    "walk",
]
