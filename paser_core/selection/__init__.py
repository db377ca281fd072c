"""Which samples are taken, which are not, and why: arrays in, one frozen result out."""

from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.evidence import Conflict, Evidence
from paser_core.selection.model import Candidates, Clusters, Overrides, Question, Status
from paser_core.selection.ranking import Ranking, Selection
from paser_core.selection.reasons import reason_of
from paser_core.selection.select import budget_told, rank_samples, resolve_budget, select
from paser_core.selection.selector import Family, Selector, selector_of
from paser_core.selection.setting import Setting

__all__ = [
    "Candidates",
    "Clusters",
    "Conflict",
    "ConflictTable",
    "Evidence",
    "Family",
    "Overrides",
    "Question",
    "Ranking",
    "Selection",
    "Selector",
    "Setting",
    "Status",
    "budget_told",
    "rank_samples",
    "reason_of",
    "resolve_budget",
    "select",
    "selector_of",
]
