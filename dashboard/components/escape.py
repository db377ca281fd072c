"""Escape closes a list that is open, and only then what has this key. Nothing is drawn."""

from __future__ import annotations

from dashboard.components.sources import component

_escape = component("paser_escape", "escape.js")


def one_at_a_time(*, key: str) -> None:
    """As long as this is on the page; ``key`` names it."""
    _escape(key=key, height=1)
