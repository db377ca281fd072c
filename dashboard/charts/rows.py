"""Figures with one row per cluster, of which one can be chosen by a click anywhere on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import Spec, axis

ROW = 27  # pixels for one cluster
_CHOSEN = "rgba(128, 128, 128, 0.16)"
_CLEAR = "rgba(0, 0, 0, 0)"


def row_axis(ticks: Sequence[str]) -> Spec:
    """The rows with their names, the first on top. The figure leaves them ``names_margin``."""
    n = len(ticks)
    return axis(
        range=[n - 0.5, -0.5],
        tickvals=np.arange(n),
        ticktext=list(ticks),
        showgrid=False,
        zeroline=False,
    )


def clear_bars(reach: float, hovers: Sequence[str]) -> Spec:
    """Clear bars over the whole width: a short row is as easy to hit as a long one.

    The point index of a click is the row.
    """
    n = len(hovers)
    return {
        "type": "bar",
        "x": np.full(n, reach),
        "y": np.arange(n),
        "orientation": "h",
        "width": 1,
        "marker": {"color": _CLEAR},
        "hovertext": list(hovers),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
    }


def interval_bars(low: NDArray[np.float64], high: NDArray[np.float64]) -> Spec:
    """Intervals ``(K,)``, as thin dark bars with a light rim.

    An error bar would vanish on some color or some ground.
    """
    return {
        "type": "bar",
        "base": low,
        "x": high - low,
        "y": np.arange(len(low)),
        "orientation": "h",
        "width": 0.2,
        "marker": {"color": "#303030", "line": {"color": "#E8E8E8", "width": 1}},
        "hoverinfo": "skip",
        "unselected": {"marker": {"opacity": 1}},
    }


def chosen_band(row: int | None) -> list[Spec]:
    """What marks the row that is looked at, behind all columns; nothing where none is."""
    if row is None:
        return []
    return [
        {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": row - 0.5,
            "y1": row + 0.5,
            "fillcolor": _CHOSEN,
            "line": {"width": 0},
            "layer": "below",
        }
    ]
