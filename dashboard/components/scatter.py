"""The map in two or three dimensions, drawn by a small WebGL component of our own.

Four mounts serve one canvas: *points* (positions), *colors*, *overlay* (what stands out) and *texts*
(for hovering). Streamlit sends only a hash for one that is unchanged, so a slider sends a few bits
per point and another coloring one byte per point. Of the texts only that of the point one points at
is sent, by a fragment of its own. The lasso's corners, the camera, and the points that are clicked and
pointed at come back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from dashboard.components.drawn import Slots
from dashboard.components.payload import Packed, message, pack
from dashboard.components.scatter_points import (
    Overlay,
    ScatterPoints,
)
from dashboard.components.sources import component
from dashboard.geometry import Camera
from dashboard.state import session

_CORNERS = 64  # of a lasso; the browser keeps to it
_points = component(
    "paser_map",
    *("map/map.css", "wheel.css"),
    *("map/payload.js", "map/receive.js", "map/elements.js", "map/view.js", "map/lasso.js"),
    *("snapshot.js", "map/snapshot.js", "map/vector.js"),
    *(
        "map/picker.js",
        "map/pointing.js",
        "map/layers.js",
        "map/painter.js",
        "map/marks.js",
        "map/lit.js",
        "map/names.js",
    ),
    *("map/legend.js", "map/panel.js", "wheel.js", "map/gestures.js", "map/map.js"),
)
_part = component("paser_map_part", "map/receive.js", "map/part.js")
_texts = component("paser_map_texts", "map/receive.js", "map/texts.js")


@dataclass(frozen=True)
class ScatterEvent:
    """What the reader did."""

    polygon: tuple[tuple[float, float], ...]  # as geometry.inside takes it; empty: no lasso
    clicked: int | None  # row number of the point clicked last
    camera: Camera | None = None  # from where the polygon was drawn; None in two dimensions
    drawn: int = 0  # a number that grows with every lasso; 0: none
    clicks: int = 0  # a number that grows with every click: tells a new click from an old one


def scatter_map(
    points: ScatterPoints,
    highlighted: Overlay | NDArray[np.bool_] | None = None,
    *,
    key: str,
    height: int = 560,
    names: bool = False,
    dismissed: int = 0,
    on_lasso: Callable[[ScatterEvent], None] | None = None,
    on_click: Callable[[ScatterEvent], None] | None = None,
    on_legend: Callable[[int, bool], None] | None = None,
    pressed: Sequence[int] = (),
) -> ScatterEvent:
    """Draw the map and return what the reader did with it.

    Args:
        points: what stays while sliders move.
        highlighted: what stands out; a mask ``(n,)`` is short for ``Overlay(bright=mask)``.
        key: names the map. View, lasso and click are kept under it, so it should differ between runs.
        height: of the picture, in pixels.
        names: whether the clusters' names are written on the map at first; a button switches them.
        dismissed: lassos up to this :attr:`ScatterEvent.drawn` are taken off the map.
        on_lasso: told of a new lasso, or of its removal, before the page runs.
        on_click: told of a click on a point, before the page runs.
        on_legend: told of a click on an entry of the legend, and whether it adds to others; without it
            the browser shows the points of that entry alone.
        pressed: entries of the legend that are told to stand out, where ``on_legend`` is.
    """
    overlay = highlighted if isinstance(highlighted, Overlay) else Overlay(bright=highlighted)
    n, dimensions = points.positions.shape
    layout, slots = points.layout.version, overlay.slots(points)

    def telling(listener: Callable[[ScatterEvent], None] | None) -> Callable[[], None]:
        # Streamlit wants a callback for every state it returns, also where nobody listens.
        return lambda: (
            listener(_event(session.get(key), layout, slots.rows, 0)) if listener else None
        )

    drawn = points.drawn
    header = {"map": key, "part": "points", "dimensions": dimensions, "height": height}
    header |= {"drawn": len(drawn.rows), "spare": drawn.spare, "all": n}
    header |= {"names": names, "texts": points.hover is not None}
    header |= {"filters": on_legend is not None}

    def picked() -> None:
        told = session.get(key).legend
        if on_legend is not None and told and 0 <= told["entry"] < len(points.legend):
            on_legend(int(told["entry"]), bool(told["also"]))

    # No gaps: three of the four mounts show nothing.
    with st.container(gap=None):
        returned = _points(
            key=key,
            data=message(points.layout, header),
            on_lasso_change=telling(on_lasso),
            on_clicked_change=telling(on_click),
            on_legend_change=picked,
        )
        _send(
            points.paint,
            key,
            "colors",
            layout=layout,
            palette=points.palette,
            legend=points.legend_rows,
            scale=points.scale,
            measure=points.measure,
            label=points.label,
        )
        # A spare place may hold another point than when it was clicked; who listens was told in time.
        event = _event(returned, layout, drawn.rows, dismissed)
        _send(
            overlay.packed(points, slots),
            key,
            "overlay",
            layout=layout,
            chosen=slots.place(overlay.chosen),
            neighbors=[p for i in overlay.neighbors if (p := slots.place(int(i))) is not None],
            statuses=overlay.status_names,
            counted=overlay.counted(points),
            heard=returned.lasso["drawn"] if returned.lasso else 0,
            held=event.drawn,
            dismissed=dismissed,
            pressed=list(pressed),
        )
        if points.hover is not None:
            # Of its own: who points at a point does not have the page made anew.
            st.fragment(_tell)(key, points.hover, slots)
    return event


def _tell(key: str, hover: Callable[[int], str], slots: Slots) -> None:
    """The text of the point that is pointed at."""
    place = f"{key}-texts"
    asked = getattr(session.get(place), "asked", None)
    told: dict[str, object] = {}
    if asked and 0 <= asked["row"] < len(slots.rows):
        told = {"row": asked["row"], "text": hover(int(slots.rows[asked["row"]]))}
    header = {"map": key, "part": "texts", **told}
    _texts(key=place, data=message(pack({}), header), on_asked_change=lambda: None)


def _send(packed: Packed, key: str, part: str, **more: object) -> None:
    header = {"map": key, "part": part, **more}
    _part(key=f"{key}-{part}", data=message(packed, header))


def _event(returned: Any, layout: str, rows: NDArray[np.int64], dismissed: int) -> ScatterEvent:
    """What came back, without a lasso around other points than these; ``rows``: those of the browser."""
    polygon: tuple[tuple[float, float], ...] = ()
    camera, drawn = None, 0
    lasso = returned.lasso
    if lasso and lasso["layout"] == layout and lasso["drawn"] > dismissed:
        corners = [float(c) for c in lasso["corners"][: 2 * _CORNERS]]
        polygon = tuple(zip(corners[::2], corners[1::2], strict=True))
        camera = Camera(*lasso["camera"]) if lasso["camera"] else None
        drawn = int(lasso["drawn"])
    clicked, clicks = None, 0
    if returned.clicked and 0 <= returned.clicked["row"] < len(rows):
        clicked, clicks = int(rows[returned.clicked["row"]]), int(returned.clicked["clicks"])
    return ScatterEvent(polygon, clicked, camera, drawn, clicks)
