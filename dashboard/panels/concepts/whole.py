"""The whole graph in communities, to start from: where the conflicts are, and between what."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

import streamlit as st

from dashboard import labels, palette
from dashboard.components.network import Dot, Line, Network, Style, clicked_in, concept_network
from dashboard.panels.concepts.page import KEY_AROUND, Around
from dashboard.runs import graphs
from dashboard.state import address, choices, concept_shown, session
from dashboard.widgets.frame import View
from dashboard.widgets.parts import segments
from dashboard.widgets.small_table import small_table
from paser_core.explain.graph import Communities, Community, ConceptGraph, Link

_KEY = "whole-network"
_HEIGHT = 480
_NAMED = 2  # concepts that stand for a community
_LISTED = 12


class Part(StrEnum):
    """What of the graph is drawn."""

    NEIGHBORHOOD = "neighborhood"
    WHOLE = "whole"


_PARTS = {Part.NEIGHBORHOOD: "One concept", Part.WHOLE: "Whole graph"}


def choose_part() -> Part:
    """One concept and what is around it, or the whole graph."""
    chosen: Part = segments(
        "Show", list(Part), session.KEY_GRAPH, label_of=_PARTS.__getitem__, in_address=True
    )
    return chosen


def show_one(name: str, pair: tuple[str, str] | None = None) -> None:
    """Turn to one concept, and to the connection of two; for callbacks."""
    concept_shown.show_concept(name, pair)
    choices.set_choice(session.KEY_GRAPH, Part.NEIGHBORHOOD)
    address.show_together(
        **{session.KEY_GRAPH: (), session.KEY_CONCEPT: (name,), "pair": pair or ()}
    )


def whole(view: View, graph: ConceptGraph) -> None:
    """Communities as dots, what clashes between them as lines, and the same as a table."""
    found = graphs.communities(view.run, view.setting, selected=view.selection is not None)
    if not found.shown:
        st.info("No two concepts met in a sample, so there are no communities.")
        return
    concept_network(
        _drawing(view, graph, found), key=_KEY, height=_HEIGHT, on_click=_clicked(graph, found)
    )
    st.caption(_told(found))
    _table(graph, found)


def _told(found: Communities) -> str:
    sentences = [
        f"{labels.plural(len(found.shown), 'community', 'communities')} of concepts that meet each other "
        "more often than the rest, those that reject most first. A dot leads to its most frequent "
        "concept, a red line to the pair that rejects most."
    ]
    if found.left_out:
        sentences.append(f"{labels.count(found.left_out)} smaller ones are not drawn.")
    if found.alone:
        sentences.append(f"{labels.plural(found.alone, 'concept')} met no other.")
    if found.not_sorted:
        sentences.append(
            f"{labels.plural(found.not_sorted, 'rarer concept')} were not sorted, and their conflicts are "
            "in neither picture nor table."
        )
    return " ".join(sentences)


def _name(graph: ConceptGraph, community: Community) -> str:
    names = graph.selection.ranking.candidates.concepts.vocabulary
    return " · ".join(labels.excerpt(names[c], 28) for c in community.concepts[:_NAMED])


def _drawing(view: View, graph: ConceptGraph, found: Communities) -> Network:
    styles: dict[Style, int] = {}

    def line(link: Link, width: float, told: str) -> Line:
        style = styles.setdefault(Style(round(width, 1), told), len(styles))
        return Line(link.first, link.second, style)

    met = tuple(
        line(link, 1.0 + min(math.log2(link.samples), 3.0), _met(link)) for link in found.met
    )
    clashes = tuple(
        line(link, 2.0 + 0.5 * min(math.log2(link.samples), 4.0), _clash(link))
        for link in found.conflicts
        if link.first != link.second
    )
    present = Counter(community.cluster for community in found.shown)
    return Network(
        tuple(_dot(view, graph, found, place) for place in range(len(found.shown))),
        met,
        clashes,
        tuple(styles),
        tuple(
            (
                labels.excerpt(view.names[k], 48) if k >= 0 else "no cluster",
                palette.cluster_color(k),
            )
            for k, _ in present.most_common(5)
        ),
        None,
        f"The whole graph: {labels.plural(len(found.shown), 'community', 'communities')}. Arrow keys go "
        "from one to the next, Enter leads to its most frequent concept. The table below lists the "
        "conflicts.",
    )


def _dot(view: View, graph: ConceptGraph, found: Communities, place: int) -> Dot:
    community = found.shown[place]
    told = [
        f"{labels.plural(len(community.concepts), 'concept')} in "
        f"{labels.plural(community.samples, 'sample')}"
    ]
    if community.rejections:
        told.append(f"rejected {labels.plural(community.rejections, 'sample')}")
    within = [link for link in found.conflicts if link.first == link.second == place]
    if within:
        told.append(f"{labels.plural(within[0].pairs, 'conflict pair')} within")
    if community.cluster >= 0:
        told.append(f"Mostly {labels.excerpt(view.names[community.cluster], 48)}")
    return Dot(
        community.concepts[0],
        _name(graph, community),
        round(community.x, 4),
        round(community.y, 4),
        round(min(5.0 + 2.0 * math.sqrt(community.samples), 26.0), 1),
        palette.cluster_color(community.cluster),
        "neighbor",
        "\n".join(told),
    )


def _met(link: Link) -> str:
    return f"{labels.plural(link.pairs, 'pair')} met in {labels.plural(link.samples, 'sample')}"


def _clash(link: Link) -> str:
    return (
        f"{labels.plural(link.pairs, 'pair')} in conflict: rejected "
        f"{labels.plural(link.samples, 'sample')}"
    )


def _clicked(graph: ConceptGraph, found: Communities) -> Callable[[], None]:
    names = graph.selection.ranking.candidates.concepts.vocabulary
    place = {community.concepts[0]: at for at, community in enumerate(found.shown)}

    def clicked() -> None:
        event = clicked_in(session.get(_KEY))
        if event.pair is not None and all(number in place for number in event.pair):
            ends = sorted(place[number] for number in event.pair)
            for link in (*found.conflicts, *found.met):
                if [link.first, link.second] == ends:
                    first, second = (names[number] for number in link.strongest)
                    around = Around.CONFLICTS if link in found.conflicts else Around.NEIGHBORS
                    session.put(KEY_AROUND, around)
                    show_one(first, (first, second))
                    return
        elif event.concept in place:
            show_one(names[event.concept])

    return clicked


def _table(graph: ConceptGraph, found: Communities) -> None:
    if not found.conflicts:
        st.caption("No conflict rejected a sample.")
        return
    names = graph.selection.ranking.candidates.concepts.vocabulary
    small_table(
        ["Between", "and", "Pairs", "Rejected samples", "The pair that rejects most"],
        [
            [
                _name(graph, found.shown[link.first]),
                "itself" if link.first == link.second else _name(graph, found.shown[link.second]),
                labels.count(link.pairs),
                labels.count(link.samples),
                " × ".join(names[number] for number in link.strongest),
            ]
            for link in found.conflicts[:_LISTED]
        ],
        alt="Conflicts between communities",
        texts=["and", "The pair that rejects most"],
    )
    rest = len(found.conflicts) - _LISTED
    if rest > 0:
        st.caption(f"{labels.plural(rest, 'further row')} with fewer rejected samples.")
