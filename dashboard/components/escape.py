"""Esc in a field with text leaves the field and keeps the text, where Esc is a shortcut as well."""

from __future__ import annotations

from dashboard.components.sources import component

_escape = component("paser_escape", "escape.js")


def escape_keeps_text(within: str, *, key: str) -> None:
    """Have the first Esc in a field with text leave the field only. Nothing is drawn.

    Args:
        within: the CSS selector of what the fields lie in.
        key: of the component.
    """
    _escape(key=key, data={"within": within}, height=1)
