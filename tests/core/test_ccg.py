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
from literal_graph import literal
from tiny_pools import make, rankings

from paser_core.config import ONE, SelectionConfig
from paser_core.explain.graph import (
    ConceptGraph,
    ConceptIndex,
    ConflictTable,
    graphml,
    to_networkx,
    worst,
)
from paser_core.runs import Run
from paser_core.selection import Setting, Status, rank_samples
from paser_core.selection.evidence import smallest_cover
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@given(rankings())
@settings(max_examples=150, deadline=None)
def test_evidence_of_all_rejections_equals_the_history(ranking):
    table, history = ConflictTable.of(ranking), ConceptHistory(ranking)
    assert table.rows.tolist() == np.flatnonzero(ranking.rejected_at >= 0).tolist()
    assert (table.counts > 0).all()
    for row in range(ranking.candidates.n):
        assert table.evidence(row) == history.evidence(row)
    for row in table.rows.tolist():
        conflicts = table.evidence(row).conflicts
        assert table.first_of(row) == (conflicts[0], len(conflicts))


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
