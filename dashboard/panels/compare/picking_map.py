"""Who is selected where: on the map, and as lists."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.components.scatter_points import Overlay
from dashboard.panels.compare.page import Shown, cluster_key
from dashboard.runs import comparisons, maps, opening, tables
from dashboard.state import choices, filters, focus, session
from dashboard.widgets import listing
from dashboard.widgets.download import Offer, chart_menu, file_name, named
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


def draw(view: View, shown: Shown) -> None:
    """The map colored by where a sample is selected. A lasso picks for every page, a click chooses."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header("On the map", anchor=False)
        space = segments("View", list(maps.Space), session.KEY_SPACE, in_address=True)
    data = maps.overlay_map(
        view.run,
        space,
        comparisons.side_tint(view.run, shown.compared, _LABELS),
        "the selection they are in",
        view.names,
    )
    row, key = chosen_row(view), f"compare-map-{view.run.fingerprint[:12]}"
    picking_map(
        view,
        data,
        Overlay(bright=_bright(view, shown)[data.rows], chosen=place(data.rows, row)),
        key=key,
        height=_HEIGHT,
    )
    offer = Offer(
        named(view.run, "compare-map", view.setting),
        f"A: side bar, B: {shown.against.label}",
        lambda: _points(view, shown, data.rows),
    )
    chart_menu(key, offer, kinds=("png",))


def _points(view: View, shown: Shown, rows: NDArray[np.int64]) -> pd.DataFrame:
    frame = tables.points_frame(view.run, rows, view.names, view.selection)
    told = {side.code: text for side, text in _LABELS.items()}
    frame.insert(1, "selected", [told[int(code)] for code in shown.compared.codes[rows]])
    return frame


def _bright(view: View, shown: Shown) -> NDArray[np.bool_]:
    """``(n,)``: what was picked, else what is selected anywhere, in the cluster that is looked at."""
    linked = focus.linked()
    if linked is not None:
        bright = np.zeros(view.run.n, bool)
        bright[opening.rows_of(view.run, linked.ids)] = True
        return bright
    selected: NDArray[np.bool_] = shown.compared.codes != Side.NEITHER.code
    cluster = session.get(cluster_key(view))
    return selected if cluster is None else selected & (view.run.labels == cluster)


def lists(view: View, shown: Shown) -> None:
    """The samples of one side, of a cluster and of what was picked."""
    st.header("Who differs", anchor=False)
    first, second = st.columns([2, 3], vertical_alignment="bottom")
    with first:
        side: Side = segments(
            "Samples",
            list(_LISTED),
            session.KEY_SIDE,
            label_of=_LABELS.__getitem__,
            in_address=True,
        )
    cluster = choices.choose_one(
        second.selectbox,
        "Cluster",
        range(view.run.n_clusters),
        default=None,
        label_of=view.names.__getitem__,
        key=cluster_key(view),
        placeholder="All clusters",
    )
    rows = shown.compared.rows[side]
    total = len(rows)
    what = _LISTED[side]
    if cluster is not None:
        rows = rows[view.run.labels[rows] == cluster]
        what += f", in {labels.excerpt(view.names[cluster], 60)}"
        release = partial(choices.set_choice, cluster_key(view), None)
        filters.narrow("cluster", f"Cluster: {labels.excerpt(view.names[cluster], 60)}", release)
    linked = focus.linked()
    if linked is not None:
        rows = rows[np.isin(rows, opening.rows_of(view.run, linked.ids))]
        what += f", {linked.origin}"
    filters.note_listed(len(rows), total)
    with st.container(horizontal=True, vertical_alignment="center", key="side-count"):
        st.text(f"{labels.plural(len(rows), 'sample')} {what}")
        if len(rows):
            pick_them(view, rows, what, "pick-side")
    if len(rows):
        listing.table(view, np.sort(rows), key="compare-list", height=360)
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
