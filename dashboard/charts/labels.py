"""What figures have in common: text that stays text, and axes that stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard import words

if TYPE_CHECKING:
    import plotly.graph_objects as go


def label(text: str, length: int = 34) -> str:
    """The beginning of a text as plotly shows it as it is: ``<b>`` stays four characters.

    Plotly reads tags and entities of its own in labels and hover texts.
    """
    short = words.excerpt(text, length)
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def still(figure: go.Figure, height: int) -> None:
    """Slim margins, no legend, nothing to drag or zoom."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 26, "b": 8},
        showlegend=False,
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True, automargin=True)
    figure.update_yaxes(fixedrange=True, automargin=True)
