"""Bars: damage per cluster, and what the budget buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROW_HEIGHT = 30  # pixels for one cluster: the label stays readable
MUTED = "rgba(128, 128, 128, 0.35)"


@dataclass(frozen=True)
class ClusterBars:
    """What the budget figure shows, one entry per cluster, in the order to be drawn (top first)."""

    names: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: NDArray[np.int64]  # (K,)
    cds: NDArray[np.float64]  # (K,)
    low: NDArray[np.float64]  # (K,) lower end of the 95 % interval
    high: NDArray[np.float64]  # (K,)
    allocated: NDArray[np.int64]  # (K,) seats by CDS alone
    accepted: NDArray[np.int64]  # (K,) what the concept graph let through


def budget_figure(bars: ClusterBars) -> go.Figure:
    """CDS with its bootstrap interval on the left, what the budget buys on the right."""
    # Imported here: half a second that pages without a plot need not wait for.
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    labels = _unique(bars.names)
    figure = make_subplots(
        rows=1,
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.04,
        column_titles=["Damage: CDS with 95 % interval", "Budget: samples taken and seats"],
    )
    figure.add_trace(
        go.Bar(
            x=bars.cds,
            y=labels,
            orientation="h",
            marker_color=list(bars.colors),
            error_x={
                "type": "data",
                "symmetric": False,
                "array": bars.high - bars.cds,
                "arrayminus": bars.cds - bars.low,
                "thickness": 1.5,
                "width": 4,
                "color": "rgba(128, 128, 128, 0.9)",
            },
            customdata=np.stack([bars.low, bars.high, bars.sizes], axis=1),
            hovertemplate=(
                "CDS %{x:.4f}<br>95 % interval %{customdata[0]:.4f} to %{customdata[1]:.4f}"
                "<br>%{customdata[2]:,} samples<extra></extra>"
            ),
            showlegend=False,
        ),
        row=1,
        col=1,
    )
    figure.add_trace(
        go.Bar(
            x=bars.allocated,
            y=labels,
            orientation="h",
            marker={"color": "rgba(0,0,0,0)", "line": {"color": MUTED, "width": 1.5}},
            hovertemplate="%{x:,} seats by CDS alone<extra></extra>",
            name="Seats by CDS alone",
        ),
        row=1,
        col=2,
    )
    figure.add_trace(
        go.Bar(
            x=bars.accepted,
            y=labels,
            orientation="h",
            marker_color=list(bars.colors),
            hovertemplate="%{x:,} samples selected<extra></extra>",
            name="Selected",
            showlegend=False,
        ),
        row=1,
        col=2,
    )
    figure.update_layout(
        height=90 + ROW_HEIGHT * max(len(labels), 3),
        margin={"l": 8, "r": 16, "t": 36, "b": 36},
        barmode="overlay",
        bargap=0.25,
        showlegend=False,
        dragmode=False,
    )
    # The first cluster of the list stands on top.
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True)
    figure.update_xaxes(rangemode="tozero", fixedrange=True)
    figure.update_annotations(font_size=13)
    return figure


def _unique(names: Sequence[str]) -> list[str]:
    """Category axes merge equal labels: two clusters of one name keep their own row."""
    seen: dict[str, int] = {}
    labels = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        labels.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return labels
