"""Map: the embedding, a lasso, and the samples in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import runs, state, words
from dashboard.components.scatter import ScatterEvent, scatter_map
from dashboard.geometry import inside
from dashboard.panels.frame import View
from paser_core.selection import Status, reason_of
from paser_core.selection.evidence import conflict_of

_ROWS_SHOWN = 2000  # of a lasso; the count says how many there are


def draw(view: View) -> tuple[NDArray[np.int64], int | None]:
    """The map with its controls; returns the rows in the lasso (all, without one) and the clicked row."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        color = st.selectbox(
            "Colour by",
            runs.color_choices(view.run),
            key=state.KEY_COLOR,
            bind="query-params",
            persist_state="session",
        )
    with right:
        muted = st.toggle(
            "Mute what is not selected",
            value=view.selection is not None,
            disabled=view.selection is None,
            help="The samples of the current selection stay bright, all others step back.",
        )
    data = runs.map_data(view.run, color, view.knobs.temperature)
    bright = None
    if muted and view.selection is not None:
        bright = view.selection.rank[data.rows] > 0
    event = scatter_map(data.points, bright, key="map")
    rows = _in_lasso(event, data)
    clicked = int(data.rows[event.clicked]) if event.clicked is not None else None
    return rows, clicked


def _in_lasso(event: ScatterEvent, data: runs.MapData) -> NDArray[np.int64]:
    if not event.polygon:
        return data.rows
    return data.rows[inside(data.points.positions, event.polygon)]


def table(view: View, rows: NDArray[np.int64]) -> int | None:
    """The samples in the lasso; returns the row that the reader chose."""
    everything = len(rows) == int((view.run.labels >= 0).sum())
    where = "on the map" if everything else "in the lasso"
    st.header(f"{words.plural(len(rows), 'sample')} {where}", anchor=False)
    if len(rows) > _ROWS_SHOWN:
        st.caption(f"The table shows the first {words.count(_ROWS_SHOWN)}. Draw a lasso for fewer.")
    if not len(rows):
        st.info("No sample lies in this lasso. Draw a larger one, or press Clear on the map.")
        return None
    shown = rows[:_ROWS_SHOWN]
    samples = view.run.samples
    frame = pd.DataFrame(
        {
            "id": samples["id"].to_numpy()[shown],
            "instruction": [words.excerpt(t) for t in samples["instruction"].to_numpy()[shown]],
            "cluster": [view.run.names[k] for k in view.run.labels[shown]],
        }
    )
    if view.selection is not None:
        walked = view.selection.walk
        frame["status"] = [words.STATUS_LABELS[view.selection.status_of(r)] for r in shown]
        frame["divergence"] = walked.candidates.divergence[shown]
        frame["ies"] = walked.ies[shown]
    event = st.dataframe(
        frame,
        hide_index=True,
        height=320,
        key=f"samples-{len(rows)}-{int(rows[0])}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "id": st.column_config.TextColumn("Id", width="small"),
            "instruction": st.column_config.TextColumn("Instruction", width="large"),
            "cluster": st.column_config.TextColumn("Cluster"),
            "status": st.column_config.TextColumn("Status"),
            "divergence": st.column_config.NumberColumn("Divergence", format="%.4f"),
            "ies": st.column_config.NumberColumn("IES", format="%.4f", help=words.HELP_IES),
        },
        alt="Samples on the map",
    )
    chosen = event.selection.rows
    return int(shown[chosen[0]]) if chosen else None


def sample(view: View, row: int) -> None:
    """Everything about one sample. Its text is shown as text, whatever it contains."""
    run, selection = view.run, view.selection
    entry = run.samples.iloc[row]
    st.header("Sample", anchor=False)
    st.text(f"{entry['id']}   ·   {run.names[run.labels[row]]}")
    if selection is not None:
        refused = selection.status_of(row) is Status.CONFLICT
        found = conflict_of(selection.walk, row) if refused else None
        st.text(reason_of(selection, row, found))
        ids = run.samples["id"].to_numpy()
        for conflict in found.conflicts if found else ():
            st.text(
                f"“{conflict.first}” came in with {ids[conflict.first_from]}, "
                f"“{conflict.second}” with {ids[conflict.second_from]}."
            )
        if found and found.without:
            st.text(f"It would have been accepted without: {', '.join(found.without)}.")
    for name in ("instruction", "input", "output"):
        if entry[name]:
            st.caption(name.capitalize())
            st.code(entry[name], language=None, wrap_lines=True)
    concepts = entry["concepts"]
    st.text(f"Concepts: {', '.join(concepts) if len(concepts) else 'none'}")
