"""Why there are this many clusters, and what the manifold kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dashboard.charts.labels import still
from dashboard.palette import CLUSTERS

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ERROR, _SCORE = CLUSTERS[3], CLUSTERS[0]
_GREY = "rgba(128, 128, 128, 0.9)"


@dataclass(frozen=True)
class PerK:
    """What every number of clusters gave that was tried."""

    k: NDArray[np.int64]  # (m,)
    error: NDArray[np.float64]  # (m,) relative error of the factorisation
    score: NDArray[np.float64]  # (m,) the criterion; NaN where it was not needed
    criterion: str  # its name
    chosen: int


def per_k_figure(curve: PerK) -> go.Figure:
    """The criterion above, the error below, the chosen K marked in both."""
    from plotly.subplots import make_subplots

    scored = bool(np.isfinite(curve.score).any())
    curves = [("Factorisation error", curve.error, _ERROR)]
    if scored:
        curves.insert(0, (curve.criterion, curve.score, _SCORE))
    figure = make_subplots(rows=len(curves), cols=1, shared_xaxes=True, vertical_spacing=0.09)
    for row, (name, values, color) in enumerate(curves, start=1):
        _line(figure, curve.k, values, color, curve.k == curve.chosen, row, f"K = %{{x}}: {name}")
        figure.update_yaxes(title=name, nticks=5, row=row)
    figure.update_xaxes(title="Number of clusters K", row=len(curves))
    still(figure, 130 + 130 * len(curves))
    return figure


@dataclass(frozen=True)
class SpectrumLines:
    """The eigenvalues of the manifold, and what each coordinate counts."""

    eigenvalues: NDArray[np.float64]  # (r,) ascending
    weights: NDArray[np.float64]  # (r,) exp(-t lambda)


def spectrum_figure(lines: SpectrumLines) -> go.Figure:
    """Eigenvalues above, weights below; a jump between two eigenvalues separates groups well."""
    from plotly.subplots import make_subplots

    number = np.arange(1, len(lines.eigenvalues) + 1)
    none = np.zeros(len(number), bool)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.09)
    _line(figure, number, lines.eigenvalues, _SCORE, none, 1, "Coordinate %{x}: eigenvalue")
    _line(figure, number, lines.weights, _ERROR, none, 2, "Coordinate %{x}: weight")
    figure.update_yaxes(title="Eigenvalue", rangemode="tozero", nticks=5, row=1)
    figure.update_yaxes(title="Weight", rangemode="tozero", nticks=5, row=2)
    figure.update_xaxes(title="Coordinate", row=2)
    still(figure, 390)
    return figure


def _line(
    figure: go.Figure,
    x: NDArray[np.int64],
    y: NDArray[np.float64],
    color: str,
    marked: NDArray[np.bool_],
    row: int,
    what: str,
) -> None:
    import plotly.graph_objects as go

    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines+markers",
            line={"color": color, "width": 1.6},
            marker={"size": np.where(marked, 12, 5), "color": color},
            hovertemplate=f"{what} %{{y:.4f}}<extra></extra>",
        ),
        row=row,
        col=1,
    )
    for place in x[marked]:
        figure.add_vline(
            x=float(place), line={"width": 1, "dash": "dot", "color": _GREY}, row=row, col=1
        )
