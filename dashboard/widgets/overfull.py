"""Where people have forced in more samples than the budget holds: the way out, on every page."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.state import session
from dashboard.widgets import decisions
from dashboard.widgets.frame import View, show_error, title
from dashboard.widgets.parts import button
from paser_core.errors import SelectionError


def show(view: View, error: SelectionError) -> None:
    """The sentence, the budget that would do, and the decisions with their undo."""
    title("More is forced in than fits", "No page has a selection to show until this is solved.")
    show_error(error)
    forced, usable = len(view.setting.forced_in), int(view.run.valid.sum())
    if forced <= usable:
        label = f"Set the budget to {labels.count(forced)}"
        button(label, "budget-for-forced", "tune", session.put, session.KEY_BUDGET, forced)
    st.header("Decisions by people", anchor=False)
    decisions.history(view, view.review.history(), key="overfull")
