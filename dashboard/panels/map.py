"""Map: the embedding, a search, a lasso, and the samples in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from dashboard import labels
from dashboard.components.lights import Lights
from dashboard.components.picture import pictures_of
from dashboard.components.scatter_points import Overlay
from dashboard.runs import maps, searches, tables
from dashboard.state import choices, filters, focus, session
from dashboard.widgets import bulk, filter_bar, listing
from dashboard.widgets.download import Offer, chart_menu, named
from dashboard.widgets.filter_bar import Narrowed
from dashboard.widgets.frame import View
from dashboard.widgets.legend_filter import legend_filter
from dashboard.widgets.parts import segments
from dashboard.widgets.picking import picking_map, place
from dashboard.widgets.sample import chosen_row
from paser_core.selection import Status

_KEY = "map"
_HEIGHT = 560


@dataclass(frozen=True)
class Shown:
    """What the controls above the map ask for."""

    color: str
    space: maps.Space
    muted: bool
    narrowed: Narrowed


def controls(view: View) -> Shown:
    """Color, dimensions, search and filters."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    color = choices.choose_one(
        row.selectbox,
        "Color by",
        maps.color_choices(view.run, view.selection),
        key=session.KEY_COLOR,
        in_address=True,
        label_of=partial(_color_label, view),
        width=210,
    )
    space = segments("View", list(maps.Space), session.KEY_SPACE, at=row, in_address=True)
    found = filter_bar.bar(view, row)
    return Shown(color, space, _mute(view, color, row), found)


def _color_label(view: View, color: str) -> str:
    """What a coloring is called: by damage as the damage is."""
    damage = color == maps.Coloring.DIVERGENCE
    return labels.damage_title(view.setting.measure) if damage else color


def _mute(view: View, color: str, row: DeltaGenerator) -> bool:
    """Whether what is not selected steps back. Not where the colors say what is selected already."""
    by_status = color == maps.Coloring.STATUS
    muted: bool = row.toggle(
        "Dim unselected",
        value=view.selection is not None,
        key="mute-by-status" if by_status else "mute",
        disabled=view.selection is None or by_status,
        persist_state="session",
        help="Colored by status, the colors say what is selected; nothing steps back."
        if by_status
        else "The samples of the current selection stay bright, all others step back and keep their "
        "color. What you pick or search for stands out in any case.",
    )
    return muted and not by_status


def draw(view: View, shown: Shown) -> None:
    """The map. A lasso picks the samples in it for every page; a click chooses one."""
    data = maps.map_data(
        view.run, shown.color, shown.space, view.setting.measure, view.names, view.selection
    )
    picking_map(
        view,
        data,
        _overlay(view, shown, data.rows),
        key=_KEY,
        height=_HEIGHT,
        names=shown.color == maps.Coloring.CLUSTER,
        by_legend=legend_filter(view, shown.color, data),
    )
    offer = Offer(
        named(view.run, f"map-{shown.color}", None if view.selection is None else view.setting),
        f"{view.run.name}, colored by {str(shown.color).lower()}",
        lambda: tables.points_frame(view.run, data.rows, view.names, view.selection),
    )
    chart_menu(_KEY, offer, kinds=pictures_of(len(data.rows)))


def _overlay(view: View, shown: Shown, rows: NDArray[np.int64]) -> Overlay:
    """What stands out while the points stay."""
    selection, row, hits = view.selection, chosen_row(view), shown.narrowed.hits
    near: list[int] = []
    if row is not None and view.run.labels[row] >= 0:
        places = (place(rows, int(r)) for r in searches.neighbors(view.run, row).rows)
        near = [p for p in places if p is not None]
    return Overlay(
        bright=_bright(view, shown, rows),
        found=None if hits is None else np.isin(rows, hits.rows),
        chosen=place(rows, row),
        neighbors=near,
        status=None if selection is None else selection.status[rows].astype(np.uint8),
        status_names=() if selection is None else tuple(labels.STATUS_LABELS[s] for s in Status),
    )


def _bright(view: View, shown: Shown, rows: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """What stands out: what passes the filters, the search and what was picked, else what is selected."""
    if shown.narrowed.narrows:
        return np.isin(rows, shown.narrowed.rows)
    if shown.muted and view.selection is not None:
        bright: NDArray[np.bool_] = view.selection.rank[rows] > 0
        return bright
    return None


def table(view: View, shown: Shown) -> None:
    """The samples that stand out, with how many have which status."""
    rows, what = _listed(view, shown)
    filters.note_listed(len(rows), len(maps.map_rows(view.run)))
    st.header(labels.plain(f"{labels.plural(len(rows), 'sample')} {what}"), anchor=False)
    if view.selection is not None and len(rows):
        counts = np.bincount(view.selection.status[rows], minlength=len(Status))
        st.caption(
            labels.plain(
                "  ·  ".join(
                    f"{labels.count(counts[s.code])} {labels.STATUS_LABELS[s].lower()}"
                    for s in Status
                    if counts[s.code]
                )
            )
        )
    bulk.box(view, rows, narrowed=shown.narrowed.narrows)
    if not len(rows):
        st.info(
            "Nothing here. Draw a larger lasso, search for something else, or take away what narrows "
            "the page, at its top.",
            icon=":material/info:",
        )
        return
    lights = Lights(_KEY, maps.map_rows(view.run))
    listing.table(view, rows, key="map-table", lights=lights)


def _listed(view: View, shown: Shown) -> tuple[NDArray[np.int64], str]:
    if not shown.narrowed.narrows:
        return maps.map_rows(view.run), "on the map"
    linked = focus.linked()
    if linked is None:
        return shown.narrowed.rows, "found"
    return shown.narrowed.rows, linked.origin if len(filters.narrowings()) == 0 else (
        f"found {linked.origin}"
    )
