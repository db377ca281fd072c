"""The concept graph for other programs: as networkx has it, and as GraphML for Gephi, yEd or igraph."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from paser_core.explain.graph.graph import ConceptGraph

if TYPE_CHECKING:
    import networkx as nx


def to_networkx(graph: ConceptGraph) -> nx.Graph:
    """Concepts by name, with what :class:`Concept` knows of them in numbers.

    A pair has the ``kind`` "met", with the accepted samples that have both as its ``samples``, or
    "conflict", with those that it rejected. No pair is both: what is in conflict never meets.
    """
    import networkx as nx  # a fifth of a second that no other page should wait for

    made = nx.Graph(budget=graph.selection.budget)
    for place in range(graph.n_concepts):
        concept = graph.vertex(place)
        made.add_node(
            concept.name,
            samples=concept.samples,
            rejections=concept.rejections,
            cluster=concept.cluster,
            enters_at=concept.brought_at,
        )
    words = graph.selection.ranking.candidates.concepts.vocabulary
    for kind, (pairs, samples) in (("met", graph.edges()), ("conflict", graph.conflicts())):
        made.add_edges_from(
            (words[a], words[b], {"kind": kind, "samples": number})
            for (a, b), number in zip(pairs.tolist(), samples.tolist(), strict=True)
        )
    return made


def graphml(graph: ConceptGraph) -> bytes:
    """The graph as a GraphML file."""
    import networkx as nx

    buffer = io.BytesIO()
    nx.write_graphml_xml(to_networkx(graph), buffer)
    return buffer.getvalue()
