"""What is known of the concept on show, or of the connection of two, in a few lines."""

from __future__ import annotations

import streamlit as st

from dashboard import labels
from dashboard.panels.concepts.page import Browsed
from dashboard.runs import opening
from dashboard.state import concept_shown, focus, session
from dashboard.widgets.parts import button
from dashboard.widgets.sample import go_to_sample
from paser_core.explain.graph import Concept, cap_without, document_frequency


def card(browsed: Browsed) -> None:
    """The concept, or the connection where one was chosen."""
    with st.container(border=True, key="concept-card"):
        if browsed.pair is None:
            _concept(browsed)
        else:
            _connection(browsed, *browsed.pair)


def _concept(browsed: Browsed) -> None:
    view, concept = browsed.view, browsed.center
    rows = browsed.graph.samples_with(concept.number)
    told = f"In {labels.plural(len(rows), browsed.noun)}"
    if concept.cluster >= 0:
        told += f", mostly of “{view.names[concept.cluster]}”"
    if concept.rejections:
        told += f". Because of it, {_were_rejected(concept.rejections)}"
    st.text(f"{told}.")
    _source(browsed, concept)
    in_all = document_frequency(view.run.concepts, concept.number)
    share = labels.fine_share(in_all, view.run.n)
    st.caption(labels.plain(f"In the whole pool: {labels.plural(in_all, 'sample')}, {share}."))
    _pick("with-concept", f"with “{concept.name}”", opening.ids_of(view.run, rows))


def _connection(browsed: Browsed, first: Concept, second: Concept) -> None:
    view, graph = browsed.view, browsed.graph
    rejected = graph.rejected_on(first.number, second.number)
    both = f"“{first.name}” and “{second.name}”"
    if len(rejected):
        alone = graph.rejected_on_alone(first.number, second.number)
        st.text(
            f"{both} are in conflict: both are in accepted samples, but never together. "
            f"{_were_rejected(len(rejected))} because of it, {labels.count(alone)} by this pair alone."
        )
        _remedy(browsed, first, second)
        _pick("pair", f"rejected by {both}", opening.ids_of(view.run, rejected))
    else:
        rows = graph.samples_on(first.number, second.number)
        st.text(f"{both} are together in {labels.plural(len(rows), browsed.noun)}.")
        _pick("pair", f"with {both}", opening.ids_of(view.run, rows))
    for end in (first, second):
        if end != browsed.center:
            label = labels.plain(f"Go to {labels.excerpt(end.name, 40)}")
            key = f"go-{end.number}"
            button(label, key, "arrow_forward", concept_shown.show_concept, end.name)
    here = browsed.center.name
    button("Close the connection", "close-pair", "close", concept_shown.show_concept, here)


def _were_rejected(n: int) -> str:
    return f"{labels.plural(n, 'sample')} {'was' if n == 1 else 'were'} rejected"


def _source(browsed: Browsed, concept: Concept) -> None:
    """The accepted sample that brought a concept in."""
    if browsed.view.selection is None:
        return
    with st.container(gap="xsmall"):
        st.text(f"“{concept.name}” came in as number {labels.count(concept.brought_at)}, with")
        key, told = (
            f"brought-{concept.number}",
            "Show the accepted sample in which the concept was first seen.",
        )
        go_to_sample(browsed.view, concept.brought_by, key, told)


def _remedy(browsed: Browsed, first: Concept, second: Concept) -> None:
    """The smallest change of the cap on frequent phrases that removes the pair."""
    run = browsed.view.run
    often = max((first, second), key=lambda end: document_frequency(run.concepts, end.number))
    samples = document_frequency(run.concepts, often.number)
    cap = cap_without(samples, run.n)
    having = f"“{often.name}” is in {labels.fine_share(samples, run.n)} of all samples"
    if cap is None:
        st.caption(
            labels.plain(
                f"No cap on frequent phrases removes this pair: {having}, too few for one."
            )
        )
        return
    percent = round(100 * cap, 2)
    st.caption(
        labels.plain(
            f"The pair would vanish with the cap on frequent phrases at {percent:.2f} %: {having}."
        )
    )
    told = "Changes “Most frequent phrase” in the side bar, for all phrases."
    label = f"Set the cap to {percent:.2f} %"
    button(label, "set-cap", None, session.put, session.KEY_MAX_FREQUENCY, percent, help=told)


def _pick(key: str, origin: str, ids: tuple[str, ...]) -> None:
    told = "They stand out on the map and are listed on the other pages."
    label, linked = f"Pick {labels.plural(len(ids), 'sample')}", focus.Linked(origin, ids)
    button(label, f"pick-{key}", "colorize", focus.link, linked, help=told)
