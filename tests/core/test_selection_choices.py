"""What people's decisions do to a selection, choice by choice: each test fails when one is taken back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tiny_pools import make

from paser_core.config import AllocationRule, Order, SelectionConfig, of_count
from paser_core.explain.graph import ConceptGraph
from paser_core.explain.whatif import without_override, without_sample
from paser_core.selection import Overrides, Status, rank_samples, select, selector_of
from paser_core.selection.conflicts import ConflictTable


def test_pairs_of_a_forced_sample_are_edges_even_of_concepts_known_before():
    """Forced samples are not checked: the third joins what the first two brought in."""
    concepts = [["x"], ["y"], ["x", "y"], ["x", "y"], ["z"], ["x", "y", "z"]]
    candidates = make([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [8] * 6, [0] * 6, concepts)
    got = select(candidates, SelectionConfig(of_count(6)), Overrides(forced_in=(0, 1, 2)))
    assert got.status_of(3) is Status.SELECTED
    assert got.status_of(5) is Status.CONFLICT
    for evidence in (
        ConflictTable.of(got.ranking).evidence(5),
        ConflictTable.of(got.ranking).evidence(5),
    ):
        assert {(c.first, c.second) for c in evidence.conflicts} == {("x", "z"), ("y", "z")}
        assert evidence.without == ("z",)
    graph = ConceptGraph.of(got)
    assert graph.n_edges == 1


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("rule", list(AllocationRule))
def test_forced_samples_take_seats_of_their_cluster(rule, order):
    """Two clusters that are hurt alike share the seats, whoever was forced in."""
    candidates = make([0.5] * 12, [8] * 12, [0] * 6 + [1] * 6, [[]] * 12)
    config = SelectionConfig(of_count(6), allocation=rule, order=order)
    for forced in ((3,), (3, 5), (3, 5, 7)):
        got = select(candidates, config, Overrides(forced_in=forced))
        assert got.accepted.tolist() == [3, 3]
        assert set(forced) <= set(got.rows.tolist())
    # Nearly all of a cluster: what is forced is part of what it has.
    nearly = replace(config, budget=of_count(10))
    assert select(candidates, nearly, Overrides(forced_in=(3, 5))).accepted.tolist() == [5, 5]
    # More than its share: the cluster gets nothing on top, and the budget holds.
    got = select(candidates, config, Overrides(forced_in=(0, 1, 2, 3, 4)))
    assert got.accepted[0] == 5
    assert got.n_selected <= 6


def test_a_blocker_that_was_forced_in_is_out_in_the_what_if():
    candidates = make(
        [0.9, 0.8, 0.7, 0.6], [8] * 4, [0] * 4, [["x"], ["y"], ["x", "y"], ["x", "y"]]
    )
    config, decided = SelectionConfig(of_count(4)), Overrides((0,), (3,))
    asked = []

    def ranking_with(overrides):
        asked.append(overrides)
        return rank_samples(candidates, config, overrides)

    selection = select(candidates, config, decided)
    assert selection.status_of(2) is Status.CONFLICT
    what = without_sample(ranking_with, selection, 2, blocker=0)
    assert what.status is Status.SELECTED
    # Nobody is forced in and out, and what was decided about others holds.
    assert asked == [Overrides((), (3, 0))]
    assert without_override(ranking_with, selection, 0).status is Status.SELECTED
    assert asked[-1] == Overrides((), (3,))


@pytest.mark.parametrize(
    ("damage", "knobs", "said"),
    [
        (
            [0.0, 0.0],
            {},
            "agree on every one of the 4 measured samples; the budget is split evenly.",
        ),
        (
            [0.0, -0.2],
            {"signal": "loss_gap"},
            "(nats), at temperature 1 is 0 or less in each; the b",
        ),
        ([0.0, 0.0], {"aggregate": "failure"}, "No cluster is damaged by this measure: the chance"),
        ([0.0, -0.2], {"signal": "loss_gap", "selector": "ies"}, "is 0 or less in each."),
        ([0.1, -0.2], {"signal": "loss_gap"}, ""),
    ],
)
def test_that_no_cluster_is_damaged_is_said_of_the_measure_that_found_none(damage, knobs, said):
    """A gap can be below 0 in every cluster, a chance 0 where the models differ."""
    config = SelectionConfig(of_count(2), **knobs)
    pool = replace(
        make(np.repeat(damage, 2), [8] * 4, [0, 0, 1, 1], [[]] * 4), measure=config.measure
    )
    told = [w for w in select(pool, config).warnings if "agree" in w or "damaged" in w]
    assert len(told) == (said != "")
    assert said in "".join(told)
    even = np.bincount(pool.labels[select(pool, config).rows]).tolist() == [1, 1]
    assert even == ("split evenly" in "".join(told))


def test_a_budget_that_people_leave_unfilled_is_said_to_be_theirs():
    pool = make([0.4, 0.3, 0.2], [8] * 3, [0] * 3, [[]] * 3)
    config = SelectionConfig(of_count(3), selector="random")
    (told,) = select(pool, config, Overrides(forced_out=(1, 2))).warnings
    assert told.endswith("only 3 usable samples, and people forced 2 of them out.")
    assert not select(pool, config, Overrides(forced_in=(1,))).warnings


@pytest.mark.parametrize("name", ["divergence", "ies", "paser", "kmeans-tfidf"])
def test_a_score_by_another_damage_is_not_called_divergence(name):
    rule = selector_of(name)
    assert "divergence" in rule.meant(SelectionConfig())
    other = rule.meant(SelectionConfig(signal="loss_gap", aggregate="failure"))
    assert "divergence" not in other
    assert "damage" in other
