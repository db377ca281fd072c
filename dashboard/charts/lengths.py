"""How long the prompts are, against what the models read of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import TITLED, axis, figure_of
from dashboard.palette import NONE, ONLY_B

if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class LengthBins:
    """Prompts by their number of tokens; one edge lies at the limit."""

    edges: NDArray[np.float64]  # (b + 1,) tokens
    counts: NDArray[np.int64]  # (b,) samples
    limit: int  # tokens of a sample that are read


def lengths_figure(bins: LengthBins) -> go.Figure:
    """Bars of samples; those without room for a response stand out, beyond a dotted line."""
    lost = bins.edges[:-1] >= bins.limit - 0.5
    width = float(bins.edges[1] - bins.edges[0])
    line = {
        "type": "line", "xref": "x", "yref": "paper", "x0": bins.limit, "x1": bins.limit,
        "y0": 0, "y1": 1, "line": {"width": 1.5, "dash": "dot", "color": NONE},
    }  # fmt: skip
    note = {
        "xref": "x", "yref": "paper", "x": bins.limit, "y": 1, "showarrow": False,
        "text": f"read: {bins.limit:,}", "font": {"size": 12}, "xanchor": "center",
        "yanchor": "bottom",
    }  # fmt: skip
    bars = {
        "type": "bar",
        "x": (bins.edges[:-1] + bins.edges[1:]) / 2,
        "y": bins.counts,
        "width": 0.92 * width,
        "marker": {"color": np.where(lost, ONLY_B, NONE).tolist(), "line": {"width": 0}},
        "customdata": np.stack([bins.edges[:-1], bins.edges[1:]], axis=1),
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
        xaxis=axis(title={"text": "Tokens of the prompt"}, range=[0, float(bins.edges[-1])]),
        yaxis=axis(title={"text": "Samples"}, rangemode="tozero", nticks=5),
    )
