"""The budget for a goal, for the pages; looked for once for all sessions."""

from __future__ import annotations

from dashboard.runs.opening import remembered
from dashboard.runs.selections import ranking_of
from paser_core.config import GoalConfig
from paser_core.recover.cost import TrainingCost
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.goals import GoalOutcome, find_budget


@remembered(24)
def budget_for(
    run: Run,
    setting: Setting,
    goal: GoalConfig,
    names: tuple[str, ...],
    cost: TrainingCost | None = None,
) -> GoalOutcome:
    """The smallest budget that reaches a goal, or how far one gets.

    Args:
        run: what is selected from.
        setting: of the ranking; its budget has no part.
        goal: what is to be reached.
        names: ``(K,)`` of the clusters.
        cost: what training takes, for the goal gpu_hours.

    Raises:
        SelectionError: budgets of this setting do not nest, or what the goal is about was not measured,
            or is not known.
    """
    return find_budget(ranking_of(run, setting), goal, names, cost)
