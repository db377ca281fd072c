"""Concepts: the graph, its numbers, and what of it is on show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from dashboard import labels
from dashboard.panels.concepts.missing import absent
from dashboard.runs import graphs
from dashboard.state import concept_shown, focus, session
from dashboard.widgets.frame import View, no_models
from paser_core.explain.graph import Concept, ConceptGraph, most_common, worst
from paser_core.selection import selector_of
from paser_core.stages.concepts import highest_frequency

KEY_AROUND = "concept-around"


class Around(StrEnum):
    """What is listed of a neighborhood."""

    NEIGHBORS = "neighbors"
    CONFLICTS = "conflicts"


@dataclass(frozen=True)
class Browsed:
    """The graph, and what of it is on show."""

    view: View
    graph: ConceptGraph
    center: Concept
    pair: tuple[Concept, Concept] | None  # whose connection is looked at

    @property
    def noun(self) -> str:
        """What the samples behind an edge are called."""
        return "accepted sample" if self.view.selection else "sample"

    @property
    def other_end(self) -> Concept | None:
        """The end of the connection that is not the center; None where it is not one of it."""
        if self.pair is None or self.center not in self.pair:
            return None
        first, second = self.pair
        return second if first == self.center else first


def graph_of(view: View) -> ConceptGraph:
    """The graph of the selection; without models that of all samples, and what is missing."""
    if view.selection is not None:
        told = selector_of(view.setting.selector).graph_told
        if told:
            st.info(
                f"{told} It shows which phrases occur together in the samples that are selected.",
                icon=":material/info:",
            )
        return graphs.concept_graph(view.run, view.setting)
    no_models(view)
    st.caption(
        "Until then the graph shows which concepts occur together in any sample. There is no "
        "selection, so nothing is rejected and nothing is in conflict."
    )
    return graphs.pool_graph(view.run, view.setting.concepts)


def numbers(view: View, graph: ConceptGraph) -> None:
    """How large the graph is, what it rejects, and what the knobs behind it are: two lines."""
    shown = [
        (labels.count(graph.n_concepts), "concepts"),
        (labels.count(graph.n_edges), "edges"),
    ]
    if view.selection is not None and selector_of(view.setting.selector).graph:
        shown += [
            (labels.count(graph.n_conflicts), "conflict pairs"),
            (labels.count(view.selection.n_rejected), "samples rejected"),
            (labels.share(view.selection.acceptance_rate), "acceptance rate"),
        ]
    # Numbers and words of ours only: nothing here can be Markdown by accident.
    st.markdown(
        "&emsp;·&emsp;".join(f"**{value}** {name}" for value, name in shown),
        help="An edge: two concepts that occur together in a sample. A conflict pair: two that are "
        "both in accepted samples, but never together, and so rejected a sample. "
        + labels.HELP_ACCEPTANCE,
    )
    st.caption(labels.plain(_knobs(view)))


def _knobs(view: View) -> str:
    n, config = view.run.n, view.setting.concepts
    most = highest_frequency(config.max_document_frequency, n)
    where = (
        "in the side bar, under Conflict rules" if view.selection else "in the config of the run"
    )
    return (
        f"A sample counts with its best {labels.plural(config.per_sample, 'phrase')} of at most "
        f"{labels.plural(config.max_words, 'word')}; phrases in more than {labels.count(most)} of "
        f"{labels.count(n)} samples do not count. These limits are set {where}."
    )


def browse(view: View, graph: ConceptGraph) -> Browsed | None:
    """What is on show; says so where the concept of the address is not in the graph."""
    name = concept_shown.concept()
    if name is None:
        first = worst(graph, 1).concepts or most_common(graph, 1).concepts
        if not first:
            st.info(
                "There is no concept at this setting: no sample has a phrase that counts. Raise the "
                "number of concepts per sample, or the cap on frequent phrases, in the side bar.",
                icon=":material/info:",
            )
            return None
        return Browsed(view, graph, first[0], None)
    center = _concept(graph, name)
    if center is None:
        absent(view, graph, name)
        return None
    concept_shown.note_concept(name)
    return Browsed(view, graph, center, _pair(graph))


def _pair(graph: ConceptGraph) -> tuple[Concept, Concept] | None:
    """The connection of the address, if it still is one with these knobs."""
    names = concept_shown.pair()
    if names is None:
        return None
    first, second = (_concept(graph, name) for name in names)
    if first is None or second is None:
        concept_shown.judge_pair(names, linked=False)
        return None
    behind = (graph.samples_on, graph.rejected_on)
    linked = any(len(rows(first.number, second.number)) for rows in behind)
    concept_shown.judge_pair(names, linked)
    return (first, second) if linked else None


def _concept(graph: ConceptGraph, name: str) -> Concept | None:
    number = graph.find(name)
    return None if number is None else graph.concept(number)


def connect(browsed: Browsed, first: int, second: int) -> None:
    """Show the connection of two concepts, told by number; for use in callbacks."""
    focus.choose_sample(None)  # what was clicked last is on top
    focus.look_beside(None)
    names = browsed.graph.selection.ranking.candidates.concepts.vocabulary
    clash = len(browsed.graph.rejected_on(first, second)) > 0
    session.put(KEY_AROUND, Around.CONFLICTS if clash else Around.NEIGHBORS)
    concept_shown.show_concept(browsed.center.name, (names[first], names[second]))
