"""The 2-D map. Positions and colours are sent once; a move of a slider sends one bit per point.

Two mounts share one canvas in the browser: the *points* (static, so Streamlit sends only a hash
when they are unchanged) and the *overlay* (which points stand out). Only the lasso's corners and the
clicked point come back.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_HERE = Path(__file__).parent
_CSS = (_HERE / "scatter.css").read_text(encoding="utf-8")
_points = st.components.v2.component(
    "paser_scatter", css=_CSS, js=(_HERE / "scatter.js").read_text(encoding="utf-8")
)
_overlay = st.components.v2.component(
    "paser_scatter_overlay", js=(_HERE / "overlay.js").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class LegendEntry:
    """One colour and what it stands for."""

    label: str
    color: str
    count: int


@dataclass(frozen=True)
class ScatterPoints:
    """Everything that stays while sliders move."""

    positions: NDArray[np.uint16]  # (n, 2) from geometry.quantise
    colors: NDArray[np.uint8]  # (n,) index into palette
    palette: tuple[str, ...]  # at most 256 hex colours
    legend: tuple[LegendEntry, ...]  # empty for a continuous scale
    scale: tuple[str, str] | None  # lowest and highest value in words, for a continuous scale
    hover: Sequence[str]  # (n,) plain text, or empty: too many points to ship their texts
    label: str  # what the picture shows, for those who do not see it


@dataclass(frozen=True)
class ScatterEvent:
    """What the reader did."""

    polygon: tuple[tuple[float, float], ...]  # grid units; empty: no lasso
    clicked: int | None  # row number


def scatter_map(
    points: ScatterPoints, highlighted: NDArray[np.bool_] | None, *, key: str, height: int = 560
) -> ScatterEvent:
    """Draw the map; ``highlighted`` ``(n,)`` stands out, the rest is muted (None: nothing muted)."""
    state = _points(
        key=key,
        data={
            "name": key,
            "height": height,
            "n": len(points.positions),
            "xy": _pack(points.positions.astype("<u2")),
            "color": _pack(points.colors),
            "palette": list(points.palette),
            "legend": [[e.label, e.color, e.count] for e in points.legend],
            "scale": points.scale,
            "hover": list(points.hover),
            "label": points.label,
        },
        on_polygon_change=_ignore,
        on_clicked_change=_ignore,
    )
    bits = None if highlighted is None else _pack(np.packbits(highlighted, bitorder="little"))
    _overlay(key=f"{key}-overlay", data={"name": key, "bits": bits})
    polygon = tuple((float(x), float(y)) for x, y in (state.polygon or ()))
    clicked = state.clicked
    return ScatterEvent(polygon, int(clicked) if clicked is not None and clicked >= 0 else None)


def _pack(array: NDArray[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def _ignore() -> None:
    """Streamlit wants a callback for every state it returns; the rerun is all we need."""
