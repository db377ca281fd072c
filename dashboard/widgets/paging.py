"""A long list of samples, a page at a time: ordered as a whole, and downloaded as a whole."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.components.lights import Lights
from dashboard.runs import opening, tables
from dashboard.state import choices, focus, session, walks
from dashboard.widgets.download import named, table_menu, titled
from dashboard.widgets.frame import View
from dashboard.widgets.sample import choose

_Rows = NDArray[np.int64]


def paged_table(
    view: View,
    rows: _Rows,
    frame_of: Callable[..., pd.DataFrame],
    columns: Mapping[str, Any],
    *,
    key: str,
    height: int,
    alt: str,
    lights: Lights | None = None,
) -> None:
    """Draw one page of ``rows``; a click on a line chooses the sample everywhere.

    A click on a head orders all rows by that column, not only those on the page, and the download has
    all rows.

    Args:
        view: the run and the answer.
        rows: all row numbers, in the order they were found.
        frame_of: the table of some of them; with ``whole=True`` every text to its end.
        columns: Streamlit's settings of the columns, by name.
        key: of the table; its order and page have keys that begin with it.
        height: of the table.
        alt: what the table is.
        lights: the map whose points light up with the lines, and the other way round.
    """
    if not len(rows):
        return
    rows, here = _choose(view, rows, frame_of, columns, key)
    walks.note(walks.Walk(rows, partial(_turn_to, key)))
    column_key = f"_{key}-column"
    # A mark is on a line or a head; on other lines it would mean other samples.
    table_key = f"{key}-rows-{zlib.crc32(here.tobytes()):08x}-{walks.closed()}"
    if session.get(table_key) is None:
        session.put(column_key, [])

    def picked() -> None:
        # A callback: the sample is chosen before the page is drawn anew.
        marked = session.get(table_key).selection
        heads, before = list(marked.columns), session.get(column_key) or []
        if heads != before:
            session.put(column_key, heads)
            _order_by((heads or before)[0], key)
            return
        _choose_line(view, here, marked)

    if lights is not None:
        lights.leave(here)
    st.dataframe(
        frame_of(here),
        placeholder="–",
        hide_index=True,
        height=height,
        key=table_key,
        on_select=picked,
        # With columns to choose the grid does not sort by itself, which it could only do by page.
        selection_mode=["single-row", "single-cell", "single-column"],
        column_config=columns,
        alt=alt,
    )


def _order_label(view: View, columns: Mapping[str, Any], rows: _Rows, way: str) -> str:
    """What an order is called: that of a column as the column, that by damage as the damage is."""
    if way == tables.SortBy.GIVEN and (np.diff(rows) < 0).any():
        return "Closest first"  # what a search by meaning has listed
    if way == tables.SortBy.DIVERGENCE:
        return f"{labels.damage_title(view.setting.measure)}, highest first"
    return str(columns[way]["label"]) if way in columns else way


def _choose(
    view: View,
    rows: _Rows,
    frame_of: Callable[..., pd.DataFrame],
    columns: Mapping[str, Any],
    key: str,
) -> tuple[_Rows, _Rows]:
    """Controls for order, page and download; returns all rows in order, and those on the page."""
    page, n_pages = 1, tables.pages(len(rows))
    if len(rows) < 2:
        return rows, rows
    ways = tables.orders(view.run, view.selection)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = choices.choose_one(
            st.selectbox,
            "Order",
            [*map(str, ways), *columns],
            key=f"{key}-order",
            label_of=partial(_order_label, view, columns, rows),
            width=280,
        )
        backwards = st.toggle("Reversed", key=f"{key}-reversed", persist_state="session")
        if by in columns:
            rows = tables.ordered_by_column(rows, frame_of(rows)[by], backwards=backwards)
        else:
            rows = tables.ordered(rows, tables.SortBy(by), view.selection, backwards=backwards)
        name = named(view.run, key, None if view.selection is None else view.setting)
        table_menu(
            lambda: titled(frame_of(rows, whole=True), columns), name, len(rows), key=f"{key}-all"
        )
        if n_pages > 1:
            # Another list begins on its first page.
            session.start_over(f"{key}-page", hash(rows.tobytes()))
            session.clamp(f"{key}-page", 1, n_pages)
            page = st.pagination(n_pages, key=f"{key}-page", max_visible_pages=5)
            first = (page - 1) * tables.PAGE
            last = min(first + tables.PAGE, len(rows))
            st.caption(f"{first + 1:,}–{last:,} of {len(rows):,}")
    return rows, tables.page_of(rows, page)


def _turn_to(key: str, place: int) -> None:
    """The page of a list that has a place; for callbacks."""
    if session.get(f"{key}-page") is not None:
        session.put(f"{key}-page", place // tables.PAGE + 1)


def _order_by(column: str, key: str) -> None:
    """Order all rows by a column; once more turns the order round."""
    again = session.get(f"{key}-order") == column
    session.put(f"{key}-reversed", bool(again and not session.get(f"{key}-reversed")))
    choices.set_choice(f"{key}-order", column)


def _choose_line(view: View, here: _Rows, marked: Any) -> None:
    """Choose the sample whose line was marked, by its box or by any of its cells; for callbacks.

    Without a mark there is none: who unticks a line, or presses Escape in the table, is done with it.
    """
    lines = [*marked.rows, *(cell[0] for cell in marked.cells)]
    if not lines:
        choose(view, None)
    chosen = focus.chosen_sample()
    before = None if chosen is None else opening.row_of(view.run, chosen)
    # The box that was ticked earlier stays ticked when a cell of another line is clicked.
    new = [line for line in lines if int(here[line]) != before]
    if new:
        choose(view, int(here[new[-1]]))
