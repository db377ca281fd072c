"""Escape closes an open list, or leaves a field with its text, and only then what has this key."""

from __future__ import annotations

from dashboard.components.sources import component

_escape = component("paser_escape", "escape.js")


def one_at_a_time(within: str, *, key: str) -> None:
    """As long as this is on the page. Nothing is drawn.

    Args:
        within: the CSS selector of what the fields lie in.
        key: of the component.
    """
    _escape(key=key, data={"within": within}, height=1)
