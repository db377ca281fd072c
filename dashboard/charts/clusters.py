"""Clusters side by side: damage, size, budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import Spec, axis, figure_of, headings, label, side_by_side
from dashboard.charts.rows import ROW, chosen_band, clear_bars, row_axis

if TYPE_CHECKING:
    import plotly.graph_objects as go


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
    n, hovers = len(bars.names), _hover(bars)
    sizes = bars.sizes.astype(np.float64)
    columns = [("Samples", 1.0, sizes, [f"{v:,}" for v in bars.sizes])]
    if bars.measured:
        columns = [
            ("CDS with 95 % interval", 0.64, bars.cds, []),
            ("Samples", 0.18, sizes, columns[0][3]),
            ("Share of the budget", 0.18, bars.share, [f"{100 * v:.1f} %" for v in bars.share]),
        ]
    places = side_by_side([width for _, width, _, _ in columns], 0.02)
    traces: list[Spec] = []
    axes: Spec = {"yaxis": row_axis(_ticks(bars))}
    for number, (_, _, values, texts) in enumerate(columns, start=1):
        name = "x" if number == 1 else f"x{number}"
        damage = bars.measured and number == 1
        traces.append(_bars(bars, values, name))
        if texts:
            traces.append(_numbers(values, texts, name))
        if damage:
            traces.append(_intervals(bars))
        reach = float(np.nanmax(bars.ends if damage else values))
        reach = max(reach, 1e-9) * (1.06 if damage else 1.45)
        traces.append(clear_bars(reach, hovers, name))
        axes[name.replace("x", "xaxis")] = axis(
            domain=places[number - 1],
            range=[0, reach],
            showticklabels=damage,
            showgrid=damage,
            nticks=8,
            zeroline=False,
        )
    return figure_of(
        traces,
        58 + ROW * max(n, 2),
        barmode="overlay",
        bargap=0.28,
        hoverlabel={"align": "left"},
        shapes=chosen_band(bars.chosen),
        annotations=headings([title for title, *_ in columns], places),
        **axes,
    )


def _bars(bars: DamageBars, values: NDArray[np.float64], xaxis: str) -> Spec:
    marker: Spec = {"color": list(bars.colors)}
    if bars.few.any():
        shapes = ["/" if few else "" for few in bars.few]
        marker["pattern"] = {"shape": shapes, "fgopacity": 0.7}
    return {
        "type": "bar",
        "x": values,
        "y": np.arange(len(values)),
        "xaxis": xaxis,
        "orientation": "h",
        "marker": marker,
        "hoverinfo": "skip",
        "unselected": {"marker": {"opacity": 1}},  # we show ourselves what is chosen
    }


def _numbers(values: NDArray[np.float64], texts: Sequence[str], xaxis: str) -> Spec:
    """The numbers at the ends of the bars; as texts of the bars, plotly would measure each of them."""
    return {
        "type": "scatter",
        "x": values,
        "y": np.arange(len(values)),
        "xaxis": xaxis,
        "mode": "text",
        "text": [f"\N{NO-BREAK SPACE}{text}" for text in texts],
        "textposition": "middle right",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def _intervals(bars: DamageBars) -> Spec:
    """Thin dark bars with a light rim: an error bar would vanish on some colour or some ground."""
    return {
        "type": "bar",
        "base": bars.low,
        "x": bars.high - bars.low,
        "y": np.arange(len(bars.names)),
        "orientation": "h",
        "width": 0.2,
        "marker": {"color": "#303030", "line": {"color": "#E8E8E8", "width": 1}},
        "hoverinfo": "skip",
        "unselected": {"marker": {"opacity": 1}},
    }


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
