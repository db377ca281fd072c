"""Beginnings of samples, one line each; a click shows the whole of one. Plain text, whatever it holds.

One element for all of them: a button of Streamlit's for each would hold up the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from dashboard.components.sources import component
from dashboard.state import session

_lines = component("paser_lines", "lines.css", "lines.js")


@dataclass(frozen=True)
class TextLine:
    """One line."""

    number: int  # what a click answers with
    text: str
    before: str = ""  # a number in front of it
    below: str = ""  # a note on it


def text_lines(
    lines: Sequence[TextLine], *, key: str, label: str, on_click: Callable[[int], None]
) -> None:
    """Draw them; ``on_click`` gets the number of a line, before the page runs. ``label`` is read out."""

    def clicked() -> None:
        number = getattr(session.get(key), "line", None)
        if number is not None:
            on_click(int(number))

    data = {"label": label, "lines": [asdict(line) for line in lines]}
    _lines(key=key, data=data, on_line_change=clicked)
