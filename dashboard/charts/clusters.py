"""Clusters side by side: damage, size, budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import label, still

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ROW = 27  # pixels for one cluster
_CHOSEN = "rgba(128, 128, 128, 0.16)"
_CLEAR = "rgba(0, 0, 0, 0)"


@dataclass(frozen=True)
class DamageBars:
    """One row per cluster, in the order to be drawn (top first)."""

    names: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: NDArray[np.int64]  # (K,) samples
    few: NDArray[np.bool_]  # (K,) too few to trust the CDS
    cds: NDArray[np.float64]  # (K,) NaN where nothing was measured
    low: NDArray[np.float64]  # (K,) 95 % interval; NaN where there is none
    high: NDArray[np.float64]  # (K,)
    share: NDArray[np.float64]  # (K,) share of the budget; NaN without models
    chosen: int | None  # the row that is looked at

    @property
    def ends(self) -> NDArray[np.float64]:
        """``(K,)`` how far a row reaches: the end of its interval, else its CDS, which may be NaN."""
        return np.where(np.isnan(self.high), self.cds, self.high)

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
    columns: list[tuple[NDArray[np.float64], list[str]]] = [
        (bars.sizes.astype(np.float64), [f"{v:,}" for v in bars.sizes])
    ]
    if bars.measured:
        columns = [
            (bars.cds, []),
            *columns,
            (bars.share, [f"{100 * v:.1f} %" for v in bars.share]),
        ]
    for number, (values, texts) in enumerate(columns, start=1):
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
            ),
            row=1,
            col=number,
        )
        if number == 1 and bars.measured:
            figure.add_trace(_intervals(bars, place), row=1, col=1)
        # Clear bars over the whole width: a short bar is as easy to hit as a long one.
        reach = float(np.nanmax(bars.ends if number == 1 and bars.measured else values))
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
    still(figure, 58 + _ROW * max(n, 2))
    figure.update_layout(barmode="overlay", bargap=0.28, hoverlabel_align="left")
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


def _intervals(bars: DamageBars, place: NDArray[np.int64]) -> go.Bar:
    """Thin dark bars with a light rim: an error bar would vanish on some colour or some ground."""
    import plotly.graph_objects as go

    return go.Bar(
        base=bars.low,
        x=bars.high - bars.low,
        y=place,
        orientation="h",
        width=0.2,
        marker={"color": "#303030", "line": {"color": "#E8E8E8", "width": 1}},
        hoverinfo="skip",
        unselected={"marker": {"opacity": 1}},
    )


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
            parts += [_in_numbers(bars, i), f"{100 * bars.share[i]:.1f} % of the budget"]
        if bars.measured and bars.few[i]:
            parts.append("Few samples were measured: the CDS is a guess")
        lines.append("<br>".join(parts))
    return lines


def _in_numbers(bars: DamageBars, row: int) -> str:
    if np.isnan(bars.cds[row]):
        return "No sample was measured"
    cds = f"CDS {bars.cds[row]:.4f}"
    if np.isnan(bars.low[row]):
        return cds
    return f"{cds}, 95 % interval {bars.low[row]:.4f} to {bars.high[row]:.4f}"
