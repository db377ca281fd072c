"""Concepts: the graph's numbers, finding a concept, and which one is on show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard import runs, state, words
from dashboard.panels.concepts_missing import absent
from dashboard.panels.frame import View, no_models
from paser_core.ccg import Concept, ConceptGraph, Found, search, worst

if TYPE_CHECKING:
    from streamlit.elements.arrow import DataframeStateInput

_LISTED = 50
_LIST_HEIGHT = 280
_COLUMNS = {
    "name": st.column_config.TextColumn("Concept", width="medium"),
    "samples": st.column_config.NumberColumn("Samples", width="small", format="localized"),
    "refusals": st.column_config.NumberColumn(
        "Refused",
        width="small",
        format="localized",
        help="Samples that were refused because of a pair with this concept.",
    ),
}


@dataclass(frozen=True)
class Browsed:
    """The graph, and what of it is on show."""

    view: View
    graph: ConceptGraph
    centre: Concept
    pair: tuple[Concept, Concept] | None  # whose connection is looked at

    @property
    def noun(self) -> str:
        """What the samples behind an edge are called."""
        return "accepted sample" if self.view.selection else "sample"


def graph_of(view: View) -> ConceptGraph:
    """The graph of the selection; without models that of all samples, and what is missing."""
    if view.selection is not None:
        return runs.concept_graph(view.run, view.setting)
    no_models()
    st.caption(
        "Until then the graph shows which concepts occur together in any sample. There is no "
        "selection, so nothing is refused and nothing is in conflict."
    )
    return runs.pool_graph(view.run, view.setting.concepts)


def numbers(view: View, graph: ConceptGraph) -> None:
    """How large the graph is, what it refuses, and what the knobs behind it are."""
    shown: list[tuple[str, str, str | None]] = [
        ("Concepts", words.count(graph.n_concepts), None),
        ("Edges", words.count(graph.n_edges), "Pairs that occur together in a sample."),
    ]
    if view.selection is not None:
        shown += [
            (
                "Conflict pairs",
                words.count(graph.n_conflicts),
                "Pairs that refused a sample: each is in accepted samples, but never together.",
            ),
            ("Refused", words.count(view.selection.n_refused), None),
            (
                "Acceptance rate",
                words.share(view.selection.acceptance_rate),
                words.HELP_ACCEPTANCE,
            ),
        ]
    for cell, (label, value, tip) in zip(st.columns(len(shown)), shown, strict=True):
        cell.metric(label, value, help=tip, border=True)
    st.caption(words.plain(_knobs(view)))


def _knobs(view: View) -> str:
    n, config = view.run.n, view.setting.concepts
    most = runs.frequency_limit(config, n)
    where = "in the side bar, under Concepts" if view.selection else "in the config of the run"
    return (
        f"A sample counts with its best {words.plural(config.per_sample, 'phrase')} of at most "
        f"{words.plural(config.max_words, 'word')}; phrases in more than {words.count(most)} of "
        f"{words.count(n)} samples do not count. These limits are set {where}."
    )


def find(view: View, graph: ConceptGraph) -> None:
    """A search box and what it finds; with nothing typed, where to look first."""
    text = st.text_input(
        "Find a concept",
        key=state.KEY_FIND,
        type="search",
        icon=":material/search:",
        placeholder="A word or a part of one",
        bind="query-params",
        persist_state="session",
    )
    found, what = _found(graph, (text or "").strip())
    st.caption(what)
    if not found.concepts:
        return
    listed = found.concepts
    frame = pd.DataFrame(
        {
            "name": [c.name for c in listed],
            "samples": [c.samples for c in listed],
            "refusals": [c.refusals for c in listed],
        }
    )
    shown = next((i for i, c in enumerate(listed) if c.name == state.concept()), None)
    key = picked_key("concept-list", [c.number for c in listed], shown)

    def picked() -> None:
        lines = state.get(key).selection.rows
        if lines:
            state.show_concept(listed[lines[0]].name)

    st.dataframe(
        frame if view.selection is not None else frame[["name", "samples"]],
        hide_index=True,
        height=min(_LIST_HEIGHT, 35 * (len(listed) + 1) + 3),
        key=key,
        on_select=picked,
        selection_mode="single-row",
        selection_default=marked(shown),
        column_config=_COLUMNS,
        alt="Concepts found",
    )


def _found(graph: ConceptGraph, text: str) -> tuple[Found, str]:
    if text:
        found = search(graph, text, _LISTED)
        n = len(found.concepts) + found.left_out
        if not n:
            return found, "No concept of this graph is called that. Try a part of the word."
        return found, f"{words.plural(n, 'concept')} found{_of(found)}"
    found = worst(graph, _LISTED)
    if found.concepts:
        return found, f"The concepts that refuse most{_of(found)}"
    return runs.common_concepts(graph, _LISTED), "The concepts in most samples"


def _of(found: Found) -> str:
    n = len(found.concepts)
    return f", the first {n} of {words.count(n + found.left_out)}" if found.left_out else ""


def marked(shown: int | None) -> DataframeStateInput:
    """The selection of a table whose marked line is the one on show."""
    return {"selection": {"rows": [] if shown is None else [shown]}}


def picked_key(name: str, numbers: list[int], shown: int | None) -> str:
    """A key under which a table's marked line is the one on show.

    A table keeps its mark when its lines change, or when something else is shown by other means: it
    is then drawn anew. As long as the mark is right it stays as it is, scrolled where it was.
    """
    anchor = f"_{name}"
    given = state.get(anchor)
    content = f"{name}-{hash(tuple(numbers)):x}"
    if given is not None and given.startswith(f"{content}-"):
        kept = state.get(given)
        lines = kept.selection.rows if kept is not None else []
        if lines == ([] if shown is None else [shown]):
            return str(given)
    key = f"{content}-{shown}"
    state.put(anchor, key)
    return key


def browse(view: View, graph: ConceptGraph) -> Browsed | None:
    """What is on show; says so where the concept of the address is not in the graph."""
    name = state.concept()
    if name is None:
        first = worst(graph, 1).concepts or runs.common_concepts(graph, 1).concepts
        if not first:
            st.info(
                "There is no concept at this setting: no sample has a phrase that counts. Raise the "
                "number of concepts per sample, or the cap on frequent phrases, in the side bar.",
                icon=":material/info:",
            )
            return None
        return Browsed(view, graph, first[0], None)
    centre = _concept(graph, name)
    if centre is None:
        absent(view, graph, name)
        return None
    state.note_concept(name)
    return Browsed(view, graph, centre, _pair(graph))


def _pair(graph: ConceptGraph) -> tuple[Concept, Concept] | None:
    """The connection of the address, if it still is one with these knobs."""
    names = state.pair()
    if names is None:
        return None
    first, second = (_concept(graph, name) for name in names)
    if first is None or second is None:
        return None
    behind = (graph.samples_on, graph.refused_on)
    linked = any(len(rows(first.number, second.number)) for rows in behind)
    return (first, second) if linked else None


def _concept(graph: ConceptGraph, name: str) -> Concept | None:
    number = graph.find(name)
    return None if number is None else graph.concept(number)
