"""A table of samples, a page at a time; a click on a line chooses the sample everywhere."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import runs, state, words
from dashboard.panels import paging
from dashboard.panels.frame import View
from dashboard.panels.sample import choose

_COLUMNS = {
    "id": st.column_config.TextColumn("Id", width=150),
    "instruction": st.column_config.TextColumn("Instruction", width="large"),
    "cluster": st.column_config.TextColumn("Cluster", width="medium"),
    "status": st.column_config.TextColumn("Status"),
    "divergence": st.column_config.NumberColumn("Divergence", format="%.4f"),
    "ies": st.column_config.NumberColumn("IES", format="%.4f", help=words.HELP_IES),
}


def table(view: View, rows: NDArray[np.int64], *, key: str, height: int = 420) -> None:
    """Draw one page of ``rows``, with a choice of order above and of the page below it."""
    here = paging.choose(rows, view.selection, key=key)
    frame = runs.sample_frame(view.run, here, view.names, view.selection)

    def picked() -> None:
        # A callback: the sample is chosen before the page is drawn anew.
        choose_line(view, here, f"{key}-rows")

    st.dataframe(
        frame,
        hide_index=True,
        height=height,
        key=f"{key}-rows",
        on_select=picked,
        selection_mode=["single-row", "single-cell"],
        column_config=_COLUMNS,
        alt="Samples",
    )


def choose_line(view: View, here: NDArray[np.int64], key: str) -> None:
    """Choose the sample whose line was marked, by its box or by any of its cells; for callbacks."""
    marked = state.get(key).selection
    lines = [*marked.rows, *(cell[0] for cell in marked.cells)]
    chosen = state.chosen_sample()
    before = None if chosen is None else runs.row_of(view.run, chosen)
    # The box that was ticked earlier stays ticked when a cell of another line is clicked.
    new = [line for line in lines if int(here[line]) != before]
    if new:
        choose(view, int(here[new[-1]]))
