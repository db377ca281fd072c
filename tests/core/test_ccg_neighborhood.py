"""What stands around a concept, near and one step further, against networkx and counting by hand."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from literal_graph import literal
from tiny_pools import make, rankings

from paser_core.config import SelectionConfig, of_count
from paser_core.explain.graph import (
    ConceptGraph,
    Role,
    neighborhood,
)
from paser_core.selection import rank_samples


@given(rankings(), st.integers(1, 8), st.data())
@settings(max_examples=150, deadline=None)
def test_a_neighborhood_is_the_ego_graph(ranking, most, data):
    graph = ConceptGraph.of(ranking.at(ranking.budget or ranking.candidates.n))
    if not graph.n_concepts:
        return
    plain, _, on_edge, rejected = literal(graph.selection)
    name = data.draw(st.sampled_from(graph.names))
    got = neighborhood(graph, graph.find(name), most)
    neighbors = set(plain[name])
    partners = {w for pair in rejected if name in pair for w in pair} - {name}
    assert (got.n_neighbors, got.n_partners) == (len(neighbors), len(partners))

    def shown(role):
        return [n.concept.name for n in got.nodes if n.role is role]

    assert got.nodes[0].concept.name == name
    assert shown(Role.CENTER) == [name]
    assert set(shown(Role.NEIGHBOR)) <= neighbors
    assert set(shown(Role.PARTNER)) <= partners
    assert len(got.nodes) == min(most, 1 + len(neighbors) + len(partners))
    assert got.left_out == 1 + len(neighbors) + len(partners) - len(got.nodes)
    # What is left out is weaker than what is shown.
    for role, everything, counts in (
        (Role.NEIGHBOR, neighbors, on_edge),
        (Role.PARTNER, partners, rejected),
    ):
        weights = [len(counts[frozenset((name, w))]) for w in shown(role)]
        assert weights == sorted(weights, reverse=True)
        rest = [len(counts[frozenset((name, w))]) for w in everything - set(shown(role))]
        assert min(weights, default=99) >= max(rest, default=0)
    names = {n.concept.number: n.concept.name for n in got.nodes}
    kept = set(names.values())
    assert {frozenset((names[e.first], names[e.second])): e.samples for e in got.edges} == {
        pair: len(rows) for pair, rows in on_edge.items() if pair <= kept
    }
    assert {frozenset((names[c.first], names[c.second])): c.samples for c in got.conflicts} == {
        pair: len(rows) for pair, rows in rejected.items() if pair <= kept
    }
    places = np.array([(n.x, n.y) for n in got.nodes])
    assert ((places >= 0) & (places <= 1)).all()
    assert places[0].tolist() == [0.5, 0.5]
    assert len(np.unique(places.round(6), axis=0)) == len(places)
    assert got == neighborhood(graph, graph.find(name), most)


def test_no_neighborhood_of_what_is_no_vertex():
    candidates = make([1.0], [8], [0], [["city"]])
    graph = ConceptGraph.of(rank_samples(candidates, SelectionConfig(of_count(1))).at(1))
    with pytest.raises(ValueError, match="no vertex"):
        neighborhood(graph, 99)


def test_linked_concepts_stand_closer_than_strangers():
    # Two families that only the center has in common.
    families = [["m", *(f"{side}{i}" for i in range(6))] for side in "ab"]
    candidates = make([0.9, 0.8], [8, 8], [0, 0], families)
    graph = ConceptGraph.of(rank_samples(candidates, SelectionConfig(2)).at(2))
    got = neighborhood(graph, graph.find("m"))
    at = {n.concept.name: np.array((n.x, n.y)) for n in got.nodes if n.role is not Role.CENTER}
    distances = {
        same: np.mean(
            [
                np.linalg.norm(at[a] - at[b])
                for a, b in combinations(at, 2)
                if (a[0] == b[0]) == same
            ]
        )
        for same in (True, False)
    }
    assert distances[True] < 0.7 * distances[False]


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
