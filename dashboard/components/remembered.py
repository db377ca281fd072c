"""A text that this browser remembers from one visit to the next. Nothing is drawn."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.components.sources import component
from dashboard.state import session

_remembered = component("paser_remembered", "remembered.js")


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
