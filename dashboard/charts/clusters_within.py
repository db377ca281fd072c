"""Within one cluster: how its divergence and its memberships are distributed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import still

if TYPE_CHECKING:
    import plotly.graph_objects as go

_GREY = "rgba(128, 128, 128, 0.9)"
_PALE = "rgba(128, 128, 128, 0.35)"


@dataclass(frozen=True)
class DivergenceBins:
    """How the divergence of one cluster is distributed."""

    edges: NDArray[np.float64]  # (b + 1,)
    own: NDArray[np.float64]  # (b,) share of the cluster's samples
    all: NDArray[np.float64]  # (b,) share of all samples
    cds: float  # the mean
    low: float  # 95 % interval of the mean; NaN where there is none
    high: float
    color: str


def divergence_figure(bins: DivergenceBins) -> go.Figure:
    """The cluster's samples as bars, all samples as an outline, the CDS as a line in its interval."""
    import plotly.graph_objects as go

    centres, width = _centres(bins.edges)
    figure = go.Figure()
    if np.isfinite(bins.low):
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
        annotation={"text": f"CDS {bins.cds:.3f}", "font_size": 12, "yanchor": "bottom"},
        annotation_position="top",
    )
    still(figure, 230)
    figure.update_layout(
        showlegend=True, legend={"x": 1, "y": 1, "xanchor": "right", "font_size": 12}, bargap=0
    )
    figure.update_xaxes(title="Divergence of a sample", range=[0, bins.edges[-1]])
    # The outline may leave the picture: most samples of most runs are in the first bin.
    figure.update_yaxes(
        title="% of samples", range=[0, 125 * float(bins.own.max(initial=0.01))], nticks=5
    )
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
    still(figure, 200)
    top = np.log10(max(int(bins.counts.max(initial=1)), 10)) * 1.08
    figure.update_xaxes(title="Membership", range=[0, 1])
    figure.update_yaxes(title="Samples (log)", type="log", range=[np.log10(0.6), top], dtick=1)
    return figure


def _centres(edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    return (edges[:-1] + edges[1:]) / 2, float(edges[1] - edges[0])
