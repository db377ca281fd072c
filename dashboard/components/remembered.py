"""A text that this browser remembers from one visit to the next. Nothing is drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard.state import session

_remembered = st.components.v2.component(
    "paser_remembered",
    js=(Path(__file__).parent / "remembered.js").read_text(encoding="utf-8"),
)


def remember(
    text: str | None,
    *,
    key: str,
    forget: bool,
    on_known: Callable[[str], None],
    tab: bool = False,
) -> None:
    """Keep ``text``; where there is none, ``on_known`` gets what was kept, before the page runs.

    Args:
        text: what to keep.
        key: names it.
        forget: there is no text because somebody has taken it away.
        on_known: told of what was kept.
        tab: keep it for this tab of the browser alone, until that is closed.
    """

    def told() -> None:
        known = getattr(session.get(key), "text", None)
        if isinstance(known, str) and known:
            on_known(known)

    data = {"name": f"paser-{key}", "text": text, "forget": forget, "tab": tab}
    _remembered(key=key, data=data, on_text_change=told, height=1)
