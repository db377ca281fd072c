"""Text in a plotly figure, which reads tags and entities of its own in labels and hover texts."""

from __future__ import annotations

from dashboard import words


def label(text: str, length: int = 34) -> str:
    """The beginning of a text, shown as it is: a name like ``<b>`` stays four characters."""
    short = words.excerpt(text, length)
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
