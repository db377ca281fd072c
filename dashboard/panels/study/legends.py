"""What the colors and symbols of the page Study mean."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from dashboard.charts.study import SIGNS
from dashboard.palette import cluster_color


def by_number(names: Sequence[str], shown: Sequence[str] | None = None) -> None:
    """One line of marks; a name keeps its mark whatever is ``shown`` of them."""
    marks = "".join(
        f'<span><span style="color:{cluster_color(number)}" aria-hidden="true">'
        f"{SIGNS[number % len(SIGNS)]}</span> {html.escape(name)}</span>"
        for number, name in enumerate(names)
        if shown is None or name in shown
    )
    st.html(
        f'<div style="display:flex;flex-wrap:wrap;gap:0 1.2rem;font-size:.875rem">{marks}</div>'
    )


def in_picture(
    names: Sequence[str], shown: Sequence[str] | None = None
) -> tuple[tuple[str, ...], ...]:
    """The same for a chart that is downloaded: colors, names and signs."""
    return tuple(
        (cluster_color(number), name, SIGNS[number % len(SIGNS)])
        for number, name in enumerate(names)
        if shown is None or name in shown
    )
