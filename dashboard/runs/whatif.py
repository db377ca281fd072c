"""Counterfactuals of one sample that take other rankings, made on demand and remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from dashboard.runs.selections import RankingKey, Setting, conflicts_at, ranking_at, ranking_key
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
from paser_core.selection import Overrides, Ranking, resolve_budget

TEMPERATURES = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)  # even steps of log T
_MOST_BLOCKERS = 4


@dataclass(frozen=True)
class Tried:
    """The answers of the other rankings."""

    blockers: Mapping[int, WhatIf]  # by the row that was forced out
    override: WhatIf | None  # without the decision about the sample itself
    temperatures: TemperatureOutlook


def fate(run: Run, setting: Setting, row: int) -> Counterfactual:
    """What the pass itself tells of one sample."""
    return _fate(ranking_key(run, setting), resolve_budget(setting.selection.budget, run.n), row)


def _fate(key: RankingKey, budget: int, row: int) -> Counterfactual:
    table = conflicts_at(key)
    # The table's own ranking: the cache may have made an equal one anew since.
    return counterfactual(table.ranking.at(budget), table, row)


def what_if(run: Run, setting: Setting, row: int) -> Tried:
    """Try other temperatures, and the world without each sample that blocks this one."""
    return _what_if(ranking_key(run, setting), resolve_budget(setting.selection.budget, run.n), row)


@st.cache_resource(max_entries=64, show_spinner=False)
def _what_if(key: RankingKey, budget: int, row: int) -> Tried:
    found = _fate(key, budget, row)
    selection = ranking_at(key).at(budget)

    def ranking_with(overrides: Overrides) -> Ranking:
        return ranking_at(replace(key, forced=(overrides.forced_in, overrides.forced_out)))

    forced = row in selection.ranking.overrides.forced_in + selection.ranking.overrides.forced_out
    return Tried(
        blockers={
            blocker: without_sample(ranking_with, selection, row, blocker)
            for blocker in found.blockers[:_MOST_BLOCKERS]
        },
        override=without_override(ranking_with, selection, row) if forced else None,
        temperatures=temperatures_for(
            lambda t: ranking_at(replace(key, temperature=t)), selection, row, TEMPERATURES
        ),
    )
