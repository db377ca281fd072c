"""The selection of a cell: the longest that its budget pays for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from paser_core.config import of_count
from paser_core.runs import Run
from paser_core.selection import Ranking, Selection, Setting, resolve_budget, selector_of
from paser_core.selection.of_run import rank_run
from paser_core.study.budgets import Budget
from paser_core.text import plural


@dataclass(frozen=True)
class Chosen:
    """What a cell is trained on."""

    setting: Setting
    selection: Selection
    ids: tuple[str, ...]  # in order of acceptance
    tokens: int  # of prompts and responses
    paid: int | None = None  # tokens that its budget pays for; None where it counts samples

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row numbers, in order of acceptance."""
        return self.selection.rows

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of it: also that it is more than its budget pays for."""
        if self.paid is None or self.tokens <= self.paid:
            return tuple(self.selection.warnings)
        over = (
            f"The budget pays for {plural(self.paid, 'token')}, and the sample that is taken all the same "
            f"has {self.tokens:,}: nothing could be trained on otherwise."
        )
        return (*self.selection.warnings, over)


def choose(run: Run, setting: Setting, budget: Budget) -> Chosen:
    """The selection of a setting at a budget.

    Tokens pay for the longest beginning of a ranking; where a selector selects anew at every budget,
    for the largest selection that bisection finds. One sample at least.

    Args:
        run: what is selected from.
        setting: every knob but the budget.
        budget: of samples or of tokens.
    """
    most = budget.tokens(int(run.tokens[run.valid].sum()))
    if most is None or selector_of(setting.selector).everything:
        return _chosen(run, setting, 1 if most else resolve_budget(budget.amount, run.n))
    ranking = _ranked(run, setting.changed(budget=1.0))
    if ranking.nested:
        ranked = np.flatnonzero(ranking.rank > 0)
        ranked = ranked[np.argsort(ranking.rank[ranked], kind="stable")]
        paid = np.searchsorted(np.cumsum(run.tokens[ranked]), most, side="right")
        return replace(_chosen(run, setting, max(int(paid), 1)), paid=most)
    low, high = 1, run.n
    while low < high:
        middle = (low + high + 1) // 2
        if _chosen(run, setting, middle).tokens <= most:
            low = middle
        else:
            high = middle - 1
    return replace(_chosen(run, setting, low), paid=most)


def _chosen(run: Run, setting: Setting, samples: int) -> Chosen:
    setting = setting.changed(budget=of_count(samples))
    ranking = _ranked(run, setting.ranking)
    answer = ranking.at(samples)
    ids = tuple(run.ids[row] for row in answer.rows)
    return Chosen(setting, answer, ids, int(run.tokens[answer.rows].sum()))


@lru_cache(maxsize=16)
def _ranked(run: Run, setting: Setting) -> Ranking:
    return rank_run(run, setting)
