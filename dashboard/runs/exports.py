"""What an export will have to say of itself, before it is built."""

from __future__ import annotations

import streamlit as st

from dashboard.runs.opening import opened
from dashboard.runs.selections import RankingKey, Setting, ranking_at, ranking_key
from paser_core.export import ExportFormat, training_rows
from paser_core.notices import Notice
from paser_core.runs import Run
from paser_core.selection import resolve_budget


def export_notices(run: Run, setting: Setting, export_format: ExportFormat) -> tuple[Notice, ...]:
    """What the format cannot carry of the selection, and what else there is to say of its rows."""
    budget = resolve_budget(setting.selection.budget, run.n)
    return _notices(ranking_key(run, setting), budget, str(export_format))


@st.cache_resource(max_entries=32, show_spinner=False)
def _notices(key: RankingKey, budget: int, export_format: str) -> tuple[Notice, ...]:
    run = opened(key.path, key.content)
    rows = ranking_at(key).at(budget).rows
    return training_rows(run, rows, ExportFormat(export_format)).notices
