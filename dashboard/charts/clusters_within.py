"""Within one cluster: how its divergence and its memberships are distributed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import TITLED, axis, figure_of
from dashboard.charts.marks import GRAY, histogram, note_above, upright

if TYPE_CHECKING:
    import plotly.graph_objects as go

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
    title: str = "Divergence"  # what the damage of a sample is called


def divergence_figure(bins: DivergenceBins) -> go.Figure:
    """The cluster's samples as bars, all samples as an outline, the CDS as a line in its interval."""
    own = histogram(
        bins.edges,
        100 * bins.own,
        {"color": bins.color},
        "%{y:.1f} % of the cluster<br>"
        f"{bins.title.lower()} %{{customdata[0]:.3f}} to %{{customdata[1]:.3f}}",
    )
    outline = {
        "type": "scatter",
        "x": bins.edges,
        "y": 100 * np.append(bins.all, bins.all[-1]),
        "mode": "lines",
        "line": {"shape": "hv", "color": GRAY, "width": 1.3},
        "hoverinfo": "skip",
    }
    shapes = [upright(bins.cds, 2.0)]
    note = note_above(bins.cds, f"CDS {bins.cds:.3f}", xanchor="center", yanchor="bottom")
    if np.isfinite(bins.low):
        band = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "x0": bins.low, "x1": bins.high}
        shapes.insert(0, band | {"fillcolor": _PALE, "line": {"width": 0}, "layer": "below"})
    return figure_of(
        [own, outline],
        230,
        margin=TITLED,
        bargap=0,
        shapes=shapes,
        annotations=[note],
        xaxis=axis(
            title={"text": f"{bins.title} of a sample"}, range=[bins.edges[0], bins.edges[-1]]
        ),
        # The outline may leave the picture: most samples of most runs are in the first bin.
        yaxis=axis(
            title={"text": "% of samples"},
            range=[0, 125 * float(bins.own.max(initial=0.01))],
            nticks=5,
        ),
    )


@dataclass(frozen=True)
class MembershipBins:
    """How sure the samples of one cluster are to belong to it."""

    edges: NDArray[np.float64]  # (b + 1,) from 0 to 1
    counts: NDArray[np.int64]  # (b,) samples
    edge: float  # membership below which a sample is at the edge
    color: str


def membership_figure(bins: MembershipBins) -> go.Figure:
    """Samples by membership, on a logarithmic scale: nearly all have 1, the others matter."""
    centers = (bins.edges[:-1] + bins.edges[1:]) / 2
    counts = histogram(
        bins.edges,
        bins.counts,
        {"color": bins.color, "opacity": np.where(centers < bins.edge, 1.0, 0.55)},
        "%{y:,} samples<br>membership %{customdata[0]:.2f} to %{customdata[1]:.2f}",
    )
    note = note_above(bins.edge, "at its edge", xanchor="right", yanchor="top", xshift=-4)
    top = np.log10(max(int(bins.counts.max(initial=1)), 10)) * 1.08
    return figure_of(
        [counts | {"width": 0.92 * counts["width"]}],
        200,
        margin=TITLED,
        shapes=[upright(bins.edge)],
        annotations=[note],
        xaxis=axis(title={"text": "Membership"}, range=[0, 1]),
        yaxis=axis(
            title={"text": "Samples (log)"}, type="log", range=[np.log10(0.6), top], dtick=1
        ),
    )
