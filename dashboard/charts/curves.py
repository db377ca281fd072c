"""Curves: what the next sample of a cluster is worth, and how much of the damage is covered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.charts.labels import axis, figure_of, headings, label, side_by_side
from dashboard.palette import cluster_color

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from paser_core.selection.curves import MarginalCurve

_HEIGHT = 380


def marginal_figure(
    curves: Sequence[MarginalCurve], names: Sequence[str], damage: str
) -> go.Figure:
    """Worth of the next sample on the left, share of the damage covered on the right.

    In the colors of the map; a cluster without a sample has no line. ``names`` ``(K,)``;
    ``damage`` is what the damage of a sample is called.
    """
    traces = []
    for curve in curves:
        if not curve.n_seats:
            continue
        name, color = label(names[curve.cluster]), cluster_color(curve.cluster)
        place = min(int(np.searchsorted(curve.seats, curve.now)), len(curve.seats) - 1)
        for number, values, shown in (
            ("", curve.marginal, "%{y:.4f}"),
            ("2", 100 * curve.share, "%{y:.1f} %"),
        ):
            axes = {"type": "scatter", "xaxis": f"x{number}", "yaxis": f"y{number}"}
            traces.append(
                axes
                | {
                    "x": curve.seats.astype(np.float32),
                    "y": values.astype(np.float32),
                    "mode": "lines",
                    "line": {"color": color, "width": 1.8},
                    "hovertemplate": f"{name}<br>%{{x:,}} samples: {shown}<extra></extra>",
                }
            )
            if curve.now:
                traces.append(
                    axes
                    | {
                        "x": [curve.now],
                        "y": [float(values[place])],
                        "mode": "markers",
                        "marker": {"color": color, "size": 9, "line": {"width": 1.5}},
                        "hovertemplate": (
                            f"{name}<br>now: %{{x:,}} samples, {shown}<extra></extra>"
                        ),
                    }
                )
    left, right = side_by_side([1, 1], 0.08)
    titles = [f"Worth of the next sample ({damage})", "Share of the damage covered"]
    seats = {"title": {"text": "Samples taken from the cluster"}}
    return figure_of(
        traces,
        _HEIGHT,
        margin={"l": 58, "r": 16, "t": 36, "b": 44},
        annotations=headings(titles, [left, right]),
        xaxis=axis(domain=left, **seats),
        xaxis2=axis(domain=right, anchor="y2", **seats),
        yaxis=axis(rangemode="tozero"),
        yaxis2=axis(rangemode="tozero", anchor="x2", ticksuffix=" %"),
    )
