"""Clusters side by side: damage, size, budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import (
    Spec,
    axis,
    figure_of,
    headings,
    label,
    names_margin,
    round_ticks,
    side_by_side,
)
from dashboard.charts.rows import ROW, chosen_band, clear_bars, interval_bars, row_axis

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Pixels above the rows: two lines of small headings. Larger, or in one, they lie on each other on a phone.
_HEAD = 40


@dataclass(frozen=True)
class DamageBars:
    """One row per cluster, in the order to be drawn (top first)."""

    names: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: NDArray[np.int64]  # (K,) samples
    measured_sizes: NDArray[np.int64]  # (K,) of these, measured
    few: NDArray[np.bool_]  # (K,) too few to trust the CDS
    cds: NDArray[np.float64]  # (K,) NaN where nothing was measured
    low: NDArray[np.float64]  # (K,) 95 % interval; NaN where there is none
    high: NDArray[np.float64]  # (K,)
    share: NDArray[np.float64]  # (K,) share of the budget; NaN without models
    chosen: int | None  # the row that is looked at
    title: str = "CDS"  # what the CDS is called

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

    The columns share one axis from 0 to 1, on which each has its place: each further
    axis is drawn anew at every look at the page. The point index of a click is the row.
    """
    columns = _columns(bars)
    places = side_by_side([column.width for column in columns], 0.02)
    traces = []
    for column, (begin, end) in zip(columns, places, strict=True):
        unit = (end - begin) / (column.reach - column.floor)
        zero, length = begin - unit * column.floor, unit * column.values
        traces.append(_bars(bars, zero, length))
        if column.texts:
            traces.append(_numbers(zero + length, column.texts))
    axis_x: Spec = {"range": [0, 1], "showticklabels": False, "showgrid": False, "zeroline": False}
    if bars.measured:
        reach, floor = columns[0].reach, columns[0].floor
        scale = places[0][1] / (reach - floor)
        zero = -scale * floor
        traces.insert(1, interval_bars(zero + scale * bars.low, zero + scale * bars.high))
        ticks = round_ticks(reach, 8)
        if floor < 0:  # a signed signal: clusters that have become better
            below = -ticks[1:][::-1]
            ticks = np.concatenate([below[below >= floor], ticks])
        axis_x |= {
            "showticklabels": True,
            "showgrid": True,
            "tickvals": zero + scale * ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
        }
    names = _ticks(bars)
    return figure_of(
        [*traces, clear_bars(1.0, _hover(bars))],
        _HEAD + 32 + ROW * max(len(names), 2),
        margin={"l": names_margin(names), "r": 12, "t": _HEAD, "b": 28},
        barmode="overlay",
        bargap=0.28,
        hoverlabel={"align": "left"},
        shapes=chosen_band(bars.chosen),
        annotations=headings([column.title for column in columns], places, 11),
        xaxis=axis(**axis_x),
        yaxis=row_axis(names),
    )


@dataclass(frozen=True)
class _Column:
    title: str
    width: float
    values: NDArray[np.float64]  # (K,)
    reach: float  # the value at its right end
    texts: list[str]  # what stands at the ends of its bars
    floor: float = 0.0  # the value at its left end


def _columns(bars: DamageBars) -> list[_Column]:
    sizes = bars.sizes.astype(np.float64)
    samples = _Column("Samples", 1.0, sizes, _reach(sizes, 2.1), [f"{v:,}" for v in bars.sizes])
    if not bars.measured:
        return [samples]
    shares = [f"{100 * v:.1f}" for v in bars.share]
    return [
        _Column(
            f"{bars.title} with<br>95 % interval",
            0.52,
            bars.cds,
            _reach(bars.ends, 1.06),
            [],
            min(0.0, 1.06 * float(np.nanmin(np.fmin(bars.low, bars.cds)))),
        ),
        replace(samples, width=0.24),
        _Column("% of<br>budget", 0.24, bars.share, _reach(bars.share, 1.65), shares),
    ]


def _reach(values: NDArray[np.float64], room: float) -> float:
    return room * max(float(np.nanmax(values)), 1e-9)


def _bars(bars: DamageBars, begin: float, lengths: NDArray[np.float64]) -> Spec:
    marker: Spec = {"color": list(bars.colors)}
    if bars.few.any():
        shapes = ["/" if few else "" for few in bars.few]
        marker["pattern"] = {"shape": shapes, "fgopacity": 0.7}
    return {
        "type": "bar",
        "base": np.full(len(lengths), begin),
        "x": lengths,
        "y": np.arange(len(lengths)),
        "orientation": "h",
        "marker": marker,
        "hoverinfo": "skip",
        "unselected": {"marker": {"opacity": 1}},  # we show ourselves what is chosen
    }


def _numbers(ends: NDArray[np.float64], texts: Sequence[str]) -> Spec:
    """The numbers at the ends of the bars; as texts of the bars, plotly would measure each of them."""
    return {
        "type": "scatter",
        "x": ends,
        "y": np.arange(len(ends)),
        "mode": "text",
        "text": [f"\N{NO-BREAK SPACE}{text}" for text in texts],
        "textposition": "middle right",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def _ticks(bars: DamageBars) -> list[str]:
    names = [label(name) for name in bars.names]
    if bars.chosen is not None:
        names[bars.chosen] = f"<b>{names[bars.chosen]}</b>"
    return names


def _hover(bars: DamageBars) -> list[str]:
    lines = []
    for i, name in enumerate(bars.names):
        parts = [f"<b>{label(name, 80)}</b>", f"{bars.sizes[i]:,} samples{_measured(bars, i)}"]
        if bars.measured:
            parts += [_in_numbers(bars, i), f"{100 * bars.share[i]:.1f} % of the budget"]
        if bars.measured and bars.few[i]:
            parts.append("Few samples were measured: the CDS is a guess")
        lines.append("<br>".join(parts))
    return lines


def _measured(bars: DamageBars, row: int) -> str:
    some = int(bars.measured_sizes[row])
    return f", {some:,} measured" if bars.measured and some < bars.sizes[row] else ""


def _in_numbers(bars: DamageBars, row: int) -> str:
    if np.isnan(bars.cds[row]):
        return "No sample was measured"
    cds = f"CDS {bars.cds[row]:.4f}"
    if np.isnan(bars.low[row]):
        return cds
    return f"{cds}, 95 % interval {bars.low[row]:.4f} to {bars.high[row]:.4f}"
