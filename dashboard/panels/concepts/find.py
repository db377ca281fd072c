"""A search box over the concepts of the graph; with nothing typed, where to look first."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import labels
from dashboard.panels.concepts.table import Taken, pick_table
from dashboard.panels.concepts.whole import show_one
from dashboard.state import concept_shown, session
from dashboard.widgets.download import named
from dashboard.widgets.frame import View
from paser_core.explain.graph import Concept, ConceptGraph, Found, most_common, search, worst
from paser_core.selection import selector_of

_LISTED = 50
_HEIGHT = 320
_COLUMNS = {
    "name": st.column_config.TextColumn("Concept", width=92),
    "samples": st.column_config.NumberColumn("Samples", width=68, format="localized"),
    "rejections": st.column_config.NumberColumn(
        "Rejected",
        width=62,
        format="localized",
        help="Samples that were rejected because of a pair with this concept.",
    ),
}


def find(view: View, graph: ConceptGraph) -> None:
    """A search box and what it finds; with nothing typed, where to look first."""
    text = st.text_input(
        "Find a concept",
        key=session.KEY_FIND,
        type="search",
        icon=":material/search:",
        placeholder="A word or a part of one",
        bind="query-params",
        persist_state="session",
    )
    wanted = (text or "").strip()
    found, what = _found(graph, wanted)
    st.caption(what)
    if not found.concepts:
        return
    listed = found.concepts
    rejecting = view.selection is not None and selector_of(view.setting.selector).graph
    pick_table(
        _columns_of(listed, rejecting),
        [c.number for c in listed],
        next((i for i, c in enumerate(listed) if c.name == concept_shown.concept()), None),
        lambda line: show_one(listed[line].name),
        name="concept-list",
        height=_HEIGHT,
        columns_as=_COLUMNS,
        alt="Concepts found",
        take=Taken(
            named(view.run, "concepts", view.setting if view.selection else None),
            lambda: pd.DataFrame(
                _columns_of(_found(graph, wanted, len(graph.names))[0].concepts, rejecting)
            ),
            len(listed) + found.left_out,
        ),
    )


def _columns_of(listed: Sequence[Concept], rejecting: bool) -> dict[str, list[str] | list[int]]:
    columns: dict[str, list[str] | list[int]] = {
        "name": [c.name for c in listed],
        "samples": [c.samples for c in listed],
    }
    return columns | ({"rejections": [c.rejections for c in listed]} if rejecting else {})


def _found(graph: ConceptGraph, text: str, most: int = _LISTED) -> tuple[Found, str]:
    if text:
        found = search(graph, text, most)
        n = len(found.concepts) + found.left_out
        if not n:
            return found, "No concept of this graph is called that. Try a part of the word."
        return found, f"{labels.plural(n, 'concept')} found{_of(found)}"
    found = worst(graph, most)
    if found.concepts:
        return found, f"The concepts that reject most{_of(found)}"
    return most_common(graph, most), "The concepts in most samples"


def _of(found: Found) -> str:
    n = len(found.concepts)
    return f", the first {n} of {labels.count(n + found.left_out)}" if found.left_out else ""
