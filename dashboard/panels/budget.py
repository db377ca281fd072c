"""Budget: damage per cluster, what the budget buys, live."""

from __future__ import annotations

import streamlit as st

from dashboard import runs, words
from dashboard.charts import budget_figure
from dashboard.panels.frame import View
from paser_core.selection import Selection


def numbers(selection: Selection, n: int) -> None:
    """What the knobs give at the moment."""
    cells = st.columns(4)
    cells[0].metric("Budget", words.count(selection.budget), border=True)
    cells[1].metric("Selected", words.count(selection.n_selected), border=True)
    cells[2].metric(
        "Refused", words.count(selection.n_refused), help="Their concepts conflict.", border=True
    )
    cells[3].metric(
        "Acceptance rate",
        words.share(selection.acceptance_rate),
        help=words.HELP_ACCEPTANCE,
        border=True,
    )


def figure(view: View, selection: Selection) -> None:
    """CDS with intervals beside seats and selected samples."""
    bars = runs.bars(view.run, selection, view.knobs.temperature, view.names)
    st.plotly_chart(
        budget_figure(bars),
        key="budget-figure",
        config={"displayModeBar": False},
        alt="CDS per cluster with 95 % interval, and samples selected per cluster",
    )
    st.caption(
        "Left: CDS, the mean divergence of the cluster, with its bootstrap 95 % interval. Right: the "
        "filled bar is what is selected, the outline what the CDS alone would have given; a gap is "
        "the work of the concept graph."
    )
