"""Clusters side by side, and the two distributions behind one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import label

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ROW = 27  # pixels for one cluster
_GREY = "rgba(128, 128, 128, 0.9)"
_PALE = "rgba(128, 128, 128, 0.35)"
_CHOSEN = "rgba(128, 128, 128, 0.16)"
_CLEAR = "rgba(0, 0, 0, 0)"


@dataclass(frozen=True)
class DamageBars:
    """One row per cluster, in the order to be drawn (top first)."""

    names: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: NDArray[np.int64]  # (K,) samples
    few: NDArray[np.bool_]  # (K,) too few to trust the CDS
    cds: NDArray[np.float64]  # (K,) NaN on a run without models, as are low, high and share
    low: NDArray[np.float64]  # (K,) 95 % interval
    high: NDArray[np.float64]  # (K,)
    share: NDArray[np.float64]  # (K,) share of the budget
    chosen: int | None  # the row that is looked at

    @property
    def measured(self) -> bool:
        """Whether there is damage to show."""
        return bool(np.isfinite(self.cds).any())


def damage_figure(bars: DamageBars) -> go.Figure:
    """CDS with its interval, then size and share of the budget. A click anywhere on a row counts.

    The point index of a click is the row.
    """
    # Imported here: half a second that pages without a plot need not wait for.
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    titles = ["Samples"]
    widths = [1.0]
    if bars.measured:
        titles = ["CDS with 95 % interval", "Samples", "Share of the budget"]
        widths = [0.64, 0.18, 0.18]
    n, place = len(bars.names), np.arange(len(bars.names))
    figure = make_subplots(
        rows=1,
        cols=len(titles),
        shared_yaxes=True,
        horizontal_spacing=0.02,
        column_widths=widths,
        column_titles=titles,
    )
    marker = {
        "color": list(bars.colors),
        "pattern": {"shape": ["/" if few else "" for few in bars.few], "fgopacity": 0.7},
    }
    columns: list[tuple[NDArray[np.float64], list[str], dict[str, object]]] = [
        (bars.sizes.astype(np.float64), [f"{v:,}" for v in bars.sizes], {})
    ]
    if bars.measured:
        interval = {
            "type": "data",
            "symmetric": False,
            "array": bars.high - bars.cds,
            "arrayminus": bars.cds - bars.low,
            "thickness": 1.5,
            "width": 4,
            "color": _GREY,
        }
        columns = [
            (bars.cds, [], {"error_x": interval}),
            *columns,
            (bars.share, [f"{100 * v:.1f} %" for v in bars.share], {}),
        ]
    for number, (values, texts, more) in enumerate(columns, start=1):
        figure.add_trace(
            go.Bar(
                x=values,
                y=place,
                orientation="h",
                marker=marker,
                text=texts or None,
                textposition="outside",
                cliponaxis=False,
                hoverinfo="skip",
                unselected={"marker": {"opacity": 1}},  # we show ourselves what is chosen
                **more,
            ),
            row=1,
            col=number,
        )
        # Clear bars over the whole width: a short bar is as easy to hit as a long one.
        reach = float(bars.high.max() if number == 1 and bars.measured else values.max())
        reach = max(reach, 1e-9) * (1.06 if number == 1 and bars.measured else 1.45)
        figure.add_trace(
            go.Bar(
                x=np.full(n, reach),
                y=place,
                orientation="h",
                width=1,
                marker_color=_CLEAR,
                hovertext=_hover(bars),
                hovertemplate="%{hovertext}<extra></extra>",
                selected={"marker": {"opacity": 0}},
                unselected={"marker": {"opacity": 0}},
            ),
            row=1,
            col=number,
        )
        figure.update_xaxes(range=[0, reach], col=number)
    if bars.chosen is not None:
        figure.add_hrect(
            y0=bars.chosen - 0.5,
            y1=bars.chosen + 0.5,
            fillcolor=_CHOSEN,
            line_width=0,
            layer="below",
            row=1,
            col="all",
        )
    _dress(figure, height=58 + _ROW * max(n, 2))
    figure.update_layout(barmode="overlay", bargap=0.28)
    figure.update_yaxes(
        range=[n - 0.5, -0.5],  # the first cluster stands on top
        tickvals=place,
        ticktext=_ticks(bars),
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    if bars.measured:
        figure.update_xaxes(showticklabels=True, showgrid=True, nticks=8, col=1)
    figure.update_annotations(font_size=13)
    return figure


def _ticks(bars: DamageBars) -> list[str]:
    names = [label(name) for name in bars.names]
    if bars.chosen is not None:
        names[bars.chosen] = f"<b>{names[bars.chosen]}</b>"
    return names


def _hover(bars: DamageBars) -> list[str]:
    lines = []
    for i, name in enumerate(bars.names):
        parts = [f"<b>{label(name, 80)}</b>", f"{bars.sizes[i]:,} samples"]
        if bars.measured:
            parts += [
                f"CDS {bars.cds[i]:.4f}, 95 % interval {bars.low[i]:.4f} to {bars.high[i]:.4f}",
                f"{100 * bars.share[i]:.1f} % of the budget",
            ]
        if bars.few[i]:
            parts.append("Few samples: the CDS is a guess")
        lines.append("<br>".join(parts))
    return lines


@dataclass(frozen=True)
class DivergenceBins:
    """How the divergence of one cluster is distributed."""

    edges: NDArray[np.float64]  # (b + 1,)
    own: NDArray[np.float64]  # (b,) share of the cluster's samples
    all: NDArray[np.float64]  # (b,) share of all samples
    cds: float  # the mean
    low: float  # 95 % interval of the mean
    high: float
    color: str


def divergence_figure(bins: DivergenceBins) -> go.Figure:
    """The cluster's samples as bars, all samples as an outline, the CDS as a line in its interval."""
    import plotly.graph_objects as go

    centres, width = _centres(bins.edges)
    figure = go.Figure()
    figure.add_vrect(x0=bins.low, x1=bins.high, fillcolor=_PALE, line_width=0, layer="below")
    figure.add_trace(
        go.Bar(
            x=centres,
            y=100 * bins.own,
            width=width,
            marker={"color": bins.color, "line_width": 0},
            customdata=np.stack([bins.edges[:-1], bins.edges[1:]], axis=1),
            hovertemplate=(
                "%{y:.1f} % of the cluster<br>divergence %{customdata[0]:.3f} to "
                "%{customdata[1]:.3f}<extra></extra>"
            ),
            name="This cluster",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=bins.edges,
            y=100 * np.append(bins.all, bins.all[-1]),
            mode="lines",
            line={"shape": "hv", "color": _GREY, "width": 1.3},
            hoverinfo="skip",
            name="All samples",
        )
    )
    figure.add_vline(
        x=bins.cds,
        line={"width": 2, "dash": "dot", "color": _GREY},
        annotation={"text": f"CDS {bins.cds:.3f}", "font_size": 12, "yanchor": "top", "xshift": 2},
    )
    _dress(figure, height=230)
    figure.update_layout(
        showlegend=True, legend={"x": 1, "y": 1, "xanchor": "right", "font_size": 12}, bargap=0
    )
    figure.update_xaxes(title="Divergence of a sample", range=[0, bins.edges[-1]])
    figure.update_yaxes(title="% of samples", rangemode="tozero", nticks=5)
    return figure


@dataclass(frozen=True)
class MembershipBins:
    """How sure the samples of one cluster are to belong to it."""

    edges: NDArray[np.float64]  # (b + 1,) from 0 to 1
    counts: NDArray[np.int64]  # (b,) samples
    edge: float  # membership below which a sample is at the edge
    color: str


def membership_figure(bins: MembershipBins) -> go.Figure:
    """Samples by membership, on a logarithmic scale: nearly all have 1, the others matter."""
    import plotly.graph_objects as go

    centres, width = _centres(bins.edges)
    figure = go.Figure(
        go.Bar(
            x=centres,
            y=bins.counts,
            width=width * 0.92,
            marker={
                "color": bins.color,
                "opacity": np.where(centres < bins.edge, 1.0, 0.55),
                "line_width": 0,
            },
            customdata=np.stack([bins.edges[:-1], bins.edges[1:]], axis=1),
            hovertemplate=(
                "%{y:,} samples<br>membership %{customdata[0]:.2f} to %{customdata[1]:.2f}"
                "<extra></extra>"
            ),
        )
    )
    figure.add_vline(
        x=bins.edge,
        line={"width": 1.5, "dash": "dot", "color": _GREY},
        annotation={"text": "at its edge", "font_size": 12, "yanchor": "top", "xshift": -4},
        annotation_position="top left",
    )
    _dress(figure, height=200)
    top = np.log10(max(int(bins.counts.max(initial=1)), 10)) * 1.08
    figure.update_xaxes(title="Membership", range=[0, 1])
    figure.update_yaxes(title="Samples (log)", type="log", range=[np.log10(0.6), top], dtick=1)
    return figure


def _centres(edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    return (edges[:-1] + edges[1:]) / 2, float(edges[1] - edges[0])


def _dress(figure: go.Figure, height: int) -> None:
    """What all of them share: no margins to speak of, nothing to drag."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 26, "b": 8},
        showlegend=False,
        dragmode=False,
        hoverlabel_align="left",
    )
    figure.update_xaxes(fixedrange=True, automargin=True)
    figure.update_yaxes(fixedrange=True, automargin=True)
