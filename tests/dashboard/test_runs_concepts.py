"""What the concepts page says: caps on frequent phrases, why a phrase is missing, the graph of a pool."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.runs import graphs, opening
from paser_core.config import AllocationRule, ConceptsConfig
from paser_core.explain.graph import (
    Absence,
    ConceptGraph,
    Missing,
    cap_with,
    cap_without,
    document_frequency,
    most_common,
    why_absent,
)
from paser_core.selection import Setting
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.of_run import select_from_run
from paser_core.stages.concepts import build_table, filter_concepts

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
STEP = 1e-4


@pytest.fixture(scope="module")
def run():
    return opening.open_run(DEMO)


@pytest.fixture(scope="module")
def setting(run):
    return Setting.of(run)


@pytest.fixture(scope="module")
def graph(run, setting):
    return graphs.concept_graph(run, setting)


def counts(samples: int, n: int, cap: float) -> bool:
    """Whether a phrase in ``samples`` of ``n`` passes the filter of the core."""
    table = build_table([["phrase"]] * samples + [[]] * (n - samples))
    return len(filter_concepts(table, ConceptsConfig(8, 3, cap)).ids) > 0


@given(st.integers(1, 400), st.integers(0, 4000))
def test_caps_are_the_last_that_drops_and_the_first_that_keeps(samples, more):
    n = samples + more
    without, with_it = cap_without(samples, n), cap_with(samples, n)
    assert counts(samples, n, with_it)
    if with_it:
        assert not counts(samples, n, round(with_it - STEP, 4))
    if without is None:
        assert counts(samples, n, 0.0)
    else:
        assert not counts(samples, n, without)
        assert counts(samples, n, round(without + STEP, 4))


def test_the_graph_is_that_of_the_selection(run, graph):
    expected = ConceptGraph.of(select_from_run(run, Setting.of(run)))
    assert graph.names == expected.names
    assert (graph.n_edges, graph.n_conflicts) == (expected.n_edges, expected.n_conflicts)


def test_the_cap_that_is_offered_removes_the_pair(run, setting, graph):
    pairs, _ = graph.conflicts()
    offered = 0
    for first, second in pairs[:: max(1, len(pairs) // 12)].tolist():
        often = max((first, second), key=lambda c: document_frequency(run.concepts, c))
        cap = cap_without(document_frequency(run.concepts, often), run.n)
        if cap is None:
            continue
        offered += 1
        lower = ConceptsConfig(setting.concepts.per_sample, setting.concepts.max_words, cap)
        then = graphs.concept_graph(run, replace(setting, concepts=lower))
        assert then.concept(often) is None
        assert not len(then.rejected_on(first, second))
    assert offered


def test_a_pair_alone_is_one_without_company_in_the_evidence(graph):
    ranking = graph.selection.ranking
    history, words = ConflictTable.of(ranking), ranking.candidates.concepts.vocabulary
    pairs, _ = graph.conflicts()
    for first, second in pairs.tolist():
        rejected = graph.rejected_on(first, second)
        alone = 0
        for row in rejected.tolist():
            found = history.evidence(row)
            assert {words[first], words[second]} in [{c.first, c.second} for c in found.conflicts]
            alone += len(found.conflicts) == 1
        assert graph.rejected_on_alone(first, second) == alone


def test_a_later_concept_enters_at_the_budget_that_is_named(run, setting, graph):
    everything = graphs.concept_graph(run, replace(setting, budget=float(run.n)))
    later = sorted(set(everything.names) - set(graph.names))
    for name in later[:: len(later) // 15]:
        found = why_absent(run, setting.concepts, graph, name)
        assert found.why is Absence.LATER
        before, there = (
            graphs.concept_graph(run, replace(setting, budget=float(b)))
            for b in (found.enters_at - 1, found.enters_at)
        )
        assert before.find(name) is None
        assert there.find(name) is not None


def test_every_phrase_of_the_run_is_there_or_missing_for_a_reason_that_holds(run, setting, graph):
    config, table = setting.concepts, run.concepts
    counting = set(graph.selection.ranking.candidates.concepts.ids.tolist())
    having = np.bincount(table.ids, minlength=len(table.vocabulary))
    most = max(3, int(config.max_document_frequency * run.n))
    tally: Counter[Absence] = Counter()
    for number in range(0, len(table.vocabulary), 7):
        name = table.vocabulary[number]
        if graph.find(name) is not None:
            continue
        found = why_absent(run, config, graph, name)
        tally[found.why] += 1
        assert found.samples == having[number]
        assert (found.why in (Absence.LATER, Absence.NEVER)) == (number in counting)
        if found.why is Absence.TOO_FREQUENT:
            assert having[number] > most
        if found.why is Absence.TOO_LONG:
            assert len(name.split()) > config.max_words
        if found.why is Absence.CROWDED_OUT:
            alone = ConceptsConfig(24, config.max_words, config.max_document_frequency)
            assert number in filter_concepts(table, alone).ids
    assert tally[Absence.LATER]
    assert tally[Absence.TOO_FREQUENT]
    unknown = why_absent(run, config, graph, "no sample says this")
    assert unknown == Missing(Absence.UNKNOWN)


def test_few_phrases_crowd_others_out(run):
    config = ConceptsConfig(1, 3, 0.003)
    graph = graphs.concept_graph(run, Setting(float(run.n), concepts=config))
    table = filter_concepts(run.concepts, ConceptsConfig(24, 3, 0.003))
    row = next(r for r in range(run.n) if len(table.of(r)) > 3 and run.valid[r])
    reasons = {
        why_absent(run, config, graph, name).why
        for name in table.of(row)
        if graph.find(name) is None
    }
    assert Absence.CROWDED_OUT in reasons


def test_orders_that_do_not_nest_have_a_graph_too(run, setting):
    for budget in (300.0, 500.0):
        knobs = Setting(budget, allocation=AllocationRule.PAPER)
        found = graphs.concept_graph(run, knobs)
        assert found.names == ConceptGraph.of(select_from_run(run, knobs)).names


def test_the_graph_of_the_pool_counts_every_usable_sample(run, setting):
    graph = graphs.pool_graph(run, setting.concepts)
    table = filter_concepts(run.concepts, setting.concepts)
    usable = np.flatnonzero(run.valid & (run.labels >= 0))
    met: Counter[frozenset[str]] = Counter()
    having: Counter[str] = Counter()
    for row in usable.tolist():
        having.update(table.of(row))
        met.update(frozenset(pair) for pair in combinations(table.of(row), 2))
    assert dict(zip(graph.names, graph.samples.tolist(), strict=True)) == dict(having)
    assert graph.n_edges == len(met)
    pairs, samples = graph.edges()
    words = table.vocabulary
    told = {
        frozenset((words[a], words[b])): n
        for (a, b), n in zip(pairs.tolist(), samples.tolist(), strict=True)
    }
    assert told == dict(met)
    assert graph.n_conflicts == 0
    assert not graph.rejections.any()


def test_common_concepts_are_those_in_most_samples(graph):
    found = most_common(graph, 5)
    expected = sorted(graph.samples.tolist(), reverse=True)[:5]
    assert [concept.samples for concept in found.concepts] == expected
    assert found.left_out == graph.n_concepts - 5
