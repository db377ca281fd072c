"""What a selection hangs on: the share that stays, a dot for every variation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.charts.labels import Spec, axis, figure_of, label
from dashboard.charts.marks import GRAY
from dashboard.palette import CLUSTERS

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from paser_core.compare import Spread

_ROW, _APART = 48, 0.07  # pixels of a row; of rows, between two dots


def spread_figure(spreads: Sequence[Spread], heads: Sequence[str], chance: float) -> go.Figure:
    """A row for each axis in ``spreads``, a dot for everything it was varied to; chance as a line."""
    dots: list[Spec] = [
        {
            "type": "scatter",
            "x": [100 * one.kept for one in spread.varied],
            # One above the other, so that equal ones are seen to be several.
            "y": place + _APART * (np.arange(len(spread.varied)) - (len(spread.varied) - 1) / 2),
            "mode": "markers",
            "marker": {"size": 11, "opacity": 0.75, "color": CLUSTERS[place % len(CLUSTERS)]},
            "hovertext": [label(one.label) for one in spread.varied],
            "hovertemplate": "%{hovertext}: %{x:.1f} % still selected<extra></extra>",
        }
        for place, spread in enumerate(spreads)
    ]
    shapes: list[Spec] = []
    if np.isfinite(chance):
        at = {"x0": 100 * chance, "x1": 100 * chance, "y0": 0, "y1": 1}
        line = {"width": 1.3, "dash": "dot", "color": GRAY}
        shapes.append({"type": "line", "xref": "x", "yref": "paper", **at, "line": line})
    n = len(spreads)
    return figure_of(
        dots,
        60 + _ROW * n,
        margin={"l": 150, "r": 16, "t": 8, "b": 44},
        shapes=shapes,
        xaxis=axis(
            range=[-2, 102],
            ticksuffix=" %",
            zeroline=False,
            title={"text": "Of this selection, still selected"},
        ),
        yaxis=axis(
            range=[n - 0.5, -0.5],
            tickvals=list(range(n)),
            ticktext=list(heads),
            zeroline=False,
        ),
    )
