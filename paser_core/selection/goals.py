"""The budget for a goal: every damaged cluster covered, at most so many tokens, until little is gained.

Selections are nested, so one ranking says of every budget whether it reaches a goal. All budgets are
looked at: the answer is exact, and no selection is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.config import GoalConfig, of_count
from paser_core.errors import ConfigError, SelectionError
from paser_core.recover.cost import TrainingCost
from paser_core.selection.covered import Covered
from paser_core.selection.goal import Goal
from paser_core.selection.goal_kinds import KINDS
from paser_core.selection.ranking import Ranking
from paser_core.text import count, listed


@dataclass(frozen=True)
class GoalOutcome:
    """The budget for a goal, or how close one gets."""

    goal: GoalConfig
    budget: int | None  # samples; None: no budget reaches the goal
    closest: int  # the budget; where there is none, the one that comes closest
    cluster: int | None  # that decides, by number; None: the goal is not about clusters
    reason: str  # why this budget, or why none, in a sentence or two
    covered: float  # share of all measured damage that `closest` covers; NaN: nothing was measured
    by_cluster: NDArray[np.float64]  # (K,) the same of each cluster

    @property
    def reached(self) -> bool:
        """Whether there is such a budget."""
        return self.budget is not None

    @property
    def setting(self) -> float | str:
        """The budget as the knob ``budget`` takes it, for which a bare 1 is neither all nor one sample.

        Raises:
            SelectionError: no budget reaches the goal.
        """
        if self.budget is None:
            raise SelectionError(
                f"No budget reaches the goal {goal_text(self.goal)}; ask for less. {self.reason}"
            )
        return of_count(self.budget)


def goal_text(goal: GoalConfig) -> str:
    """As it is typed: ``covered=0.8, tokens=200000``."""
    return ", ".join(f"{name}={value:.15g}" for name, value in goal.asked.items())


def find_budget(
    ranking: Ranking, goal: GoalConfig, names: Sequence[str], cost: TrainingCost | None = None
) -> GoalOutcome:
    """The smallest budget that reaches every goal that is set; where only costs are, the largest.

    Args:
        ranking: one whose budgets nest.
        goal: what is to be reached.
        names: ``(K,)`` of the clusters, for the reason.
        cost: what training takes, for the goal gpu_hours.

    Raises:
        ConfigError: no goal is set.
        SelectionError: the budgets do not nest, nothing can be selected, or what a goal is about was
            not measured, or is not known.
    """
    if not goal.asked:
        raise ConfigError(
            f"No goal is set. Set one of {', '.join(KINDS)}, e.g. covered=0.8.", field="goal"
        )
    if not ranking.nested:
        raise SelectionError(
            f"The goal {goal_text(goal)} cannot be looked for: with the selector {ranking.selector}, this "
            "order and this allocation there is no curve over the budgets, as each has a selection of its "
            "own. Set order to interleaved and allocation to sainte-lague, or take another selector, such "
            "as paser."
        )
    covered = Covered.of(ranking)
    if not len(covered.rows):
        raise SelectionError(
            f"The goal {goal_text(goal)} cannot be looked for: nothing can be selected. The ledger says why, "
            "sample by sample; look there."
        )
    least = max(len(ranking.overrides.forced_in), 1)
    goals = [KINDS[name](name, v, covered, least, names, cost) for name, v in goal.asked.items()]
    budgets = np.flatnonzero(np.logical_and.reduce([g.allowed for g in goals]))
    if len(budgets):
        found = int(budgets[-1] if all(g.largest for g in goals) else budgets[0])
        deciding = _deciding(goals, found)
        reason = " ".join(g.told(found) for g in goals)
        return _outcome(goal, found, found, deciding.cluster(found), reason, covered)
    alone = next((g for g in goals if not g.allowed.any()), None)
    if alone is not None:
        closest = alone.closest
        return _outcome(goal, None, closest, alone.cluster(closest), alone.short(), covered)
    closest = int(np.flatnonzero(goals[0].allowed)[0])
    return _outcome(goal, None, closest, goals[0].cluster(closest), _apart(goals), covered)


def _outcome(
    goal: GoalConfig,
    budget: int | None,
    closest: int,
    cluster: int | None,
    reason: str,
    covered: Covered,
) -> GoalOutcome:
    whole = float(covered.share[closest])
    return GoalOutcome(goal, budget, closest, cluster, reason, whole, covered.at(closest))


def _deciding(goals: Sequence[Goal], budget: int) -> Goal:
    """The goal that one sample less would miss; the first where there are several, or none."""
    missed = [g for g in goals if not g.largest and not g.allowed[budget - 1]]
    return (missed or list(goals))[0]


def _apart(goals: Sequence[Goal]) -> str:
    """Why no budget reaches all of several goals, each of which can be reached."""
    parts = []
    for goal in goals:
        budgets = np.flatnonzero(goal.allowed)
        edge = f"at most {count(budgets[-1])}" if goal.largest else f"at least {count(budgets[0])}"
        parts.append(f"{goal.text} takes {edge} samples")
    return f"{listed(parts)}; no budget reaches all of them. Ask for less of one."
