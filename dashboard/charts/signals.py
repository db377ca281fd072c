"""Clusters by damage signal: a rank in every cell, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from dashboard.charts.labels import axis, figure_of, label, names_margin
from dashboard.charts.rows import ROW, row_axis
from paser_core.explain.signals import Standings

if TYPE_CHECKING:
    import plotly.graph_objects as go

# From the most damaged to the least, on both grounds: one hue whose strength is the rank.
_SCALE = [[0.0, "rgba(213, 94, 0, 0.85)"], [1.0, "rgba(213, 94, 0, 0.04)"]]
_HEAD = 62  # pixels above the cells, for names of signals on two lines


def signals_figure(
    found: Standings, order: Sequence[int], names: Sequence[str], heads: Sequence[str]
) -> go.Figure:
    """Clusters down, signals across; strong: damaged most. Bold: surely elsewhere than by the first.

    Args:
        found: the ranks.
        order: cluster numbers, top first.
        names: ``(K,)`` of the clusters.
        heads: ``(s,)`` of the signals.
    """
    ranks = found.ranks[:, list(order)].T  # (K, s)
    low, high = found.low[:, list(order)].T, found.high[:, list(order)].T
    moved = found.moved[:, list(order)].T
    ticks = [label(names[k], 30) for k in order]
    cells, hovers = [], []
    for row, k in enumerate(order):
        texts, notes = [], []
        for column, head in enumerate(heads):
            rank = ranks[row, column]
            if np.isnan(rank):
                texts.append("–")
                notes.append(f"{label(names[k], 80)}<br>{label(head, 60)}: not measured")
                continue
            text = f"{rank:.0f} ({low[row, column]:.0f}–{high[row, column]:.0f})"
            texts.append(f"<b>{text}</b>" if moved[row, column] else text)
            notes.append(
                f"{label(names[k], 80)}<br>{label(head, 60)}: rank {rank:.0f}, 95 % interval "
                f"{low[row, column]:.0f} to {high[row, column]:.0f}<br>CDS {found.cds[column, k]:.4f}"
            )
        cells.append(texts)
        hovers.append(notes)
    heat = {
        "type": "heatmap",
        "z": ranks,
        "x": np.arange(len(heads)),
        "y": np.arange(len(ticks)),
        "text": cells,
        "texttemplate": "%{text}",
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "colorscale": _SCALE,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    return figure_of(
        [heat],
        _HEAD + 20 + ROW * max(len(ticks), 2),
        margin={"l": names_margin(ticks), "r": 12, "t": _HEAD, "b": 8},
        xaxis=axis(
            side="top",
            tickvals=np.arange(len(heads)),
            ticktext=[label(head, 40).replace(" ", "<br>", 1) for head in heads],
            tickangle=0,
            showgrid=False,
            zeroline=False,
        ),
        yaxis=row_axis(ticks),
    )
