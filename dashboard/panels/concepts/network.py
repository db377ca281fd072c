"""The neighborhood of the concept on show, as a drawing that answers to clicks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import labels, palette
from dashboard.components.network import (
    Dot,
    Line,
    Network,
    Style,
    clicked_in,
    concept_network,
)
from dashboard.panels.concepts.page import Browsed, connect
from dashboard.state import address, concept_shown, session
from dashboard.widgets.download import Offer, chart_menu, named
from dashboard.widgets.parts import button
from paser_core.explain.graph import Edge, Neighborhood, Node, Role, graphml, neighborhood

_KEY = "network"
_HEIGHT = 520
_FEWEST, _USUAL, _MOST = 20, 60, 300
_NAMED_CLUSTERS = 5  # in the legend


def network(browsed: Browsed) -> Neighborhood:
    """Draw the concept, what it met and what it is in conflict with; returns what is drawn."""
    center, view = browsed.center, browsed.view
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(labels.plain(labels.excerpt(center.name, 80)), anchor=False, width="content")
        _trail(center.name)
    picture = st.container()
    first, second = st.columns([3, 2], vertical_alignment="center")
    most = first.slider(
        "Concepts drawn at most",
        _FEWEST,
        _MOST,
        _USUAL,
        10,
        key=session.KEY_NEAR,
        bind="query-params",
        persist_state="session",
    )
    address.check_number(session.KEY_NEAR, most, _FEWEST, _MOST)
    further = second.toggle(
        "One step further",
        value=True,
        key="further",
        persist_state="session",
        help="Where there is room, draw what the neighbors met too.",
    )
    around = neighborhood(browsed.graph, center.number, most, further)
    with picture:
        concept_network(
            _drawing(browsed, around), key=_KEY, height=_HEIGHT, on_click=_clicked(browsed)
        )
        st.caption(_shown(around))
        offer = Offer(
            named(
                view.run, f"around-{browsed.center.name}", view.setting if view.selection else None
            ),
            f"{browsed.center.name} and the concepts around it",
            lambda: _lines(around),
        )
        chart_menu(_KEY, offer)
    st.download_button(
        "Download the whole graph",
        partial(graphml, browsed.graph),
        f"concepts-{browsed.graph.selection.budget}.graphml",
        "application/graphml+xml",
        type="tertiary",
        icon=":material/download:",
        help="All concepts of this selection, what met and what is in conflict, as GraphML: for "
        "Gephi, yEd, igraph or networkx.",
    )
    return around


def _lines(around: Neighborhood) -> pd.DataFrame:
    """A line for every line that is drawn."""
    names = {node.concept.number: node.concept.name for node in around.nodes}
    kinds = (("together", around.edges), ("in conflict", around.conflicts))
    return pd.DataFrame(
        [
            {
                "Concept": names[e.first],
                "Other": names[e.second],
                "Kind": kind,
                "Samples": e.samples,
            }
            for kind, edges in kinds
            for e in edges
        ],
        columns=["Concept", "Other", "Kind", "Samples"],
    )


def _trail(name: str) -> None:
    """The concepts that were on show before, the last one first."""
    earlier = [step for step in reversed(concept_shown.trail()) if step != name]
    if not earlier:
        return
    st.caption("before that", width="content")
    for place, step in enumerate(earlier[:5]):
        label, key = labels.plain(labels.excerpt(step, 24)), f"trail-{place}"
        button(label, key, None, concept_shown.show_concept, step, type="tertiary")


def _clicked(browsed: Browsed) -> Callable[[], None]:
    """What a click does: a concept becomes the center, a line shows its samples."""
    graph = browsed.graph
    names = graph.selection.ranking.candidates.concepts.vocabulary

    def clicked() -> None:
        event = clicked_in(session.get(_KEY))
        asked = event.pair or (() if event.concept is None else (event.concept,))
        if any(graph.place(number) < 0 for number in asked):
            return  # the drawing was of another graph: the reader clicked while the page changed
        if event.pair is not None:
            connect(browsed, *event.pair)
        elif event.concept is not None:
            concept_shown.show_concept(names[event.concept])

    return clicked


def _shown(around: Neighborhood) -> str:
    drawn = Counter(node.role for node in around.nodes)
    parts = [
        f"{labels.count(drawn[role])} of {labels.count(n)} {what}"
        for role, n, what in (
            (Role.NEIGHBOR, around.n_neighbors, "neighbors"),
            (Role.PARTNER, around.n_partners, "in conflict"),
            (Role.FURTHER, around.n_further, "one step further"),
        )
        if n
    ]
    if not parts:
        return "This concept occurs alone: no other concept is in its samples."
    cut = len(around.nodes) - 1 < around.n_neighbors + around.n_partners + around.n_further
    return f"Showing {labels.listing(parts)}{', those with most samples' if cut else ''}."


def _drawing(browsed: Browsed, around: Neighborhood) -> Network:
    """The neighborhood in pixels, colors and labels."""
    place = {node.concept.number: at for at, node in enumerate(around.nodes)}
    styles: dict[Style, int] = {}

    def line(edge: Edge, width: float, told: str) -> Line:
        style = styles.setdefault(Style(round(width, 1), told), len(styles))
        return Line(place[edge.first], place[edge.second], style)

    def met(edge: Edge) -> Line:
        told = f"Together in {labels.plural(edge.samples, browsed.noun)}"
        return line(edge, 1.0 + min(math.log2(edge.samples), 3.0), told)

    def clash(edge: Edge) -> Line:
        # Dashed and thicker too: red is not all that tells them apart.
        told = f"In conflict: {_rejected(edge.samples)}"
        return line(edge, 2.0 + 0.5 * min(math.log2(edge.samples), 4.0), told)

    pair = browsed.pair
    return Network(
        tuple(_dot(browsed, node) for node in around.nodes),
        tuple(map(met, around.edges)),
        tuple(map(clash, around.conflicts)),
        tuple(styles),
        _clusters(browsed, around),
        (pair[0].number, pair[1].number) if pair else None,
        f"{browsed.center.name} and the {labels.plural(len(around.nodes) - 1, 'concept')} around it. "
        "Arrow keys go from one to the next, Enter makes it the center, Space shows its connection "
        "with the center. The tables below list the same.",
    )


def _dot(browsed: Browsed, node: Node) -> Dot:
    concept, view = node.concept, browsed.view
    told = [f"In {labels.plural(concept.samples, browsed.noun)}"]
    if concept.rejections:
        told.append(_rejected(concept.rejections))
    if concept.cluster >= 0:
        told.append(f"Mostly {labels.excerpt(view.names[concept.cluster], 48)}")
    return Dot(
        concept.number,
        concept.name,
        round(node.x, 4),
        round(node.y, 4),
        round(min(4.0 + 2.2 * math.sqrt(concept.samples), 22.0), 1),
        palette.cluster_color(concept.cluster),
        str(node.role),
        "\n".join(told),
    )


def _rejected(samples: int) -> str:
    return f"rejected {labels.plural(samples, 'sample')}"


def _clusters(browsed: Browsed, around: Neighborhood) -> tuple[tuple[str, str], ...]:
    """The clusters of most concepts in the drawing, for the legend."""
    present = Counter(node.concept.cluster for node in around.nodes)
    return tuple(
        (
            labels.excerpt(browsed.view.names[cluster], 48) if cluster >= 0 else "no cluster",
            palette.cluster_color(cluster),
        )
        for cluster, _ in present.most_common(_NAMED_CLUSTERS)
    )
