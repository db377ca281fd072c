"""Curves: what the next sample of a cluster is worth, and how much of the damage is covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 380


@dataclass(frozen=True)
class Curve:
    """One cluster along its seats."""

    name: str
    color: str
    seats: NDArray[np.int64]  # (p,)
    marginal: NDArray[np.float64]  # (p,) divergence of the sample on the seat, running mean
    share: NDArray[np.float64]  # (p,) of the cluster's divergence that is covered
    now: int  # seats taken at the current budget


def marginal_figure(curves: Sequence[Curve]) -> go.Figure:
    """Worth of the next sample on the left, share of the damage covered on the right."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = make_subplots(
        rows=1,
        cols=2,
        horizontal_spacing=0.08,
        column_titles=["Worth of the next sample (divergence)", "Share of the damage covered"],
    )
    for curve in curves:
        sides = ((1, curve.marginal, "%{y:.4f}"), (2, 100 * curve.share, "%{y:.1f} %"))
        for column, values, shown in sides:
            name = label(curve.name)
            figure.add_trace(
                go.Scatter(
                    x=curve.seats.astype(np.float32),
                    y=values.astype(np.float32),
                    mode="lines",
                    line={"color": curve.color, "width": 1.8},
                    name=name,
                    hovertemplate=f"{name}<br>%{{x:,}} samples: {shown}<extra></extra>",
                    showlegend=False,
                ),
                row=1,
                col=column,
            )
            if curve.now:
                place = int(np.searchsorted(curve.seats, curve.now))
                figure.add_trace(
                    go.Scatter(
                        x=[curve.now],
                        y=[float(values[min(place, len(values) - 1)])],
                        mode="markers",
                        marker={"color": curve.color, "size": 9, "line": {"width": 1.5}},
                        hovertemplate=f"{name}<br>now: %{{x:,}} samples, {shown}<extra></extra>",
                        showlegend=False,
                    ),
                    row=1,
                    col=column,
                )
    figure.update_layout(height=_HEIGHT, margin={"l": 8, "r": 16, "t": 36, "b": 40}, dragmode=False)
    figure.update_xaxes(title_text="Samples taken from the cluster", fixedrange=True)
    figure.update_yaxes(rangemode="tozero", fixedrange=True)
    figure.update_yaxes(ticksuffix=" %", row=1, col=2)
    figure.update_annotations(font_size=13)
    return figure
