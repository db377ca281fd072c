"""Bars: damage per cluster, and what the budget buys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import (
    axis,
    figure_of,
    headings,
    label,
    names_margin,
    side_by_side,
)
from dashboard.charts.rows import interval_bars, row_axis

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROW_HEIGHT = 30  # pixels for one cluster: the label stays readable
MUTED = "rgba(128, 128, 128, 0.35)"


@dataclass(frozen=True)
class ClusterBars:
    """What the budget figure shows, one entry per cluster, in the order to be drawn (top first)."""

    names: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: NDArray[np.int64]  # (K,) measured samples
    cds: NDArray[np.float64]  # (K,) NaN where no sample was measured
    low: NDArray[np.float64]  # (K,) lower end of the 95 % interval; NaN where there is none
    high: NDArray[np.float64]  # (K,)
    allocated: NDArray[np.int64] | None  # (K,) seats; None: this selector gives these clusters none
    accepted: NDArray[np.int64]  # (K,) what was taken
    title: str = "CDS"  # what the CDS is called


def budget_figure(bars: ClusterBars) -> go.Figure:
    """CDS with its bootstrap interval on the left, what the budget buys on the right."""
    ticks = [
        label(name) if size else f"{label(name)} (not measured)"
        for name, size in zip(bars.names, bars.sizes, strict=True)
    ]
    rows = np.arange(len(ticks))
    # The whole name, which may be too long for the axis, is in the hover text.
    names = np.array([label(name, 80) for name in bars.names], object)
    # A click chooses a row; nothing of the figure steps back for it.
    kept = {"unselected": {"marker": {"opacity": 1}}}
    lying = {"type": "bar", "y": rows, "orientation": "h", **kept}
    beside = {**lying, "xaxis": "x2", "customdata": names}
    damage = {
        **lying,
        "x": bars.cds,
        "marker": {"color": list(bars.colors)},
        "customdata": np.stack([names, bars.low, bars.high, bars.sizes], axis=1),
        "hovertemplate": (
            "%{customdata[0]}<br>CDS %{x:.4f}<br>95 % interval %{customdata[1]:.4f} to "
            "%{customdata[2]:.4f}<br>%{customdata[3]:,} measured samples<extra></extra>"
        ),
    }
    seats = {
        **beside,
        "x": [] if bars.allocated is None else bars.allocated,
        "marker": {"color": "rgba(0,0,0,0)", "line": {"color": MUTED, "width": 1.5}},
        "hovertemplate": "%{customdata}<br>%{x:,} seats<extra></extra>",
    }
    taken = {
        **beside,
        "x": bars.accepted,
        "marker": {"color": list(bars.colors)},
        "hovertemplate": "%{customdata}<br>%{x:,} samples selected<extra></extra>",
    }
    left, right = side_by_side([1, 1], 0.04)
    given = "" if bars.allocated is None else "<br>and seats"
    # In two lines: on a phone, or beside a drawer, they would lie on each other.
    titles = [f"{bars.title} with<br>95 % interval", f"Samples taken{given}"]
    return figure_of(
        [damage, interval_bars(bars.low, bars.high), seats, taken],
        98 + ROW_HEIGHT * max(len(ticks), 3),
        margin={"l": names_margin(ticks), "r": 16, "t": 44, "b": 36},
        barmode="overlay",
        bargap=0.25,
        annotations=headings(titles, [left, right]),
        xaxis=axis(domain=left, rangemode="tozero"),
        xaxis2=axis(domain=right, rangemode="tozero"),
        yaxis=row_axis(ticks),
    )
