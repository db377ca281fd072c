"""Study: the table of all cells, of which one can be looked at."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import labels
from dashboard.panels.study import cell, words
from dashboard.panels.study.page import Shown
from dashboard.state import choices, session, study_shown
from dashboard.widgets.download import file_name, table_menu, titled

_KEY_TABLE = "study-cells"
_LINE, _HIGHEST = 35, 320  # pixels


def draw(shown: Shown) -> None:
    """All cells; a click on a line shows the cell below."""
    st.header("Cells", anchor=False)
    st.caption(
        "Every point of the grid. Click a line, or choose a cell, to see its selection, its loss and its "
        "answers."
    )
    st.fragment(_cells)(shown, study_shown.detail_at())


def _cells(shown: Shown, at: str | None) -> None:
    """Drawn again alone for a click in it, unless something else of the page changes with it."""
    frame = shown.study.cells(shown.part)
    ended = choices.choose_several(
        st.pills,
        "Ended",
        [state for state in words.STATES if (frame["status"] == state).any()],
        key="study-ended",
        label_of=words.STATES.__getitem__,
        selection_mode="multi",
    )
    if ended:
        frame = frame[frame["status"].isin(ended)]
    frame = frame.reset_index(drop=True)

    def picked() -> None:
        marked = session.get(_KEY_TABLE).selection
        lines = [*marked.rows, *(place[0] for place in marked.cells)]
        before = session.get(session.KEY_CELL)
        new = [line for line in lines if frame["key"][line] != before]
        if new:
            study_shown.choose_cell(str(frame["key"][new[-1]]), cell.CELLS)

    same = [name for name in ("compression", "recovery") if frame[name].nunique() == 1]
    st.dataframe(
        frame.drop(columns=["key", *same]),
        hide_index=True,
        height=min(_LINE * (len(frame) + 1) + 3, _HIGHEST),
        key=_KEY_TABLE,
        on_select=picked,
        selection_mode=["single-row", "single-cell"],
        column_config=_columns(),
        alt="Cells of the study",
    )
    name = file_name(shown.folder.name, "cells", shown.part)
    table_menu(lambda: titled(frame, _columns()), name, len(frame), key="study-cells")
    _choice(shown)
    if study_shown.detail_at() != at and at not in (None, cell.CELLS):
        st.rerun()  # the detail stands elsewhere on the page, and goes from there
    key = cell.chosen(shown)
    if key is not None and (study_shown.detail_at() or cell.CELLS) == cell.CELLS:
        cell.draw(shown, key, cell.CELLS)


def _choice(shown: Shown) -> None:
    """The same by keyboard, and in the address."""
    names = shown.study.titles
    choices.choose_one(
        st.selectbox,
        "Cell",
        list(names),
        key=session.KEY_CELL,
        label_of=names.__getitem__,
        default=None,
        in_address=True,
        placeholder="Choose a cell",
        on_choose=lambda _: study_shown.choose_cell(session.get(session.KEY_CELL), cell.CELLS),
    )


def _columns() -> dict[str, Any]:
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    return {
        "compression": text("Compression"),
        "selector": text("Selector", width=170),
        "budget": text("Budget"),
        "recovery": text("Recovery", width="small"),
        "seed": number("Seed", width="small"),
        "status": text("Ended", width="small"),
        "mean": number("Mean %", format="%.1f", help=labels.capital(words.RETENTION_HELP)),
        "worst": number("Worst %", format="%.1f"),
        "samples": number("Samples", format="localized"),
        "tokens": number("Tokens", format="localized", help="Of prompts and answers selected."),
        "tokens_trained": number("Trained on", format="localized", help="Tokens, all epochs."),
        "cpu_seconds": number("Processor s", format="%.1f"),
        "loss_before": number("Loss before", format="%.3f"),
        "loss_after": number("Loss after", format="%.3f"),
    }
