"""The head of what stands beside a page: to the one before, to the next, away; by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.widgets.parts import button


def steps(
    what: str,
    previous: Callable[[], None] | None,
    following: Callable[[], None] | None,
    close: Callable[[], None],
) -> None:
    """Three buttons with a key each.

    Args:
        what: is shown; the keys of the buttons begin or end with it.
        previous: goes to the one before; None: there is none.
        following: goes to the next one; None: there is none.
        close: shows it no longer.
    """
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"{what}-steps"
    ):
        for label, act, icon, key in (
            ("Previous", previous, "arrow_upward", "P"),
            ("Next", following, "arrow_downward", "N"),
        ):
            name = f"{what}-{label.lower()}"
            button(label, name, icon, act or close, shortcut=key, disabled=act is None)
        button("Close", f"close-{what}", "close", close, shortcut="Esc")
