"""The whole graph in communities: counts against loops over the samples, the division against its formula."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from paser_core.explain.graph import ConceptGraph, communities
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module", params=[300, 2000])
def graph(request):
    run = Run.open(DEMO)
    return ConceptGraph.of(select_from_run(run, Setting(request.param, 1.0)))


@pytest.fixture(scope="module")
def found(graph):
    return communities(graph, most=10_000)


def own(graph, row: int) -> set[int]:
    table = graph.selection.ranking.candidates.concepts
    return set(table.ids[table.indptr[row] : table.indptr[row + 1]].tolist())


def accepted(graph) -> list[int]:
    return [int(row) for row in graph.index.table.accepted[: graph.selection.budget]]


def test_every_concept_that_met_another_is_in_one_community(graph, found):
    every = [concept for community in found.shown for concept in community.concepts]
    assert len(every) == len(set(every))
    met = {
        concept
        for row in accepted(graph)
        for concept in own(graph, row)
        if len(own(graph, row)) > 1
    }
    assert set(every) == met
    assert found.alone == graph.n_concepts - len(met)
    assert found.left_out == found.not_sorted == 0


def test_samples_of_a_community_are_counted_once(graph, found):
    for community in found.shown:
        members = set(community.concepts)
        assert community.samples == sum(bool(own(graph, row) & members) for row in accepted(graph))
        often = [len(graph.samples_with(concept)) for concept in community.concepts]
        assert often == sorted(often, reverse=True)


def test_modularity_is_that_of_the_formula_and_no_move_of_one_concept_raises_it(graph, found):
    """Newman & Girvan 2004: within minus expected, here by hand."""
    weight: dict[tuple[int, int], int] = {}
    for row in accepted(graph):
        for pair in combinations(sorted(own(graph, row)), 2):
            weight[pair] = weight.get(pair, 0) + 1
    total = sum(weight.values())
    degree: dict[int, int] = {}
    for (a, b), samples in weight.items():
        degree[a] = degree.get(a, 0) + samples
        degree[b] = degree.get(b, 0) + samples
    of = {c: i for i, community in enumerate(found.shown) for c in community.concepts}
    within = sum(samples for (a, b), samples in weight.items() if of[a] == of[b])
    sums = np.bincount([of[c] for c in degree], weights=list(degree.values()))
    by_hand = within / total - float(((sums / (2 * total)) ** 2).sum())
    assert found.modularity == pytest.approx(by_hand, abs=1e-9)
    # Better than every concept for itself, and than all in one.
    alone = -float(((np.array(list(degree.values())) / (2 * total)) ** 2).sum())
    assert found.modularity > max(alone, 0.0)


def test_conflicts_between_communities_count_pairs_and_samples(graph, found):
    of = {c: i for i, community in enumerate(found.shown) for c in community.concepts}
    pairs, _ = graph.conflicts()
    expected: dict[tuple[int, int], tuple[int, set[int]]] = {}
    for a, b in pairs.tolist():
        if a in of and b in of:
            sides = (min(of[a], of[b]), max(of[a], of[b]))
            count, rows = expected.get(sides, (0, set()))
            expected[sides] = (count + 1, rows | set(graph.rejected_on(a, b).tolist()))
    assert {(link.first, link.second) for link in found.conflicts} == set(expected)
    assert expected
    for link in found.conflicts:
        count, rows = expected[link.first, link.second]
        assert (link.pairs, link.samples) == (count, len(rows))
        assert len(graph.rejected_on(*link.strongest)) == max(
            len(graph.rejected_on(a, b))
            for a, b in pairs.tolist()
            if a in of and b in of and sorted((of[a], of[b])) == [link.first, link.second]
        )


def test_what_is_cut_is_counted(graph, found, monkeypatch):
    few = communities(graph, most=5)
    assert len(few.shown) == 5
    assert few.left_out == len(found.shown) - 5
    assert [c.concepts for c in few.shown] == [c.concepts for c in found.shown[:5]]
    rejecting = [community.rejections for community in found.shown]
    assert rejecting == sorted(rejecting, reverse=True)

    module = sys.modules["paser_core.explain.graph.communities"]
    monkeypatch.setattr(module, "MOST_CONCEPTS", 50)
    cut = communities(graph)
    assert cut.not_sorted == graph.n_concepts - 50
    assert sum(len(community.concepts) for community in cut.shown) + cut.alone <= 50
    kept = {c for community in cut.shown for c in community.concepts}
    least = min(len(graph.samples_with(c)) for c in kept)
    assert least >= sorted((int(s) for s in graph.samples), reverse=True)[49]


def test_the_same_graph_looks_the_same(graph, found):
    assert communities(graph, most=10_000) == found
    assert all(0 <= c.x <= 1 and 0 <= c.y <= 1 for c in found.shown)
