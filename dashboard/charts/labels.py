"""What figures have in common: text that stays text, and axes that stay where they are.

A figure is one specification of plain dicts, handed over at once: building it step by step
(``make_subplots``, ``update_xaxes``, ``add_hrect``) takes plotly ten times as long, at every move of
a slider.
"""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dashboard import labels

if TYPE_CHECKING:
    import plotly.graph_objects as go

TITLED = {"l": 58, "r": 12, "t": 26, "b": 44}
"""Margins in pixels of a figure with numbers and a title on both axes."""

Spec = dict[str, Any]
"""A part of a figure as plotly's JSON has it."""


def label(text: str, length: int = 34) -> str:
    """The beginning of a text as plotly shows it as it is: ``<b>`` stays four characters.

    Plotly reads tags and entities of its own in labels and hover texts.
    """
    short = labels.excerpt(text, length)
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def figure_of(traces: Sequence[Spec], height: int, **layout: Any) -> go.Figure:
    """A figure with slim margins and no legend, on which nothing can be dragged or zoomed."""
    # Imported here: half a second that pages without a plot need not wait for.
    import plotly.graph_objects as go

    common = {
        "height": height,
        "margin": {"l": 8, "r": 12, "t": 26, "b": 28},
        "showlegend": False,
        "dragmode": False,
    }
    return go.Figure(data=list(traces), layout=common | layout)


def axis(**given: Any) -> Spec:
    """An axis that stays where it is.

    Its labels lie in the margin of the figure (:func:`names_margin`). Plotly's ``automargin`` would
    measure them, which draws the figure twice.
    """
    return {"fixedrange": True} | given


def names_margin(ticks: Sequence[str]) -> int:
    """Pixels that tick labels at plotly's 12 px take, rather too many than too few.

    Latin letters by three widths, which are those of the app's sans serif; letters of scripts that
    are written wide take a full em.
    """
    return 14 + round(max((_width(tick) for tick in ticks), default=0.0))


def _width(tick: str) -> float:
    text = html.unescape(tick.removeprefix("<b>").removesuffix("</b>"))
    return 12 * sum(_em(letter) for letter in text) * (1.06 if tick.startswith("<b>") else 1.0)


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in " .,:;'|!()[]fijlrt":
        return 0.34
    return 0.8 if letter in "mwMW@%" or (letter.isupper() and letter > "\x7f") else 0.58


def round_ticks(reach: float, most: int) -> NDArray[np.float64]:
    """At most ``most`` multiples of 1, 2 or 5 times a power of ten, from 0 up to ``reach`` > 0."""
    power = 10.0 ** math.floor(math.log10(reach / most))
    step: float = next(power * m for m in (1, 2, 5, 10, 20) if reach / (power * m) < most)
    return np.arange(int(reach / step) + 1, dtype=np.float64) * step


def side_by_side(widths: Sequence[float], gap: float) -> list[tuple[float, float]]:
    """Where columns of these widths begin and end, with a ``gap`` between two; 0 to 1."""
    free = 1 - gap * (len(widths) - 1)
    ends, begin = [], 0.0
    for width in widths:
        end = begin + free * width / sum(widths)
        ends.append((begin, min(end, 1.0)))
        begin = end + gap
    return ends


def headings(
    titles: Sequence[str], columns: Sequence[tuple[float, float]], size: int = 13
) -> list[Spec]:
    """A title above each column; ``size``: of its letters in pixels."""
    return [
        {
            "text": title,
            "x": (begin + end) / 2,
            "y": 1,
            "xref": "paper",
            "yref": "paper",
            "xanchor": "center",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": size},
        }
        for title, (begin, end) in zip(titles, columns, strict=True)
    ]
