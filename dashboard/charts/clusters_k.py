"""Why there are this many clusters, and what the manifold kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import TITLED, axis, figure_of, side_by_side
from dashboard.charts.marks import upright
from dashboard.palette import CLUSTERS

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ERROR, _SCORE = CLUSTERS[3], CLUSTERS[0]


@dataclass(frozen=True)
class PerK:
    """What every number of clusters gave that was tried."""

    k: NDArray[np.int64]  # (m,)
    error: NDArray[np.float64]  # (m,) relative error of the factorization
    score: NDArray[np.float64]  # (m,) the criterion; NaN where it was not needed
    criterion: str  # its name
    chosen: int


def per_k_figure(curve: PerK) -> go.Figure:
    """The criterion above, the error below, the chosen K marked in both."""
    rows = [_Row("Factorization error", curve.error, _ERROR)]
    if np.isfinite(curve.score).any():
        rows.insert(0, _Row(curve.criterion, curve.score, _SCORE))
    height = 130 + 130 * len(rows)
    return _stacked(curve.k, rows, "Number of clusters K", "K =", height, curve.chosen)


def spectrum_figure(eigenvalues: NDArray[np.float64], weights: NDArray[np.float64]) -> go.Figure:
    """Eigenvalues ``(r,)`` above, weights ``(r,)`` below; a jump separates groups well."""
    number = np.arange(1, len(eigenvalues) + 1)
    rows = [
        _Row("Eigenvalue", eigenvalues, _SCORE, from_zero=True),
        _Row("Weight", weights, _ERROR, from_zero=True),
    ]
    return _stacked(number, rows, "Coordinate", "Coordinate", 390)


@dataclass(frozen=True)
class _Row:
    name: str
    values: NDArray[np.float64]
    color: str
    from_zero: bool = False


def _stacked(
    x: NDArray[np.int64],
    rows: list[_Row],
    title: str,
    what: str,
    height: int,
    marked: int | None = None,
) -> go.Figure:
    """Lines over the same ``x``, one above the other; ``marked`` stands out in each."""
    traces, axes = [], {}
    # Plotly counts from below, the rows from above.
    places = side_by_side([1] * len(rows), 0.09)[::-1]
    for number, row in enumerate(rows, start=1):
        name = "y" if number == 1 else f"y{number}"
        traces.append(
            {
                "type": "scatter",
                "x": x,
                "y": row.values,
                "yaxis": name,
                "mode": "lines+markers",
                "line": {"color": row.color, "width": 1.6},
                "marker": {"size": np.where(x == marked, 12, 5), "color": row.color},
                "hovertemplate": f"{what} %{{x}}: {row.name.lower()} %{{y:.4f}}<extra></extra>",
            }
        )
        axes[name.replace("y", "yaxis")] = axis(
            domain=places[number - 1],
            title={"text": row.name},
            nticks=5,
            rangemode="tozero" if row.from_zero else "normal",
        )
    shapes = [] if marked is None else [upright(marked, 1)]
    below = f"y{len(rows)}" if len(rows) > 1 else "y"
    axes["xaxis"] = axis(title={"text": title}, anchor=below)
    return figure_of(traces, height, margin=TITLED, shapes=shapes, **axes)
