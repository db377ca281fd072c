"""Two selections: how the clusters' shares move, and how much selections agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard import labels, palette
from dashboard.charts.labels import axis, figure_of, label, names_margin
from dashboard.charts.marks import ON_SHADES, SHADES
from dashboard.charts.rows import ROW, chosen_band, clear_bars, row_axis

if TYPE_CHECKING:
    import plotly.graph_objects as go

_GRAY = "rgba(128, 128, 128, 0.9)"
_PALE = "rgba(128, 128, 128, 0.45)"
_NARROW = 48  # pixels of a name that always fits above a column
_WIDE = 0.12  # of the axis, left free beyond the largest share


@dataclass(frozen=True)
class ShiftRows:
    """One row per cluster, in the order to be drawn (top first)."""

    names: tuple[str, ...]
    a: NDArray[np.int64]  # (K,) samples selected by A
    b: NDArray[np.int64]  # (K,)
    both: NDArray[np.int64]  # (K,)
    share_a: NDArray[np.float64]  # (K,) of what A selected; NaN if it selected nothing
    share_b: NDArray[np.float64]  # (K,)
    share_all: NDArray[np.float64]  # (K,) of all samples that could be selected
    chosen: int | None  # the row that is looked at


def shift_figure(rows: ShiftRows) -> go.Figure:
    """A disc for A and a diamond for B on one line per cluster. A click anywhere on a row counts.

    The point index of a click is the row.
    """
    n, place = len(rows.names), np.arange(len(rows.names), dtype=np.float64)
    a, b, everything = (100 * share for share in (rows.share_a, rows.share_b, rows.share_all))
    reach = float(np.nanmax([a, b, everything], initial=1.0)) * (1 + _WIDE)
    # From A to B, and a gap before the next line.
    between = {
        "type": "scatter",
        "x": np.stack([a, b, np.full(n, np.nan)], axis=1).ravel(),
        "y": np.repeat(place, 3),
        "mode": "lines",
        "line": {"color": _PALE, "width": 4},
        "hoverinfo": "skip",
    }
    marks = {
        "type": "scatter",
        "x": np.concatenate([everything, a, b]),
        "y": np.tile(place, 3),
        "mode": "markers",
        "marker": {
            "symbol": np.repeat(["line-ns", "circle", "diamond"], n),
            "size": np.repeat([12, 11, 11], n),
            "color": np.repeat([_GRAY, palette.ONLY_A, palette.ONLY_B], n),
            "line": {"width": np.repeat([2, 0, 0], n), "color": _GRAY},
        },
        "hoverinfo": "skip",
        "unselected": {"marker": {"opacity": 1}},
    }
    names = [label(name) for name in rows.names]
    return figure_of(
        [between, marks, clear_bars(reach, _hover(rows))],
        58 + ROW * max(n, 2),
        margin={"l": names_margin(names), "r": 12, "t": 6, "b": 28},
        hoverlabel={"align": "left"},
        shapes=chosen_band(rows.chosen),
        xaxis=axis(range=[0, reach], ticksuffix=" %", nticks=7, zeroline=False),
        yaxis=row_axis(names),
    )


def _hover(rows: ShiftRows) -> list[str]:
    return [
        f"<b>{label(name, 80)}</b><br>"
        f"A: {_of(rows.a[i], rows.share_a[i])}<br>B: {_of(rows.b[i], rows.share_b[i])}<br>"
        f"{rows.both[i]:,} in both<br>{labels.share(rows.share_all[i])} of all samples"
        for i, name in enumerate(rows.names)
    ]


def _of(count: int, share: float) -> str:
    said = labels.plural(count, "sample")
    return said if np.isnan(share) else f"{said}, {labels.share(share)}"


def agreement_figure(
    index: NDArray[np.float64], names: Sequence[str], floor: float, *, diagonal: bool = False
) -> go.Figure:
    """Jaccard index ``(s, s)`` of every two selections as a heat map; ``floor`` is what chance reaches.

    The colors go from chance to 1, so that a pale cell means little better than blind. The
    ``diagonal`` is empty unless it says something.
    """
    cells = index if diagonal else np.where(np.eye(len(index), dtype=bool), np.nan, index)
    squares = {
        "type": "heatmap",
        "z": cells,
        "x": list(names),
        "y": list(names),
        "zmin": min(floor, 0.99),
        "zmax": 1.0,
        "colorscale": SHADES,
        "text": [["" if np.isnan(v) else f"{v:.2f}" for v in row] for row in cells],
        "texttemplate": "%{text}",
        "textfont": {"color": ON_SHADES},
        "hovertemplate": "%{y} and %{x}: Jaccard index %{z:.3f}<extra></extra>",
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    # Long names above many columns would lie over each other.
    wide = names_margin(names)
    above, angle = (40, 0) if wide <= _NARROW else (12 + round(0.65 * wide), -40)
    # Seeds are names here: plotly would read them as numbers.
    return figure_of(
        [squares],
        20 + above + 34 * max(len(names), 4),
        margin={"l": 8, "r": 12 if not angle else 40, "t": above, "b": 8},
        xaxis=axis(type="category", side="top", showgrid=False, tickangle=angle),
        yaxis=axis(type="category", automargin=True, autorange="reversed", showgrid=False),
    )
