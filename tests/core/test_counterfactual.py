"""Every promise is kept: what a counterfactual says is done, and the selection is made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from concept_history import ConceptHistory
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_pools import make, pools, rankings

from paser_core.config import ONE, AllocationRule, Order, SelectionConfig, of_count
from paser_core.explain.whatif import (
    counterfactual,
    sentences,
    temperatures_for,
    without_override,
    without_sample,
)
from paser_core.runs import Run
from paser_core.selection import Candidates, Overrides, Setting, Status, rank_samples, select
from paser_core.selection.conflicts import ConflictTable
from paser_core.selection.of_run import candidates as candidates_of
from paser_core.stages.concepts import build_table

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


def without_concepts(candidates: Candidates, row: int, names) -> Candidates:
    """The same candidates, one of them without some of its concepts."""
    concepts = [
        [w for w in candidates.concepts.of(i) if i != row or w not in names]
        for i in range(candidates.n)
    ]
    return replace(candidates, concepts=build_table(concepts))


@given(rankings())
@settings(max_examples=100, deadline=None)
def test_the_conflicts_of_each_sample_are_those_that_its_turn_met(ranking):
    table, history = ConflictTable.of(ranking), ConceptHistory(ranking)
    selection = ranking.at(ranking.budget or ranking.candidates.n)
    for row in range(ranking.candidates.n):
        evidence, got = history.evidence(row), counterfactual(selection, table, row)
        assert got.conflicts == (evidence.conflicts if evidence else ())
        if evidence:
            assert {*got.blockers} == {
                source for c in evidence.conflicts for source in (c.first_from, c.second_from)
            }


@given(pools())
@settings(max_examples=100, deadline=None)
def test_a_sample_enters_and_is_rejected_exactly_at_the_budget_that_is_said(candidates):
    ranking = rank_samples(candidates, SelectionConfig())
    table, whole = ConflictTable.of(ranking), ranking.at(candidates.n)
    got = [counterfactual(whole, table, row) for row in range(candidates.n)]
    for budget in range(candidates.n + 1):
        status = select(candidates, SelectionConfig(of_count(budget))).status
        inside = [found.enters_at is not None and found.enters_at <= budget for found in got]
        rejected = [
            found.rejected_from is not None and found.rejected_from <= budget for found in got
        ]
        assert inside == (status == Status.SELECTED.code).tolist()
        assert rejected == (status == Status.CONFLICT.code).tolist()


@given(pools(), st.data())
@settings(max_examples=100, deadline=None)
def test_without_the_named_concepts_it_is_accepted_in_its_turn(candidates, data):
    config = SelectionConfig(of_count(candidates.n))
    selection = select(candidates, config)
    rejected = np.flatnonzero(selection.status == Status.CONFLICT.code).tolist()
    if not rejected:
        return
    row = data.draw(st.sampled_from(rejected))
    table = ConflictTable.of(selection.ranking)
    found = counterfactual(selection, table, row)
    again = rank_samples(without_concepts(candidates, row, found.without), config)
    # All who came before are as they were, and it is the next.
    assert again.rank[row] == found.rejected_from
    before = selection.ranking.rank < found.rejected_from
    assert again.rank[before & (selection.ranking.rank > 0)].tolist() == (
        selection.ranking.rank[before & (selection.ranking.rank > 0)].tolist()
    )
    for fewer in found.without:
        rest = tuple(name for name in found.without if name != fewer)
        still = rank_samples(without_concepts(candidates, row, rest), config)
        assert still.rejected_at[row] == selection.ranking.rejected_at[row]


@given(rankings(), st.data())
@settings(max_examples=100, deadline=None)
def test_other_decisions_are_really_made(ranking, data):
    if ranking.budget is not None:
        return
    candidates, n = ranking.candidates, ranking.candidates.n
    budget = data.draw(st.integers(len(ranking.overrides.forced_in), n))
    selection = ranking.at(budget)
    table = ConflictTable.of(ranking)
    row = data.draw(st.integers(0, n - 1))
    found = counterfactual(selection, table, row)

    def ranking_with(overrides):
        return rank_samples(candidates, SelectionConfig(), overrides)

    for blocker in found.blockers:
        what = without_sample(ranking_with, selection, row, blocker)
        ins = tuple(r for r in ranking.overrides.forced_in if r != blocker)
        outs = (*ranking.overrides.forced_out, blocker)
        fresh = select(candidates, SelectionConfig(of_count(budget)), Overrides(ins, outs))
        assert what.status is fresh.status_of(row)
        assert what.accepted == (row in fresh.rows)
        assert ranking.rank[blocker] > 0
    back = without_override(ranking_with, selection, row)
    if not {row} & {*ranking.overrides.forced_in, *ranking.overrides.forced_out}:
        assert back.status is found.status
    else:
        assert back.status not in (Status.FORCED_IN, Status.FORCED_OUT)


def test_the_paper_s_appendix_j_in_words():
    samples = [
        ["quantum computing", "qubit"],
        ["deep learning", "neural network"],
        ["quantum computing", "deep learning", "speedup"],
        ["cpu"],
    ]
    candidates = make([0.9, 0.8, 0.7, 0.6], [8] * 4, [0] * 4, samples)
    ids = ["a", "b", "c", "d"]
    config = SelectionConfig(2)
    selection = select(candidates, config)
    table = ConflictTable.of(selection.ranking)

    def ranking_with(overrides):
        return rank_samples(candidates, config, overrides)

    def said(at, row, **more):
        return sentences(counterfactual(at, table, row), ids, **more)

    assert said(selection, 0) == ("It is in at every budget from 1 on; the budget is 2.",)
    assert said(selection, 3) == ("It enters at a budget of 3, 1 more than now.",)
    without = "It would be accepted in its turn without the concept “quantum computing”."
    assert said(selection, 2) == (
        "A larger budget does not bring it in: from a budget of 3 on it is rejected.",
        without,
    )
    larger = selection.ranking.at(3)
    found = counterfactual(larger, table, 2)
    assert found.blockers == (0, 1)
    what = {r: without_sample(ranking_with, larger, 2, r) for r in found.blockers}
    assert said(larger, 2, blockers=what) == (
        "No budget brings it in: its turn comes when 2 samples are in, and it is rejected then.",
        without,
        "If sample a were forced out, it would be selected, as number 2.",
        "If sample b were forced out, it would be selected, as number 2.",
    )
    forced = ranking_with(Overrides(forced_in=(2,))).at(3)
    assert sentences(
        counterfactual(forced, ConflictTable.of(forced.ranking), 2),
        ids,
        override=without_override(ranking_with, forced, 2),
    ) == (
        "A person decided that; it holds at every budget and temperature.",
        "Without that decision it would be rejected.",
    )


def test_temperatures_are_walked_and_told_in_stretches():
    # Two samples and room for one: the damage of the first falls with the temperature.
    def ranking_at(temperature):
        return rank_samples(
            make([1 / temperature, 1.0], [8, 8], [0, 0], [[], []]), SelectionConfig(ONE)
        )

    selection = ranking_at(0.5).at(1)
    grid = (0.25, 0.5, 0.99, 2.0, 4.0)
    asked = []
    found = temperatures_for(
        ranking_at, selection, 0, grid[::-1], lambda done, total: asked.append((done, total))
    )
    assert asked == [(i, 5) for i in range(1, 6)]
    assert [t for t, _ in found.tried] == list(grid)
    assert [t for t, _ in found.different] == [2.0, 4.0]
    assert all(what.status is Status.OVER_BUDGET for _, what in found.different)
    ids = ["a", "b"]
    own = counterfactual(selection, ConflictTable.of(selection.ranking), 0)
    assert sentences(own, ids, temperatures=found)[-1] == (
        "At temperature 2 to 4 it would be over budget."
    )
    same = temperatures_for(ranking_at, selection, 0, (0.25, 0.5))
    assert sentences(own, ids, temperatures=same)[-1] == (
        "At every temperature tried, 0.25 to 0.5, it is selected too."
    )


@pytest.mark.parametrize(
    "config",
    [
        SelectionConfig(2, order=Order.CLUSTERWISE),
        SelectionConfig(2, allocation=AllocationRule.PAPER),
    ],
)
def test_where_selections_do_not_nest_no_other_budget_is_promised(config):
    candidates = make([0.9, 0.8, 0.7], [8] * 3, [0, 1, 0], [[], [], []])
    selection = select(candidates, config)
    table = ConflictTable.of(selection.ranking)
    for row in range(3):
        found = counterfactual(selection, table, row)
        assert not found.nested
        assert "known when it is tried" in sentences(found, "abc")[0]
    with pytest.raises(ValueError, match="budget 2"):
        selection.ranking.at(3)


def test_a_table_of_another_walk_is_rejected():
    candidates = make([0.5], [8], [0], [[]])
    selection = select(candidates, SelectionConfig(ONE))
    other = ConflictTable.of(rank_samples(candidates, SelectionConfig(ONE)))
    with pytest.raises(ValueError, match="another ranking"):
        counterfactual(selection, other, 0)


def test_the_demo_run_keeps_what_it_says():
    run = Run.open(DEMO)
    config = Setting(0.2)
    pool = candidates_of(run, config)
    selection = select(pool, config)
    table = ConflictTable.of(selection.ranking)
    ids = run.samples["id"].tolist()
    waiting = np.flatnonzero(selection.status == Status.OVER_BUDGET.code)
    entering = [r for r in waiting if selection.ranking.rank[r]][::400]
    for row in entering:
        found = counterfactual(selection, table, int(row))
        assert row in selection.ranking.at(found.enters_at).rows
        assert row not in selection.ranking.at(found.enters_at - 1).rows
        assert f"{found.enters_at:,}" in sentences(found, ids)[0]
    rejected = np.flatnonzero(selection.status == Status.CONFLICT.code)[::4]
    freed = 0
    for row in rejected:
        found = counterfactual(selection, table, int(row))
        what = without_sample(
            lambda overrides: rank_samples(pool, config, overrides),
            selection,
            int(row),
            found.blockers[0],
        )
        fresh = select(pool, config, Overrides(forced_out=(found.blockers[0],)))
        assert what.accepted == (row in fresh.rows)
        freed += what.accepted
    assert 0 < freed < len(rejected)  # the demo has both kinds
