"""One step further than the neighbors, against networkx and counting by hand."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ccg import literal, rankings

from paser_core.explain.graph import ConceptGraph, Role, neighborhood


@given(rankings(), st.data())
@settings(max_examples=100, deadline=None)
def test_further_is_what_the_shown_neighbors_met(ranking, data):
    forced = len(ranking.overrides.forced_in)
    budget = ranking.budget or data.draw(st.integers(max(forced, 1), ranking.candidates.n))
    selection = ranking.at(budget)
    graph = ConceptGraph.of(selection)
    if not graph.n_concepts:
        return
    truth, _, on_edge, _ = literal(selection)
    name = data.draw(st.sampled_from(graph.names))
    most = data.draw(st.integers(1, 12))
    found = neighborhood(graph, graph.find(name), most, further=True)
    by_role = {role: [n.concept.name for n in found.nodes if n.role is role] for role in Role}
    near = by_role[Role.NEIGHBOR]
    known = {name, *near, *by_role[Role.PARTNER]}

    shared = {
        other: sum(len(on_edge[frozenset((other, n))]) for n in near if truth.has_edge(other, n))
        for other in truth
        if other not in known and any(truth.has_edge(other, n) for n in near)
    }
    expected = sorted(shared, key=lambda other: (-shared[other], other))
    room = max(0, most - len(known))
    assert by_role[Role.FURTHER] == expected[:room]
    assert found.n_further == (len(expected) if room else 0)
    if not found.left_out and room >= len(expected):
        ball = set(nx.ego_graph(truth, name, radius=2))
        assert ball | set(by_role[Role.PARTNER]) == known | set(expected)


@given(rankings())
@settings(max_examples=50, deadline=None)
def test_without_it_nothing_changes(ranking):
    graph = ConceptGraph.of(ranking.at(ranking.budget or ranking.candidates.n))
    for concept in graph.concepts.tolist()[:3]:
        plain = neighborhood(graph, concept, 8)
        wide = neighborhood(graph, concept, 8, further=True)
        assert not plain.n_further
        kept = [n.concept for n in wide.nodes if n.role is not Role.FURTHER]
        assert kept == [n.concept for n in plain.nodes]
