"""How often the concept graph is right, by people's verdicts: the figure and what it leaves out."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.runs import judging
from dashboard.widgets.frame import View
from paser_core.explain.precision import precision, told


def figure(view: View) -> None:
    """The precision in sentences, for a view with a selection that the graph has a part in."""
    found = precision(judging.rejections(view.run, view.setting), view.decided)
    first, *rest = told(found)
    st.text(first)
    if rest:
        st.caption(labels.plain(" ".join(rest)))
