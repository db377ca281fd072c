"""The neighbourhood of the concept on show, as a drawing that answers to clicks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import streamlit as st

from dashboard import palette, state, words
from dashboard.components.network import (
    Dot,
    Line,
    Network,
    Style,
    clicked_in,
    concept_network,
)
from dashboard.panels.concepts import Browsed
from paser_core.ccg import Neighbourhood, Node, Role, neighbourhood

_KEY = "network"
_HEIGHT = 520
_FEWEST, _USUAL, _MOST = 20, 80, 300
_NAMED_CLUSTERS = 8  # in the legend


def network(browsed: Browsed) -> Neighbourhood:
    """Draw the concept, what it met and what it is in conflict with; returns what is drawn."""
    centre = browsed.centre
    _trail(centre.name)
    st.header(words.plain(words.excerpt(centre.name, 80)), anchor=False)
    picture = st.container()
    most = st.slider(
        "Concepts drawn at most",
        _FEWEST,
        _MOST,
        _USUAL,
        10,
        key=state.KEY_NEAR,
        bind="query-params",
        persist_state="session",
    )
    around = neighbourhood(browsed.graph, centre.number, most)
    with picture:
        concept_network(
            _drawing(browsed, around), key=_KEY, height=_HEIGHT, on_click=_clicked(browsed)
        )
        st.caption(_shown(around))
    return around


def _trail(name: str) -> None:
    """The concepts that were on show before, the last one first."""
    earlier = [step for step in reversed(state.trail()) if step != name]
    if not earlier:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Back to", width="content")
        for place, step in enumerate(earlier[:5]):
            st.button(
                words.plain(words.excerpt(step, 24)),
                key=f"trail-{place}",
                type="tertiary",
                on_click=state.show_concept,
                args=(step,),
            )


def _clicked(browsed: Browsed) -> Callable[[], None]:
    """What a click does: a concept becomes the centre, a line shows its samples."""
    names = browsed.graph.selection.walk.candidates.concepts.vocabulary

    def clicked() -> None:
        event = clicked_in(state.get(_KEY))
        if event.concept is not None:
            state.show_concept(names[event.concept])
        elif event.pair is not None:
            first, second = event.pair
            state.show_concept(browsed.centre.name, (names[first], names[second]))

    return clicked


def _shown(around: Neighbourhood) -> str:
    roles = [node.role for node in around.nodes]
    met, clash = roles.count(Role.NEIGHBOUR), roles.count(Role.PARTNER)
    text = f"Showing {words.count(met)} of {words.plural(around.n_neighbours, 'neighbour')}"
    if around.n_partners:
        partners = words.plural(around.n_partners, "concept")
        text += f" and {words.count(clash)} of {partners} in conflict"
    return f"{text}, those with most samples." if around.left_out else f"{text}."


def _drawing(browsed: Browsed, around: Neighbourhood) -> Network:
    """The neighbourhood in pixels, colours and words."""
    place = {node.concept.number: at for at, node in enumerate(around.nodes)}
    styles: dict[Style, int] = {}

    def line(first: int, second: int, samples: int, told: str) -> Line:
        width = 1.0 + min(math.log2(samples), 4.0)
        style = styles.setdefault(Style(round(width, 1), told), len(styles))
        return Line(place[first], place[second], style)

    noun = browsed.noun
    edges = tuple(
        line(e.first, e.second, e.samples, f"Together in {words.plural(e.samples, noun)}")
        for e in around.edges
    )
    conflicts = tuple(
        line(c.first, c.second, 2 * c.refusals, f"In conflict: {_refused(c.refusals)}")
        for c in around.conflicts
    )
    pair = browsed.pair
    return Network(
        tuple(_dot(browsed, node) for node in around.nodes),
        edges,
        conflicts,
        tuple(styles),
        _clusters(browsed, around),
        (pair[0].number, pair[1].number) if pair else None,
        f"{browsed.centre.name} and the {words.plural(len(around.nodes) - 1, 'concept')} around it. "
        "Arrow keys go from one to the next, Enter makes it the centre, Space shows its connection "
        "with the centre. The tables below list the same.",
    )


def _dot(browsed: Browsed, node: Node) -> Dot:
    concept, view = node.concept, browsed.view
    told = [f"In {words.plural(concept.samples, browsed.noun)}"]
    if concept.refusals:
        told.append(_refused(concept.refusals))
    if concept.cluster >= 0:
        told.append(f"Mostly {words.excerpt(view.names[concept.cluster], 48)}")
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


def _refused(samples: int) -> str:
    return f"refused {words.plural(samples, 'sample')}"


def _clusters(browsed: Browsed, around: Neighbourhood) -> tuple[tuple[str, str], ...]:
    """The clusters of most concepts in the drawing, for the legend."""
    present = Counter(node.concept.cluster for node in around.nodes)
    return tuple(
        (
            words.excerpt(browsed.view.names[cluster], 48) if cluster >= 0 else "no cluster",
            palette.cluster_color(cluster),
        )
        for cluster, _ in present.most_common(_NAMED_CLUSTERS)
    )
