"""The budget for a goal against every budget tried by selecting anew."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tiny_pools import make, pools

from paser_core.config import GoalConfig, SelectionConfig, of_count
from paser_core.errors import ConfigError, PaserError, SelectionError
from paser_core.runs import Run
from paser_core.selection import Overrides, Setting, rank_samples, select
from paser_core.selection.goal_kinds import KINDS
from paser_core.selection.goals import find_budget, goal_text
from paser_core.selection.of_run import rank_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
NAMES = [f"cluster {k}" for k in range(9)]
ALMOST = 1e-7  # values are taken from shares that are further apart


@st.composite
def questions(draw):
    """Candidates, a selector, what people forced, and a goal."""
    pool = draw(pools())
    usable = np.flatnonzero(pool.usable).tolist()
    assume(usable)
    order = draw(st.permutations(usable))
    forced = draw(st.integers(0, min(3, len(order))))
    overrides = Overrides(tuple(order[:forced]), tuple(order[forced : forced + 1]))
    selector = draw(st.sampled_from(["paser", "paser-without-ntm", "random"]))
    shares = st.sampled_from([0.001, 0.113, 0.333, 0.571, 0.799, 0.999, 1.0])
    values = {
        "covered": shares,
        "balance": shares,
        "tokens": st.integers(1, 400),
        "marginal": st.sampled_from([0.05, 0.11, 0.3, 0.6, 2.0]),
    }
    names = draw(st.lists(st.sampled_from(list(values)), min_size=1, max_size=2, unique=True))
    goal = GoalConfig(**{name: draw(values[name]) for name in names})
    return pool, SelectionConfig(1.0, selector=selector), overrides, goal


def reaches(pool, rows, next_rows, name, value):
    """One goal by its letter, for the samples of one selection."""
    known = [r for r in range(pool.n) if pool.valid[r] and pool.labels[r] >= 0]
    if name == "tokens":
        return sum(int(pool.tokens[r]) for r in rows) <= value
    if name == "marginal":  # so few samples that the running mean is over one
        return not next_rows or pool.divergence[next_rows[0]] < value
    shares = []
    for k in range(pool.n_clusters):
        there = [r for r in known if pool.labels[r] == k]
        total = math.fsum(pool.divergence[r] for r in there)
        if total > 0:
            shares.append(math.fsum(pool.divergence[r] for r in there if r in set(rows)) / total)
    if name == "covered":
        return min(shares) >= value - ALMOST
    mean = math.fsum(shares) / len(shares)
    return mean > 0 and min(shares) / mean >= value - ALMOST


@given(questions())
@settings(max_examples=300, deadline=None)
def test_it_is_the_one_that_trying_all_budgets_finds(question):
    pool, config, overrides, goal = question
    ranking = rank_samples(pool, config, overrides)
    if not (ranking.rank > 0).any():
        with pytest.raises(SelectionError, match="nothing can be selected"):
            find_budget(ranking, goal, NAMES)
        return
    of_clusters = {"covered", "balance"} & set(goal.asked)
    if of_clusters and not (pool.divergence[pool.valid & (pool.labels >= 0)] > 0).any():
        with pytest.raises(SelectionError, match="no cluster has a measured damage"):
            find_budget(ranking, goal, NAMES)
        return
    found = find_budget(ranking, goal, NAMES)
    good = []
    everything = ranking.at(pool.n).n_selected
    for budget in range(max(len(overrides.forced_in), 1), everything + 1):
        anew = SelectionConfig(of_count(budget), selector=config.selector)
        rows = select(pool, anew, overrides).rows.tolist()
        after = ranking.at(pool.n).rows.tolist()[budget:]
        if all(reaches(pool, rows, after, name, value) for name, value in goal.asked.items()):
            good.append(budget)
    expected = None if not good else good[-1] if list(goal.asked) == ["tokens"] else good[0]
    assert found.budget == expected
    assert found.reached == bool(good)
    assert found.reason.endswith(".")
    assert len(found.by_cluster) == pool.n_clusters
    if good:
        assert found.closest == found.budget
        assert find_budget(ranking, goal, NAMES).setting == of_count(found.budget)
    else:
        with pytest.raises(SelectionError, match="No budget reaches the goal"):
            _ = found.setting


@given(questions(), st.floats(0, 1))
def test_more_covered_never_takes_fewer_samples(question, share):
    pool, config, overrides, _ = question
    ranking = rank_samples(pool, config, overrides)
    assume((ranking.rank > 0).any() and (np.nan_to_num(ranking.cds) > 0).any())
    less, more = (
        find_budget(ranking, GoalConfig(covered=c), NAMES).budget for c in (share / 2, share)
    )
    assert more is None or (less is not None and less <= more)


def pool_of(damage, labels, tokens=None, concepts=None):
    n = len(damage)
    return make(damage, tokens or [8] * n, labels, concepts or [[]] * n)


def test_the_reason_names_the_cluster_that_comes_last():
    # Seats go in turn; cluster 1 has its damage in its last sample alone.
    pool = pool_of([0.9, 0.1, 0.5, 0.5, 0.5], [0, 0, 1, 1, 1])
    found = find_budget(rank_samples(pool, SelectionConfig(1.0)), GoalConfig(covered=0.9), NAMES)
    assert found.budget == 5
    assert found.cluster == 1
    assert "last to get there is “cluster 1” (100 %)" in found.reason
    assert "Without it" in found.reason
    assert found.covered > 0.9


def test_out_of_reach_says_how_far_one_gets_and_that_much_can_be_asked_for():
    concepts = [["a", "b"], ["c", "d"], ["a", "c"], ["e"]]
    pool = pool_of([0.5, 0.4, 0.3, 0.2], [0, 0, 0, 1], concepts=concepts)
    ranking = rank_samples(pool, SelectionConfig(1.0))
    found = find_budget(ranking, GoalConfig(covered=0.9), NAMES)
    assert not found.reached
    assert found.cluster == 0
    assert "“cluster 0” comes to 75 % at most, with 3 samples" in found.reason
    assert "1 sample that conflicts with others" in found.reason
    assert "covered=0.75 or less" in found.reason
    assert find_budget(ranking, GoalConfig(covered=0.75), NAMES).budget == 3
    with pytest.raises(SelectionError, match=r"covered=0\.9.*75 %"):
        _ = found.setting


def test_goals_that_can_only_be_reached_apart():
    pool = pool_of([0.5] * 6, [0, 0, 1, 1, 2, 2], tokens=[10] * 6)
    goal = GoalConfig(covered=1.0, tokens=30)
    found = find_budget(rank_samples(pool, SelectionConfig(1.0)), goal, NAMES)
    assert not found.reached
    assert (
        "covered=1 takes at least 6 samples and tokens=30 takes at most 3 samples" in found.reason
    )
    both = find_budget(
        rank_samples(pool, SelectionConfig(1.0)), GoalConfig(covered=0.5, tokens=60), NAMES
    )
    assert both.budget == 3  # the smallest, not all that the tokens allow
    assert both.cluster is not None
    assert "of at most 60" in both.reason


def test_forced_samples_are_the_least_there_is():
    pool = pool_of([0.1, 0.2, 0.3, 0.4], [0] * 4, tokens=[10] * 4)
    ranking = rank_samples(pool, SelectionConfig(1.0), Overrides(forced_in=(0, 1)))
    found = find_budget(ranking, GoalConfig(tokens=15), NAMES)
    assert not found.reached
    assert "the 2 samples forced in there are 20 tokens already" in found.reason
    assert find_budget(ranking, GoalConfig(covered=0.1), NAMES).budget == 2


def test_clusters_that_have_become_better_need_no_covering():
    pool = pool_of([0.5, 0.5, -0.5, 0.1], [0, 0, 1, 1])
    config = SelectionConfig(1.0, selector="divergence")
    found = find_budget(rank_samples(pool, config), GoalConfig(covered=1.0), NAMES)
    assert found.budget == 2
    assert "the only damaged cluster" in found.reason


def test_until_little_is_gained_on_a_long_curve():
    n = 2000
    damage = np.linspace(1, 0, n)
    pool = pool_of(damage.tolist(), [0] * n)
    ranking = rank_samples(pool, SelectionConfig(1.0, selector="divergence"))
    found = find_budget(ranking, GoalConfig(marginal=0.25), NAMES)
    assert abs(found.budget - 1500) <= 1
    everything = find_budget(ranking, GoalConfig(marginal=0), NAMES)
    assert everything.budget == n
    assert "does not fall under 0" in everything.reason
    nothing = find_budget(ranking, GoalConfig(marginal=2.0), NAMES)
    assert nothing.budget == 1
    assert "any budget would do. Ask for less." in nothing.reason


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"order": "clusterwise"}, "interleaved"),
        ({"allocation": "paper"}, "sainte-lague"),
        ({"selector": "full"}, "full"),
    ],
)
def test_where_budgets_do_not_nest_there_is_nothing_to_search(knobs, words):
    ranking = rank_samples(pool_of([0.5] * 4, [0, 0, 1, 1]), SelectionConfig(2, **knobs))
    with pytest.raises(SelectionError, match=words):
        find_budget(ranking, GoalConfig(covered=0.5), NAMES)


def test_what_was_not_measured_is_said_and_not_taken_for_nothing():
    pool = pool_of([np.nan] * 4, [0, 0, 1, 1], tokens=[0] * 4)
    ranking = rank_samples(pool, SelectionConfig(1.0, selector="random"))
    for name in KINDS:
        with pytest.raises(SelectionError, match="cannot be looked for"):
            find_budget(ranking, GoalConfig(**{name: 1}), NAMES)


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ({"covered": 80}, "between 0 and 1"),
        ({"tokens": 0}, "at least 1"),
        ({"tokens": 1.5}, "whole number"),
        ({"marginal": math.nan}, "finite"),
        ({"balance": "even"}, "a number"),
    ],
)
def test_a_goal_checks_itself(goal, words):
    with pytest.raises(ConfigError, match=words) as caught:
        GoalConfig(**goal)
    assert f"goal.{next(iter(goal))}" in str(caught.value)


def test_every_field_is_a_goal_and_one_has_to_be_set():
    assert list(vars(GoalConfig())) == list(KINDS)
    assert goal_text(GoalConfig(covered=0.8, tokens=200_000)) == "covered=0.8, tokens=200000"
    ranking = rank_samples(pool_of([0.5], [0]), SelectionConfig(1.0))
    with pytest.raises(PaserError, match=r"covered=0\.8"):
        find_budget(ranking, GoalConfig(), NAMES)


def test_on_the_demo_one_sample_less_is_not_enough():
    run = Run.open(DEMO)
    ranking = rank_run(run, Setting.of(run, budget=1.0))
    damage = ranking.candidates.divergence
    found = find_budget(ranking, GoalConfig(covered=0.7), run.names)

    def worst(budget):
        taken = np.zeros(run.n, bool)
        taken[ranking.at(budget).rows] = True
        return min(
            np.nansum(damage[taken & (run.labels == k)]) / np.nansum(damage[run.labels == k])
            for k in range(run.n_clusters)
        )

    assert worst(found.budget) >= 0.7
    assert worst(found.budget - 1) < 0.7
    assert not find_budget(ranking, GoalConfig(covered=0.9), run.names).reached
