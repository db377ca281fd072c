"""Counterfactuals of one sample that take other rankings, made on demand and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dashboard.runs.opening import ids_of, remembered
from dashboard.runs.selections import conflicts_of, ranking_of, select
from paser_core.explain.whatif import (
    Counterfactual,
    TemperatureOutlook,
    WhatIf,
    counterfactual,
    temperatures_for,
    without_override,
    without_sample,
)
from paser_core.runs import Run
from paser_core.selection import Overrides, Ranking, Setting, resolve_budget

TEMPERATURES = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)  # even steps of log T
_MOST_BLOCKERS = 4


@dataclass(frozen=True)
class Tried:
    """The answers of the other rankings."""

    blockers: Mapping[int, WhatIf]  # by the row that was forced out
    override: WhatIf | None  # without the decision about the sample itself
    temperatures: TemperatureOutlook | None  # None: no temperature has a part in this setting


def fate(run: Run, setting: Setting, row: int) -> Counterfactual:
    """What the pass itself tells of one sample."""
    table = conflicts_of(run, setting)
    # The table's own ranking: the cache may have made an equal one anew since.
    return counterfactual(table.ranking.at(resolve_budget(setting.budget, run.n)), table, row)


@remembered(64)
def what_if(run: Run, setting: Setting, row: int) -> Tried:
    """Try other temperatures where they count, and the world without each sample that blocks this one."""
    selection = select(run, setting)

    def ranking_with(overrides: Overrides) -> Ranking:
        changed = replace(
            setting,
            forced_in=ids_of(run, overrides.forced_in),
            forced_out=ids_of(run, overrides.forced_out),
        )
        return ranking_of(run, changed)

    decided = run.ids[row] in setting.forced_in + setting.forced_out
    return Tried(
        blockers={
            blocker: without_sample(ranking_with, selection, row, blocker)
            for blocker in fate(run, setting, row).blockers[:_MOST_BLOCKERS]
        },
        override=without_override(ranking_with, selection, row) if decided else None,
        temperatures=temperatures_for(
            lambda t: ranking_of(run, replace(setting, temperature=t)),
            selection,
            row,
            TEMPERATURES,
        )
        if setting.by_temperature
        else None,
    )
