"""A map that picks: a lasso picks the samples in it for every page, a click chooses one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dashboard.components.scatter import ScatterEvent, scatter_map
from dashboard.components.scatter_points import Overlay
from dashboard.geometry import inside
from dashboard.runs import maps, opening
from dashboard.state import focus
from dashboard.widgets.frame import View
from dashboard.widgets.legend_filter import LegendFilter
from dashboard.widgets.parts import button
from dashboard.widgets.sample import choose

_EVERY_LASSO = 2**53  # lassos are numbered by the clock of the browser, in milliseconds


def picking_map(
    view: View,
    data: maps.MapData,
    overlay: Overlay,
    *,
    key: str,
    height: int,
    names: bool = False,
    by_legend: LegendFilter | None = None,
) -> None:
    """Draw the map.

    Args:
        view: what is looked at.
        data: the points.
        overlay: what stands out.
        key: names the map.
        height: of the picture, in pixels.
        names: whether the clusters' names are written on it at first.
        by_legend: what a click on the legend filters by; None: the browser shows that entry alone.
    """

    # Both run before the page does: the side bar and the lists know at once.
    def lassoed(event: ScatterEvent) -> None:
        if not event.polygon:
            focus.link(None)
            return
        rows = data.rows[inside(data.points.positions, event.polygon, event.camera)]
        ids = opening.ids_of(view.run, rows)
        focus.link(focus.Linked("in the lasso", ids, lasso=event.drawn))

    def clicked(event: ScatterEvent) -> None:
        if event.clicked is not None:
            choose(view, int(data.rows[event.clicked]))

    linked = focus.linked()
    inside_now = len(linked.ids) if linked and linked.lasso else None
    scatter_map(
        data.points,
        replace(overlay, inside=inside_now),
        key=key,
        height=height,
        names=names,
        # A lasso that is not what is picked any more must not stay on the map.
        dismissed=linked.lasso - 1 if linked and linked.lasso else _EVERY_LASSO,
        on_lasso=lassoed,
        on_click=clicked,
        on_legend=None if by_legend is None else by_legend.pick,
        pressed=() if by_legend is None else by_legend.pressed,
    )


def pick_them(view: View, rows: NDArray[np.int64], origin: str, key: str) -> None:
    """A button that picks samples for every page; ``origin`` is said after "12 samples"."""
    linked = focus.Linked(origin, opening.ids_of(view.run, rows))
    told = "They stand out on the map and are listed on every page."
    button("Pick them", key, "select_all", focus.link, linked, help=told)


def place(rows: NDArray[np.int64], row: int | None) -> int | None:
    """Where a row is among the points, which stand for ``rows`` in rising order."""
    if row is None:
        return None
    found = int(np.searchsorted(rows, row))
    return found if found < len(rows) and rows[found] == row else None
