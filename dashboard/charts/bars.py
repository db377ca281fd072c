"""Bars: damage per cluster, and what the budget buys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import axis, figure_of, headings, side_by_side

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
    labels = _unique(bars.names)
    damage = {
        "type": "bar",
        "x": bars.cds,
        "y": labels,
        "orientation": "h",
        "marker": {"color": list(bars.colors)},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": bars.high - bars.cds,
            "arrayminus": bars.cds - bars.low,
            "thickness": 1.5,
            "width": 4,
            "color": "rgba(128, 128, 128, 0.9)",
        },
        "customdata": np.stack([bars.low, bars.high, bars.sizes], axis=1),
        "hovertemplate": (
            "CDS %{x:.4f}<br>95 % interval %{customdata[0]:.4f} to %{customdata[1]:.4f}"
            "<br>%{customdata[2]:,} samples<extra></extra>"
        ),
    }
    seats = {
        "type": "bar",
        "x": bars.allocated,
        "y": labels,
        "xaxis": "x2",
        "orientation": "h",
        "marker": {"color": "rgba(0,0,0,0)", "line": {"color": MUTED, "width": 1.5}},
        "hovertemplate": "%{x:,} seats by CDS alone<extra></extra>",
    }
    taken = {
        "type": "bar",
        "x": bars.accepted,
        "y": labels,
        "xaxis": "x2",
        "orientation": "h",
        "marker": {"color": list(bars.colors)},
        "hovertemplate": "%{x:,} samples selected<extra></extra>",
    }
    left, right = side_by_side([1, 1], 0.04)
    titles = ["Damage: CDS with 95 % interval", "Budget: samples taken and seats"]
    return figure_of(
        [damage, seats, taken],
        90 + ROW_HEIGHT * max(len(labels), 3),
        margin={"l": 8, "r": 16, "t": 36, "b": 36},
        barmode="overlay",
        bargap=0.25,
        annotations=headings(titles, [left, right]),
        xaxis=axis(domain=left, rangemode="tozero"),
        xaxis2=axis(domain=right, rangemode="tozero"),
        yaxis=axis(
            autorange="reversed", automargin=True
        ),  # the first cluster of the list stands on top
    )


def _unique(names: Sequence[str]) -> list[str]:
    """Category axes merge equal labels: two clusters of one name keep their own row."""
    seen: dict[str, int] = {}
    labels = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        labels.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return labels
