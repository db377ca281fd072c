"""Charts of a study, arm by arm: damage against gain, retention, cost, budgets, losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard import labels
from dashboard.charts.labels import (
    Spec,
    axis,
    figure_of,
    headings,
    label,
    names_margin,
    side_by_side,
)
from dashboard.charts.marks import GRAY, ON_SHADES, SHADES
from dashboard.palette import cluster_color

if TYPE_CHECKING:
    import plotly.graph_objects as go

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "x")
SIGNS = ("●", "◆", "■", "▲", "✚", "★", "⬢", "✖")
"""What the symbols look like in a text, for a legend."""

_HEIGHT = 380
_MARGIN = {"l": 62, "r": 16, "t": 12, "b": 48}
_WIDE = 8.0  # budgets further apart than this are drawn on a logarithmic axis


@dataclass(frozen=True)
class Points:
    """Named points of one color and symbol."""

    name: str
    x: NDArray[np.float64]  # (p,)
    y: NDArray[np.float64]  # (p,) shares
    spread: NDArray[np.float64]  # (p,) standard deviation of y; NaN where there is none
    hovers: tuple[str, ...]  # (p,)


def mark_of(number: int) -> Spec:
    """How the things of this number are drawn: color and symbol, each enough to tell them apart."""
    return {"color": cluster_color(number), "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 10}


def gain_figure(
    groups: Sequence[Points], names: Sequence[str], measured: str, counted: str
) -> go.Figure:
    """Damage across, accuracy upwards, a point for every capability; a group for every compression.

    ``names`` are those of the first group's points, which a single group shows.
    """
    traces = [_markers(number, group) for number, group in enumerate(groups)]
    if len(groups) == 1:  # with several their names would lie over each other
        named = {"mode": "markers+text", "textposition": "top center", "textfont": {"size": 10}}
        traces = [traces[0] | named | {"text": [label(name) for name in names]}]
    return figure_of(
        traces,
        _HEIGHT,
        margin=_MARGIN,
        xaxis=axis(title={"text": label(measured, 70)}, rangemode="tozero"),
        yaxis=axis(title={"text": f"{counted} (points)"}, zeroline=True),
    )


def cost_figure(groups: Sequence[Points], cost: str, measure: str) -> go.Figure:
    """Cost across, retention upwards, a point for every arm; a group for every selector."""
    every = np.concatenate([group.x for group in groups])
    return figure_of(
        [_markers(number, group) for number, group in enumerate(groups)],
        _HEIGHT,
        margin=_MARGIN,
        xaxis=axis(title={"text": cost}, **_scale(every)),
        yaxis=axis(title={"text": measure}, ticksuffix=" %"),
    )


def curves_figure(
    mean: Sequence[Points], worst: Sequence[Points], unit: str, before: tuple[float, float]
) -> go.Figure:
    """Retention over the budget: in the mean on the left, of the worst capability on the right.

    Args:
        mean: a line for every selector.
        worst: the same selectors.
        unit: what the budget counts.
        before: what the compressed model has without recovery, mean and worst.
    """
    left, right = side_by_side([1, 1], 0.08)
    traces: list[Spec] = []
    for axes, lines in (("", mean), ("2", worst)):
        for number, line in enumerate(lines):
            traces.append(
                _markers(number, line)
                | {"mode": "lines+markers", "line": {"color": cluster_color(number), "width": 1.8}}
                | {"xaxis": f"x{axes}", "yaxis": f"y{axes}"}
            )
    shapes = [
        {"type": "line", "xref": f"x{axes} domain", "yref": f"y{axes}", "x0": 0, "x1": 1,
         "y0": 100 * level, "y1": 100 * level, "line": {"color": GRAY, "width": 1.2, "dash": "dot"}}
        for axes, level in zip(("", "2"), before, strict=True) if math.isfinite(level)
    ]  # fmt: skip
    scale = {"title": {"text": unit}, **_scale(np.concatenate([line.x for line in mean]))}
    return figure_of(
        traces,
        _HEIGHT,
        margin=_MARGIN | {"t": 34},
        shapes=shapes,
        annotations=headings(
            ["Mean retention", "Retention of the worst capability"], [left, right]
        ),
        xaxis=axis(domain=left, **scale),
        xaxis2=axis(domain=right, anchor="y2", **scale),
        yaxis=axis(ticksuffix=" %"),
        yaxis2=axis(ticksuffix=" %", anchor="x2"),
    )


def retention_figure(
    values: NDArray[np.float64], rows: Sequence[str], columns: Sequence[str], hovers: Sequence[str]
) -> go.Figure:
    """Retention ``(r, c)`` as a heat map with its numbers; from the least of all,
    which is pale, to 100 %.

    Args:
        values: shares; NaN where there is none.
        rows: what is compared.
        columns: capabilities, and what sums them up.
        hovers: ``r * c`` texts, row by row.
    """
    known = values[np.isfinite(values)]
    across, down = np.meshgrid(np.arange(len(columns)), np.arange(len(rows)))
    # Squares themselves cannot be clicked: what is on top of them, and not seen, can.
    targets: Spec = {
        "type": "scatter",
        "x": across.ravel(),
        "y": down.ravel(),
        "mode": "markers",
        "marker": {"symbol": "square", "size": 30, "opacity": 0},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "hovertext": list(hovers),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }
    squares: Spec = {
        "type": "heatmap",
        "z": 100 * values,
        "x": np.arange(len(columns)),
        "y": np.arange(len(rows)),
        "zmin": 100 * min(float(known.min(initial=1.0)), 0.9),
        "zmax": 100,
        "colorscale": SHADES,
        "text": [["–" if np.isnan(v) else f"{100 * v:.0f}" for v in row] for row in values],
        "texttemplate": "%{text}",
        "textfont": {"color": ON_SHADES},
        "hoverinfo": "skip",
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    above, beside = [label(name) for name in columns], [label(name) for name in rows]
    slanted = round(names_margin(above) * math.sin(math.radians(40)))
    return figure_of(
        [squares, targets],
        slanted + 30 + 32 * len(rows),
        margin={"l": names_margin(beside), "r": 46, "t": slanted + 12, "b": 8},
        xaxis=axis(
            side="top",
            tickvals=np.arange(len(columns)),
            ticktext=above,
            tickangle=-40,
            showgrid=False,
            zeroline=False,
        ),
        yaxis=axis(
            tickvals=np.arange(len(rows)),
            ticktext=beside,
            autorange="reversed",
            showgrid=False,
            zeroline=False,
        ),
    )


def loss_figure(losses: Sequence[float]) -> go.Figure:
    """Loss of every step of a training; steps whose loss is no number are a gap."""
    values = np.array(losses, np.float64)
    steps = np.arange(1, len(values) + 1)
    line = {
        "type": "scatter",
        "x": steps,
        "y": np.where(np.isfinite(values), values, np.nan),
        "mode": "lines+markers" if len(values) <= 30 else "lines",
        "line": {"color": cluster_color(0), "width": 1.8},
        "hovertemplate": "step %{x}: loss %{y:.4f}<extra></extra>",
    }
    return figure_of(
        [line],
        240,
        margin=_MARGIN,
        xaxis=axis(title={"text": "Step"}, rangemode="tozero"),
        yaxis=axis(title={"text": "Loss"}, rangemode="tozero"),
    )


def _markers(number: int, group: Points) -> Spec:
    color = cluster_color(number)
    return {
        "type": "scatter",
        "x": group.x,
        "y": 100 * group.y,
        "mode": "markers",
        "name": label(group.name),
        "marker": mark_of(number) | {"line": {"width": 1, "color": "#FFFFFF"}},
        "error_y": {
            "type": "data",
            "array": 100 * np.nan_to_num(group.spread),
            "visible": bool(np.isfinite(group.spread).any()),
            "color": color,
            "thickness": 1.2,
            "width": 4,
        },
        "hovertext": list(group.hovers),
        "hovertemplate": "%{hovertext}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }


def _scale(values: NDArray[np.float64]) -> Spec:
    """An axis from 0, or a logarithmic one where budgets are far apart."""
    known = values[np.isfinite(values) & (values > 0)]
    if len(known) and known.max() > _WIDE * known.min():
        ticks = _round(float(known.min()), float(known.max()))
        told = [labels.count(tick) for tick in ticks]
        return {"type": "log", "tickvals": ticks, "ticktext": told, "zeroline": False}
    return {"rangemode": "tozero"}


def _round(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten, from the one below ``low`` to the one above ``high``."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    every = [m * 10.0**power for power in range(first, last + 1) for m in (1, 2, 5)]
    return [tick for tick in every if low / 2 <= tick <= 2 * high]
