"""A table in plain HTML, whose lines can be clicked."""

from __future__ import annotations

from collections.abc import Callable

from dashboard.components.sources import component
from dashboard.state import session

_clickable = component("paser_clickable", "clickable.css", "clickable.js")


def clickable(table: str, *, key: str, on_click: Callable[[int], None]) -> None:
    """Draw it; a click anywhere on a line of its body is one on the button in it.

    Args:
        table: HTML in which every text is escaped.
        key: of the component.
        on_click: gets the place of the line, before the page runs.
    """

    def clicked() -> None:
        place = getattr(session.get(key), "line", None)
        if place is not None:
            on_click(int(place))

    _clickable(key=key, data={"table": table}, on_line_change=clicked)
