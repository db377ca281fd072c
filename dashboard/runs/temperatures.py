"""What other temperatures would select, for the pages; made once for all sessions."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.runs.selections import RankingKey, Setting, ranking_at, ranking_key
from paser_core.compare import OverTemperature, over_temperature
from paser_core.runs import Run
from paser_core.selection import Ranking, resolve_budget


def temperatures(run: Run, setting: Setting) -> OverTemperature:
    """The selection of a setting beside those of the same setting at other temperatures."""
    budget = resolve_budget(setting.selection.budget, run.n)
    return _temperatures(ranking_key(run, setting), budget)


@st.cache_resource(max_entries=24, show_spinner=False)
def _temperatures(key: RankingKey, budget: int) -> OverTemperature:
    def ranking_under(temperature: float) -> Ranking:
        return ranking_at(replace(key, temperature=temperature))

    return over_temperature(key.temperature, budget, ranking_under)
