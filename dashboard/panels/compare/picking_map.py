"""Who is selected where: on the map, and as lists."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.components.lights import Lights
from dashboard.components.picture import pictures_of
from dashboard.components.scatter_points import Overlay
from dashboard.panels.compare.page import Shown
from dashboard.runs import comparisons, maps, tables
from dashboard.state import filters, focus, session
from dashboard.widgets import filter_bar, listing
from dashboard.widgets.download import Offer, chart_menu, file_name, named
from dashboard.widgets.filter_bar import Narrowed
from dashboard.widgets.frame import View
from dashboard.widgets.parts import segments, table
from dashboard.widgets.picking import pick_them, picking_map, place
from dashboard.widgets.sample import chosen_row
from paser_core.compare import Side

_HEIGHT = 480
_LABELS: Mapping[Side, str] = {
    Side.ONLY_A: "Only in A",
    Side.BOTH: "In both",
    Side.ONLY_B: "Only in B",
    Side.NEITHER: "In neither",
}
_LISTED: Mapping[Side, str] = {  # after "12 samples"
    Side.ONLY_A: "only in A",
    Side.BOTH: "in both",
    Side.ONLY_B: "only in B",
}


def controls(view: View) -> tuple[maps.Space, Narrowed]:
    """Dimensions of the map, and what narrows it and the lists."""
    st.header("On the map", anchor=False)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    space = segments("View", list(maps.Space), session.KEY_SPACE, at=row, in_address=True)
    return space, filter_bar.bar(view, row)


def draw(view: View, shown: Shown, space: maps.Space, narrowed: Narrowed) -> None:
    """The map colored by where a sample is selected. A lasso picks for every page, a click chooses."""
    data = maps.overlay_map(
        view.run,
        space,
        comparisons.side_tint(view.run, shown.compared, _LABELS),
        "the selection they are in",
        view.names,
    )
    row, key = chosen_row(view), _key(view)
    picking_map(
        view,
        data,
        Overlay(bright=_bright(view, shown, narrowed)[data.rows], chosen=place(data.rows, row)),
        key=key,
        height=_HEIGHT,
    )
    offer = Offer(
        named(view.run, "compare-map", view.setting),
        f"A: side bar, B: {shown.against.label}",
        lambda: _points(view, shown, data.rows),
    )
    chart_menu(key, offer, kinds=pictures_of(len(data.rows)))


def _key(view: View) -> str:
    return f"compare-map-{view.run.fingerprint[:12]}"


def _points(view: View, shown: Shown, rows: NDArray[np.int64]) -> pd.DataFrame:
    frame = tables.points_frame(view.run, rows, view.names, view.selection)
    told = {side.code: text for side, text in _LABELS.items()}
    frame.insert(1, "selected", [told[int(code)] for code in shown.compared.codes[rows]])
    return frame


def _bright(view: View, shown: Shown, narrowed: Narrowed) -> NDArray[np.bool_]:
    """``(n,)``: what was picked, else what is selected anywhere; of that what passes the filters."""
    passing = np.zeros(view.run.n, bool)
    passing[narrowed.rows] = True
    selected: NDArray[np.bool_] = shown.compared.codes != Side.NEITHER.code
    return passing if focus.linked() is not None else selected & passing


def lists(view: View, shown: Shown, narrowed: Narrowed) -> None:
    """The samples of one side that pass what narrows the page."""
    st.header("Who differs", anchor=False)
    side: Side = segments(
        "Samples", list(_LISTED), session.KEY_SIDE, label_of=_LABELS.__getitem__, in_address=True
    )
    every = np.sort(shown.compared.rows[side])
    rows, what = narrowed.of(every), _LISTED[side]
    linked = focus.linked()
    if linked is not None:
        what += f", {linked.origin}"
    elif narrowed.narrows:
        what += ", after all filters"
    filters.note_listed(len(rows), len(every))
    with st.container(horizontal=True, vertical_alignment="center", key="side-count"):
        st.text(f"{labels.plural(len(rows), 'sample')} {what}")
        if len(rows):
            pick_them(view, rows, what, "pick-side")
    if len(rows):
        lights = Lights(_key(view), maps.map_rows(view.run))
        listing.table(view, rows, key="compare-list", height=360, lights=lights)
    elif len(every):
        st.info(filter_bar.NOTHING, icon=":material/filter_alt_off:")
    if side is Side.ONLY_B and shown.found.unknown_to_a:
        _unknown(shown)


def _unknown(shown: Shown) -> None:
    number = len(shown.found.unknown_to_a)
    st.caption(
        f"{labels.plural(number, 'sample')} that B selected, and this run's data set does not have"
        + (f"; the first {tables.PAGE}:" if number > tables.PAGE else ":")
    )
    columns = {"id": "Id", "cluster": st.column_config.TextColumn("Cluster in B", width="large")}
    frame, alt = comparisons.unknown_frame(shown.found), "Samples of B that this run does not have"
    name = f"{shown.found.b.label}-not-in-{shown.found.a.label}"
    table(frame, file_name(name), columns, alt, key="unknown", height=240, most=tables.PAGE)
