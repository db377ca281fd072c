"""The browsable graph against one that is built literally, sample by sample, with sets and networkx."""

from __future__ import annotations

import time
from collections import Counter
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from concept_history import ConceptHistory
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_pools import make, rankings

from paser_core.config import ONE, SelectionConfig, of_count
from paser_core.explain.graph import (
    ConceptGraph,
    ConceptIndex,
    ConflictTable,
    Role,
    graphml,
    neighborhood,
    search,
    to_networkx,
    worst,
)
from paser_core.runs import Run
from paser_core.selection import Selection, Setting, Status, rank_samples
from paser_core.selection.evidence import smallest_cover
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


def literal(selection: Selection):
    """``(graph, samples per concept, rejected rows per pair)``, by walking the accepted samples again."""
    ranking = selection.ranking
    words = ranking.candidates.concepts.of
    graph = nx.Graph()
    carriers: dict[str, list[int]] = {}
    on_edge: dict[frozenset, list[int]] = {}
    rejected: dict[frozenset, list[int]] = {}
    turns = sorted(np.flatnonzero(ranking.rejected_at >= 0), key=lambda r: ranking.rejected_at[r])
    for taken, row in enumerate([None, *selection.rows.tolist()]):
        if row is not None:
            for word in words(row):
                carriers.setdefault(word, []).append(row)
            for pair in combinations(words(row), 2):
                on_edge.setdefault(frozenset(pair), []).append(row)
            graph.add_nodes_from(words(row))
            graph.add_edges_from(combinations(words(row), 2))
        for other in turns:
            if ranking.rejected_at[other] == taken and taken < selection.budget:
                known = [w for w in words(other) if w in graph]
                for a, b in combinations(known, 2):
                    if not graph.has_edge(a, b):
                        rejected.setdefault(frozenset((a, b)), []).append(int(other))
    return graph, carriers, on_edge, rejected


@given(rankings())
@settings(max_examples=150, deadline=None)
def test_evidence_of_all_rejections_equals_the_history(ranking):
    table, history = ConflictTable.of(ranking), ConceptHistory(ranking)
    assert table.rows.tolist() == np.flatnonzero(ranking.rejected_at >= 0).tolist()
    assert (table.counts > 0).all()
    for row in range(ranking.candidates.n):
        assert table.evidence(row) == history.evidence(row)


@given(rankings(("paser", "paser-without-ntm", "random", "proportional")), st.data())
@settings(max_examples=250, deadline=None)
def test_the_graph_at_every_budget_equals_the_literal_one(ranking, data):
    index = ConceptIndex.of(ConflictTable.of(ranking))
    forced = len(ranking.overrides.forced_in)
    if ranking.budget is None:
        budget = data.draw(st.integers(forced, ranking.candidates.n))
    else:
        budget = ranking.budget
    selection = ranking.at(budget)
    got = ConceptGraph.of(selection, index)
    graph, carriers, on_edge, rejected = literal(selection)
    words = ranking.candidates.concepts.vocabulary
    number = {word: i for i, word in enumerate(words)}

    assert got.names == tuple(sorted(graph))
    assert (got.n_concepts, got.n_edges, got.n_conflicts) == (
        graph.number_of_nodes(),
        graph.number_of_edges(),
        len(rejected),
    )
    pairs, counts = got.edges()
    assert {frozenset(words[c] for c in p): k for p, k in zip(pairs, counts, strict=True)} == {
        pair: len(rows) for pair, rows in on_edge.items()
    }
    pairs, counts = got.conflicts()
    assert {frozenset(words[c] for c in p): k for p, k in zip(pairs, counts, strict=True)} == {
        pair: len(rows) for pair, rows in rejected.items()
    }
    labels = ranking.candidates.labels
    for word, rows in carriers.items():
        mine = got.concept(got.find(word))
        assert (mine.number, mine.name, mine.samples) == (number[word], word, len(rows))
        assert (mine.brought_by, mine.brought_at) == (rows[0], ranking.rank[rows[0]])
        votes = Counter(labels[r] for r in rows)
        assert mine.cluster == min(votes, key=lambda k: (-votes[k], k))
        against = {r for pair, rs in rejected.items() if word in pair for r in rs}
        assert mine.rejections == len(against)
        assert got.samples_with(mine.number).tolist() == rows
        assert set(got.rejected_with(mine.number).tolist()) == against
    for a, b in combinations(range(len(words)), 2):
        pair = frozenset((words[a], words[b]))
        assert got.samples_on(b, a).tolist() == on_edge.get(pair, [])
        rows = got.rejected_on(a, b).tolist()
        assert sorted(rows) == sorted(rejected.get(pair, []))
        turns = [ranking.rejected_at[r] for r in rows]
        assert turns == sorted(turns)
    assert dict(to_networkx(got).nodes(data="samples")) == {w: len(r) for w, r in carriers.items()}
    given_away = {frozenset((a, b)): data for a, b, data in to_networkx(got).edges(data=True)}
    assert given_away == {
        **{pair: {"kind": "met", "samples": len(rows)} for pair, rows in on_edge.items()},
        **{pair: {"kind": "conflict", "samples": len(rows)} for pair, rows in rejected.items()},
    }
    for word in set(words) - set(graph):
        assert got.find(word) is None
        assert got.concept(number[word]) is None
        assert got.samples_with(number[word]).tolist() == []


def test_other_programs_read_the_graph_of_the_demo():
    graph = ConceptGraph.of(select_from_run(Run.open(DEMO), Setting(0.2)))
    read = nx.parse_graphml(graphml(graph).decode())
    same = to_networkx(graph)
    assert read.nodes == same.nodes
    assert read.adj == same.adj
    assert read.nodes(data=True) == same.nodes(data=True)
    assert len(read) == graph.n_concepts
    assert read.number_of_edges() == graph.n_edges + graph.n_conflicts


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] < p[1])))
def test_the_cover_is_a_smallest_one(given_pairs):
    pairs = sorted(given_pairs)
    mentioned = list(dict.fromkeys(c for pair in pairs for c in pair))
    # Combinations come in order of mention: the first that covers is the one that is promised.
    expected = next(
        chosen
        for size in range(len(mentioned) + 1)
        for chosen in combinations(mentioned, size)
        if all(a in chosen or b in chosen for a, b in pairs)
    )
    assert smallest_cover(pairs) == expected


def test_a_cover_of_two_dozen_concepts_is_found_at_once():
    began = time.process_time()
    assert len(smallest_cover(list(combinations(range(24), 2)))) == 23
    assert len(smallest_cover([(2 * i, 2 * i + 1) for i in range(12)])) == 12
    assert time.process_time() - began < 2  # trying all subsets takes minutes


def test_an_index_of_another_walk_is_rejected():
    candidates = make([0.5], [8], [0], [["a"]])
    config = SelectionConfig(ONE)
    index = ConceptIndex.of(ConflictTable.of(rank_samples(candidates, config)))
    with pytest.raises(ValueError, match="another ranking"):
        ConceptGraph.of(rank_samples(candidates, config).at(1), index)


NAMES = ["interest rate", "rate", "annual interest", "pirate", "car rental", "interesting", "city"]


@pytest.fixture(scope="module")
def named():
    """One sample per name; ``pirate`` has two, and ``interest rate`` rejects one."""
    concepts = [[n] for n in NAMES] + [["pirate"], ["interest rate", "city"]]
    n = len(concepts)
    candidates = make(np.linspace(1, 0.5, n), [8] * n, [0] * n, concepts)
    return ConceptGraph.of(rank_samples(candidates, SelectionConfig(of_count(n))).at(n))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Interest-Rates", ["interest rate"]),  # case, hyphen, plural
        ("rate", ["rate", "interest rate", "pirate"]),  # exact, rejections, samples
        ("inter", ["interest rate", "interesting", "annual interest"]),  # prefix first
        ("int ann", ["annual interest"]),  # words that begin so, in any order
        ("cities", ["city"]),
        ("the", []),
        ("", []),
        ("  ", []),
        ("\n", []),
        (".*", []),  # not a pattern
    ],
)
def test_search(named, typed, expected):
    assert [c.name for c in search(named, typed).concepts] == expected


def test_search_is_cut_openly(named):
    found = search(named, "e", most=2)
    assert (len(found.concepts), found.left_out) == (2, 4)


@given(rankings(), st.text("abj ", max_size=3), st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_search_finds_what_python_finds(ranking, typed, most):
    graph = ConceptGraph.of(ranking.at(ranking.budget or ranking.candidates.n))
    plain = " ".join(typed.split())
    expected = {
        name
        for name in graph.names
        if plain and (plain in name or all(name.startswith(w) for w in plain.split()))
    }
    found = search(graph, typed, most)
    everything = search(graph, typed)
    assert {c.name for c in everything.concepts} == expected
    assert found.concepts == everything.concepts[:most]
    assert found.left_out == len(expected) - len(found.concepts)


@given(rankings())
@settings(max_examples=60, deadline=None)
def test_the_worst_concepts_come_first(ranking):
    graph = ConceptGraph.of(ranking.at(ranking.budget or ranking.candidates.n))
    found = worst(graph, 3)
    _, _, _, rejected = literal(graph.selection)
    against: dict[str, set[int]] = {}
    for pair, rows in rejected.items():
        for word in pair:
            against.setdefault(word, set()).update(rows)
    assert len(found.concepts) + found.left_out == len(against)
    ranked = sorted((len(rows) for rows in against.values()), reverse=True)
    assert [c.rejections for c in found.concepts] == ranked[:3]
    assert all(len(against[c.name]) == c.rejections for c in found.concepts)


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


def test_no_neighborhood_of_what_is_no_vertex(named):
    with pytest.raises(ValueError, match="no vertex"):
        neighborhood(named, 99)


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


def test_the_demo_run():
    run = Run.open(DEMO)
    for budget in (0.05, 0.2, run.n):
        selection = select_from_run(run, Setting(budget))
        graph = ConceptGraph.of(selection)
        plain, carriers, _, rejected = literal(selection)
        assert graph.n_concepts == plain.number_of_nodes()
        assert graph.n_edges == plain.number_of_edges()
        assert graph.n_conflicts == len(rejected)
        assert dict(zip(graph.names, graph.samples, strict=True)) == {
            word: len(rows) for word, rows in carriers.items()
        }
        rows = {r for rs in rejected.values() for r in rs}
        assert rows == set(np.flatnonzero(selection.status == Status.CONFLICT.code).tolist())
        first = worst(graph, 1).concepts[0]
        assert set(graph.rejected_with(first.number).tolist()) == {
            r for pair, rs in rejected.items() if first.name in pair for r in rs
        }
