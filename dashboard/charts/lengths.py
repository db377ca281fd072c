"""How long the prompts are, against what the models read of a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import TITLED, axis, figure_of
from dashboard.charts.marks import histogram, note_above, upright
from dashboard.palette import NONE, ONLY_B

if TYPE_CHECKING:
    import plotly.graph_objects as go


def lengths_figure(edges: NDArray[np.float64], counts: NDArray[np.int64], limit: int) -> go.Figure:
    """Bars of samples; those without room for a response stand out, beyond a dotted line.

    ``edges`` ``(b + 1,)`` of the prompts' tokens, one at the ``limit`` of what is read; ``counts``
    ``(b,)`` samples.
    """
    lost = edges[:-1] >= limit - 0.5
    bars = histogram(
        edges,
        counts,
        {"color": np.where(lost, ONLY_B, NONE).tolist()},
        "%{y:,} samples<br>prompts of %{customdata[0]:,.0f} to %{customdata[1]:,.0f} tokens",
    )
    return figure_of(
        [bars | {"width": 0.92 * bars["width"]}],
        220,
        margin=TITLED,
        shapes=[upright(limit, color=NONE)],
        annotations=[note_above(limit, f"read: {limit:,}", xanchor="center", yanchor="bottom")],
        xaxis=axis(title={"text": "Tokens of the prompt"}, range=[0, float(edges[-1])]),
        yaxis=axis(title={"text": "Samples"}, rangemode="tozero", nticks=5),
    )
