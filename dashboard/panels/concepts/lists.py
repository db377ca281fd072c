"""Behind the drawing: neighbors and conflicts as tables, and the samples of what is on show.

The tables do what a click on a line does, for those who cannot use the drawing or would rather not.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.panels.concepts.connection import End, connection_of, ends_of
from dashboard.panels.concepts.page import KEY_AROUND, Around, Browsed, connect
from dashboard.panels.concepts.table import Taken, height_for, pick_table
from dashboard.state import filters
from dashboard.widgets import filter_bar, listing
from dashboard.widgets.download import named
from dashboard.widgets.parts import segments
from paser_core.explain.graph import Concept, Neighborhood, Role, connected

_HEIGHT = 420
_COLUMNS = {
    "name": st.column_config.TextColumn("Concept", width="medium"),
    "shared": st.column_config.NumberColumn(
        "Together", width="small", format="localized", help="Samples that have both concepts."
    ),
    "rejected": st.column_config.NumberColumn(
        "Rejected", width="small", format="localized", help="Samples that this pair rejected."
    ),
}


class Behind(StrEnum):
    """Which samples of a concept are listed."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


def lists(browsed: Browsed, around: Neighborhood) -> None:
    """On the left what the concept is connected with, on the right the samples behind it."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _connections(browsed, around)
    with right:
        if browsed.pair is None:
            _samples(browsed)
        else:
            _connection(browsed, *browsed.pair)


def _connections(browsed: Browsed, around: Neighborhood) -> None:
    st.header("Connections", anchor=False)
    ends = {
        Around.NEIGHBORS: ends_of(around, Role.NEIGHBOR),
        Around.CONFLICTS: ends_of(around, Role.PARTNER),
    }
    options = {
        Around.NEIGHBORS: f"Neighbors ({_of(ends[Around.NEIGHBORS], around.n_neighbors)})",
        Around.CONFLICTS: f"Conflicts ({_of(ends[Around.CONFLICTS], around.n_partners)})",
    }
    chosen = Around.NEIGHBORS
    if ends[Around.CONFLICTS]:
        chosen = _switch("List", options, KEY_AROUND)
    listed = ends[chosen]
    if not listed:
        st.caption("This concept occurs alone: no other concept is in its samples.")
        return
    other = browsed.other_end
    near = chosen is Around.NEIGHBORS
    role = Role.NEIGHBOR if near else Role.PARTNER
    counted = "shared" if near else "rejected"
    view, center = browsed.view, browsed.center

    def all_of_them() -> pd.DataFrame:
        every = connected(browsed.graph, center.number, role)
        return pd.DataFrame({"name": [c.name for c, _ in every], counted: [n for _, n in every]})

    pick_table(
        {
            "name": [end.concept.name for end in listed],
            counted: [end.samples for end in listed],
        },
        [end.concept.number for end in listed],
        next((i for i, end in enumerate(listed) if end.concept == other), None),
        lambda line: connect(browsed, browsed.center.number, listed[line].concept.number),
        name=f"concept-{chosen}",
        height=_HEIGHT,
        columns_as=_COLUMNS,
        alt="Neighbors" if near else "Concepts in conflict",
        take=Taken(
            named(view.run, f"{chosen}-of-{center.name}", view.setting if view.selection else None),
            all_of_them,
            around.n_neighbors if near else around.n_partners,
        ),
    )
    st.caption("A click on a line shows the samples of the connection.")


def _of(listed: list[End], n: int) -> str:
    shown = labels.count(len(listed))
    return shown if len(listed) == n else f"{shown} of {labels.count(n)}"


def _samples(browsed: Browsed) -> None:
    """The samples of the concept: those that have it, or those it helped to reject."""
    graph, concept = browsed.graph, browsed.center
    st.header("Samples", anchor=False)
    rows = graph.samples_with(concept.number)
    if concept.rejections:
        options = {
            Behind.ACCEPTED: f"Accepted, with it ({labels.count(len(rows))})",
            Behind.REJECTED: f"Rejected because of it ({labels.count(concept.rejections)})",
        }
        if _switch("Samples", options, "concept-behind") == Behind.REJECTED:
            rows = graph.rejected_with(concept.number)
    _listed(browsed, rows, "concept-samples")


def _connection(browsed: Browsed, first: Concept, second: Concept) -> None:
    """The samples of a connection; the drawer says what it is."""
    found = connection_of(browsed, first, second)
    st.header("Samples", anchor=False)
    st.text(f"{found.ends}: {found.told}")
    _listed(browsed, found.rows, "concept-clash" if found.conflict else "concept-edge")


def _listed(browsed: Browsed, rows: NDArray[np.int64], key: str) -> None:
    found = filter_bar.bar(browsed.view, within=rows)
    filters.note_listed(len(found.rows), len(rows))
    if found.narrows and not len(found.rows):
        st.info(filter_bar.NOTHING, icon=":material/filter_alt_off:")
    height = height_for(len(found.rows), _HEIGHT)
    listing.table(browsed.view, found.rows, key=key, height=height)


def _switch(label: str, options: Mapping[Any, str], key: str) -> Any:
    """A choice whose options say what it is."""
    labels_of = options.__getitem__
    return segments(label, list(options), key, label_of=labels_of, label_visibility="collapsed")
