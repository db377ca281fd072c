"""Behind the drawing: neighbors and conflicts as tables, and the samples of what is on show.

The tables do what a click on a line does, for those who cannot use the drawing or would rather not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard import labels
from dashboard.panels.concepts.page import KEY_AROUND, Around, Browsed, connect
from dashboard.panels.concepts.table import Taken, height_for, pick_table
from dashboard.widgets import listing
from dashboard.widgets.download import named
from dashboard.widgets.parts import segments
from dashboard.widgets.sample import go_to_sample
from paser_core.explain.graph import Concept, Neighborhood, Role, connected

_HEIGHT = 420
_LETTERS = 500  # of each of two samples side by side
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


@dataclass(frozen=True)
class _End:
    """A concept that has a connection with the center, and the samples behind it."""

    concept: Concept
    samples: int


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
        Around.NEIGHBORS: _ends(around, Role.NEIGHBOR),
        Around.CONFLICTS: _ends(around, Role.PARTNER),
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
    other = _other_end(browsed)
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


def _of(listed: list[_End], n: int) -> str:
    shown = labels.count(len(listed))
    return shown if len(listed) == n else f"{shown} of {labels.count(n)}"


def _other_end(browsed: Browsed) -> Concept | None:
    """The end of the chosen connection that is not the center; None where it is not one of it."""
    if browsed.pair is None or browsed.center not in browsed.pair:
        return None
    first, second = browsed.pair
    return second if first == browsed.center else first


def _ends(around: Neighborhood, role: Role) -> list[_End]:
    """Those drawn in a role, with the samples behind their line to the center, most first.

    Neighbors share these with the center; with partners in conflict the pair rejected them.
    """
    center = around.nodes[0].concept.number
    edges = around.edges if role is Role.NEIGHBOR else around.conflicts
    behind = {
        e.first + e.second - center: e.samples for e in edges if center in (e.first, e.second)
    }
    return [_End(n.concept, behind[n.concept.number]) for n in around.nodes if n.role is role]


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
    """The samples of a connection; of a conflict, first the two that brought its concepts in."""
    graph = browsed.graph
    rejected = graph.rejected_on(first.number, second.number)
    ends = f"{labels.excerpt(first.name, 40)} × {labels.excerpt(second.name, 40)}"
    st.header(labels.plain(ends), anchor=False)
    if not len(rejected):
        rows = graph.samples_on(first.number, second.number)
        st.text(f"{labels.plural(len(rows), browsed.noun)} with both")
        _listed(browsed, rows, "concept-edge")
        return
    for column, end in zip(st.columns(2), (first, second), strict=True):
        with column:
            _bringer(browsed, end)
    st.text(f"{labels.plural(len(rejected), 'sample')} rejected because of this pair")
    _listed(browsed, rejected, "concept-clash")


def _listed(browsed: Browsed, rows: NDArray[np.int64], key: str) -> None:
    listing.table(browsed.view, rows, key=key, height=height_for(len(rows), _HEIGHT))


def _switch(label: str, options: Mapping[Any, str], key: str) -> Any:
    """A choice whose options say what it is."""
    labels_of = options.__getitem__
    return segments(label, list(options), key, label_of=labels_of, label_visibility="collapsed")


def _bringer(browsed: Browsed, end: Concept) -> None:
    """The accepted sample that brought one end of a conflict in."""
    sample = browsed.view.run.sample(end.brought_by)
    st.text(f"“{end.name}” first seen in")
    key = f"bringer-{end.number}"
    go_to_sample(browsed.view, end.brought_by, key, "Show the whole sample below.")
    text = "\n".join(part for part in (sample.instruction, sample.input) if part)
    shown = text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"
    st.code(shown, language=None, wrap_lines=True, height=150)
