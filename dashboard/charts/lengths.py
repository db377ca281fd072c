"""How long the prompts are, against what the models read of a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import TITLED, axis, figure_of
from dashboard.palette import NONE, ONLY_B

if TYPE_CHECKING:
    import plotly.graph_objects as go


def lengths_figure(edges: NDArray[np.float64], counts: NDArray[np.int64], limit: int) -> go.Figure:
    """Bars of samples; those without room for a response stand out, beyond a dotted line.

    ``edges`` ``(b + 1,)`` of the prompts' tokens, one at the ``limit`` of what is read; ``counts``
    ``(b,)`` samples.
    """
    lost = edges[:-1] >= limit - 0.5
    width = float(edges[1] - edges[0])
    line = {
        "type": "line", "xref": "x", "yref": "paper", "x0": limit, "x1": limit,
        "y0": 0, "y1": 1, "line": {"width": 1.5, "dash": "dot", "color": NONE},
    }  # fmt: skip
    note = {
        "xref": "x", "yref": "paper", "x": limit, "y": 1, "showarrow": False,
        "text": f"read: {limit:,}", "font": {"size": 12}, "xanchor": "center",
        "yanchor": "bottom",
    }  # fmt: skip
    bars = {
        "type": "bar",
        "x": (edges[:-1] + edges[1:]) / 2,
        "y": counts,
        "width": 0.92 * width,
        "marker": {"color": np.where(lost, ONLY_B, NONE).tolist(), "line": {"width": 0}},
        "customdata": np.stack([edges[:-1], edges[1:]], axis=1),
        "hovertemplate": (
            "%{y:,} samples<br>prompts of %{customdata[0]:,.0f} to %{customdata[1]:,.0f} tokens"
            "<extra></extra>"
        ),
    }
    return figure_of(
        [bars],
        220,
        margin=TITLED,
        shapes=[line],
        annotations=[note],
        xaxis=axis(title={"text": "Tokens of the prompt"}, range=[0, float(edges[-1])]),
        yaxis=axis(title={"text": "Samples"}, rangemode="tozero", nticks=5),
    )
