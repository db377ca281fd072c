"""Checks: the run and the selection held against limits, as ``paser check`` does."""

from __future__ import annotations

import streamlit as st

from dashboard.runs.findings import looked_at
from dashboard.widgets.frame import View
from dashboard.widgets.small_table import small_table
from paser_core.limits import Judged, Verdict
from paser_core.text import plural

_MARKS = {Verdict.MET: "✓ met", Verdict.MISSED: "✕ missed", Verdict.NOT_MEASURED: "– not measured"}
_ORDER = [Verdict.MISSED, Verdict.NOT_MEASURED, Verdict.MET]  # what asks for somebody comes first


def panel(view: View) -> None:
    """Every limit that holds by default, with what was measured."""
    checked = looked_at(
        view.run, view.setting, view.names, selected=view.selection is not None
    ).checked
    st.header("Checks", anchor=False, help=_HELP)
    counts = {v: sum(judged.verdict is v for judged in checked.limits) for v in _ORDER}
    told = "  ·  ".join(f"{counts[v]} {v}" for v in _ORDER if counts[v])
    st.caption(f"{plural(len(checked.limits), 'limit')} by default: {told}")
    small_table(
        ["Figure", "Measured", "Limit", "", "What was looked at"],
        [_line(judged) for v in _ORDER for judged in checked.limits if judged.verdict is v],
        alt="Checks",
        texts=["", "What was looked at"],
    )


_HELP = (
    "The same list is in the report. `paser check RUN --limits limits.yaml` holds a run against limits of "
    "your own, and ends with exit code 1 where one is missed."
)


def _line(judged: Judged) -> list[str]:
    return [
        judged.title,
        judged.value_told,
        judged.bound_told,
        _MARKS[judged.verdict],
        judged.told,
    ]
