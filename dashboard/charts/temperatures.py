"""One selection over all temperatures: what stays selected, and the order of the clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.charts.labels import Spec, axis, figure_of, headings, label, side_by_side
from dashboard.charts.marks import GRAY, upright

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from paser_core.compare import OverTemperature

_HEIGHT = 380
_BLUE = "#3B82BD"
_TICKS = (0.25, 0.5, 1.0, 2.0, 4.0)


def temperature_figure(
    found: OverTemperature, names: Sequence[str], colors: Sequence[str]
) -> go.Figure:
    """Share that stays selected on the left, rank of every cluster ``(K,)`` by CDS on the right."""
    at = np.log2(found.temperatures)
    own = float(np.log2(found.temperature))
    hover = [f"T = {t:g}" for t in found.temperatures]
    kept: Spec = {
        "type": "scatter",
        "x": at,
        "y": 100 * found.kept,
        "mode": "lines+markers",
        "line": {"color": _BLUE, "width": 2},
        "text": hover,
        "hovertemplate": "%{text}: %{y:.0f} % still selected<extra></extra>",
    }
    ranks: list[Spec] = [
        {
            "type": "scatter",
            "xaxis": "x2",
            "yaxis": "y2",
            "x": at,
            "y": found.ranks[:, k],
            "mode": "lines+markers",
            "line": {"color": color, "width": 2},
            "marker": {"size": 5},
            "customdata": found.cds[:, k],
            "text": hover,
            "hovertemplate": f"{label(name)}<br>%{{text}}: rank %{{y}}, CDS %{{customdata:.3f}}"
            "<extra></extra>",
        }
        for k, (name, color) in enumerate(zip(names, colors, strict=True))
        if np.isfinite(found.ranks[:, k]).any()
    ]
    left, right = side_by_side([2, 3], 0.09)
    shapes = [upright(own, 1.3, xref=f"x{n}", yref=f"y{n} domain") for n in ("", "2")]
    notes: list[Spec] = headings(["Still selected", "Clusters by damage"], [left, right])
    if np.isfinite(found.chance):
        y = 100 * found.chance
        ends = {"x0": float(at[0]), "x1": float(at[-1]), "y0": y, "y1": y}
        shapes.append(
            {"type": "line", "xref": "x", "yref": "y"}
            | ends
            | {"line": {"color": GRAY, "width": 1}}
        )
        notes.append(
            {"text": "blind draw", "x": float(at[0]), "y": y, "xref": "x", "yref": "y",
             "xanchor": "left", "yanchor": "top", "showarrow": False, "font": {"size": 11}}
        )  # fmt: skip
    scale = {
        "title": {"text": "Temperature"},
        "tickvals": list(np.log2(_TICKS)),
        "ticktext": [f"{t:g}" for t in _TICKS],
        "range": [float(at[0]) - 0.15, float(at[-1]) + 0.15],
        "zeroline": False,
    }
    n = int(np.nanmax(found.ranks, initial=1))
    return figure_of(
        [kept, *ranks],
        _HEIGHT,
        margin={"l": 52, "r": 16, "t": 36, "b": 44},
        annotations=notes,
        shapes=shapes,
        xaxis=axis(domain=left, **scale),
        xaxis2=axis(domain=right, anchor="y2", **scale),
        yaxis=axis(range=[0, 104], ticksuffix=" %", zeroline=False),
        yaxis2=axis(
            range=[n + 0.5, 0.5],
            anchor="x2",
            dtick=max(1, round(n / 8)),
            tick0=1,
            title={"text": "Rank by CDS"},
            zeroline=False,
        ),
    )
