"""Order and page of a long list of samples."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard import runs, state
from paser_core.selection import Selection


def choose(rows: NDArray[np.int64], selection: Selection | None, *, key: str) -> NDArray[np.int64]:
    """Controls for order and page; returns the rows on the page."""
    page, n_pages = 1, runs.pages(len(rows))
    if selection is None and n_pages == 1:
        return rows
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if selection is not None:
            by = state.choice(
                st.selectbox, "Order", list(runs.SortBy), key=f"{key}-order", width=280
            )
            rows = runs.ordered(rows, by, selection)
        if n_pages > 1:
            # Another list begins on its first page.
            state.start_over(f"{key}-page", hash(rows.tobytes()))
            state.fit(f"{key}-page", 1, n_pages)
            page = st.pagination(n_pages, key=f"{key}-page", max_visible_pages=5)
            first = (page - 1) * runs.PAGE
            last = min(first + runs.PAGE, len(rows))
            st.caption(f"{first + 1:,}–{last:,} of {len(rows):,}")
    return runs.page_of(rows, page)
