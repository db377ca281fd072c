"""What the marks of a figure mean, in words above it.

A legend of plotly's own is measured and drawn anew at every look at the page.
"""

from __future__ import annotations

import html
from enum import StrEnum

import streamlit as st


class Mark(StrEnum):
    """How something is drawn."""

    DISC = "\u25cf"
    DIAMOND = "\u25c6"
    SQUARE = "\u25a0"
    TICK = "\u2503"
    LINE = "\u2501"


GRAY = "rgb(128, 128, 128)"


def legend(*entries: tuple[Mark, str, str]) -> None:
    """One line of marks, each with its color and its meaning."""
    shown = "".join(
        f'<span><span style="color:{color}" aria-hidden="true">{mark}</span> {html.escape(said)}</span>'
        for mark, color, said in entries
    )
    st.html(
        f'<div style="display:flex;flex-wrap:wrap;gap:0 1.2rem;font-size:.875rem">{shown}</div>'
    )
