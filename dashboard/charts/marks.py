"""What several figures draw: bars between edges, upright lines and what they are called."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import Spec

GRAY = "rgba(128, 128, 128, 0.9)"
SHADES, ON_SHADES = [[0.0, "#EEF3F9"], [1.0, "#6AA5DB"]], "#111111"
"""Of heat maps, and the one color of text that reads on all of them: plotly's own choice does not."""


def histogram(edges: NDArray[np.float64], values: NDArray[Any], marker: Spec, hover: str) -> Spec:
    """Bars between the ``edges``, which are the custom data of the hover text."""
    return {
        "type": "bar",
        "x": (edges[:-1] + edges[1:]) / 2,
        "y": values,
        "width": float(edges[1] - edges[0]),
        "marker": marker | {"line": {"width": 0}},
        "customdata": np.stack([edges[:-1], edges[1:]], axis=1),
        "hovertemplate": f"{hover}<extra></extra>",
    }


def upright(x: float, width: float = 1.5, color: str = GRAY, **where: str) -> Spec:
    """A dotted line from bottom to top; ``where``: the axes it belongs to, if not those of the figure."""
    ends = {"x0": x, "x1": x, "y0": 0, "y1": 1}
    line = {"width": width, "dash": "dot", "color": color}
    return {"type": "line", "xref": "x", "yref": "paper", **ends, "line": line, **where}


def note_above(x: float, text: str, **looks: Any) -> Spec:
    """What a line is called, at its upper end."""
    at = {"xref": "x", "yref": "paper", "x": x, "y": 1}
    return {**at, "text": text, "showarrow": False, "font": {"size": 12}, **looks}
