"""Curves against loops, and against the budgets they promise."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_pools import make, pools, rankings

from paser_core.config import SelectionConfig
from paser_core.runs import Run
from paser_core.selection import Setting, rank_samples, select
from paser_core.selection.curves import ENOUGH, marginal_curves, running_mean
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@given(
    st.lists(st.floats(0, 1), max_size=30).map(np.array), st.integers(0, 8).map(lambda h: 2 * h + 1)
)
def test_the_running_mean_is_the_mean_of_the_neighbors(values, window):
    expected = [
        np.mean(values[max(0, i - window // 2) : i + window // 2 + 1]) for i in range(len(values))
    ]
    np.testing.assert_allclose(running_mean(values, window), expected, atol=1e-12)


@given(rankings(), st.data())
@settings(max_examples=150, deadline=None)
def test_every_seat_of_every_cluster(ranking, data):
    forced = len(ranking.overrides.forced_in)
    c = ranking.candidates
    budget = data.draw(st.integers(forced, c.n)) if ranking.budget is None else ranking.budget
    selection = ranking.at(budget)
    got = marginal_curves(selection)
    assert got.complete == (ranking.budget is None)
    in_order = sorted(np.flatnonzero(ranking.rank), key=lambda r: ranking.rank[r])
    for k, curve in enumerate(got.clusters):
        rows = [r for r in in_order if c.labels[r] == k]
        total = math.fsum(c.divergence[r] for r in range(c.n) if c.valid[r] and c.labels[r] == k)
        assert curve.cluster == k
        # So few seats that nothing is averaged or left out.
        assert curve.window == 1
        assert curve.seats.tolist() == list(range(1, len(rows) + 1))
        np.testing.assert_allclose(curve.marginal, [c.divergence[r] for r in rows], atol=1e-12)
        assert curve.budgets.tolist() == [ranking.rank[r] for r in rows]
        inside = [
            math.fsum(c.divergence[r] for r in rows[: i + 1]) / total if total else 0.0
            for i in range(len(rows))
        ]
        np.testing.assert_allclose(curve.share, inside, atol=1e-12)
        assert curve.now == selection.accepted[k]
        assert curve.n_seats == len(rows)
        assert curve.total == pytest.approx(total)


@given(pools())
@settings(max_examples=100, deadline=None)
def test_enough_is_the_first_budget_that_reaches_it(candidates):
    ranking = rank_samples(candidates, SelectionConfig())
    got = marginal_curves(ranking.at(1))

    def mass(budget):
        return math.fsum(candidates.divergence[ranking.at(budget).rows])

    largest = mass(candidates.n)
    measured = candidates.valid & (candidates.labels >= 0)
    everything = math.fsum(candidates.divergence[measured])
    assert [e.share for e in got.enough] == list(ENOUGH)
    for enough in got.enough:
        if everything == 0 or largest < enough.share * everything * (1 - 1e-9):
            assert enough.budget is None
            continue
        assert mass(enough.budget) >= enough.share * everything * (1 - 1e-9)
        assert mass(enough.budget - 1) < enough.share * everything
    if everything:
        assert got.now == pytest.approx(mass(1) / everything)
        assert got.reachable == pytest.approx(largest / everything)
    else:
        assert math.isnan(got.now)
        assert math.isnan(got.reachable)


def test_a_long_curve_is_thinned_and_keeps_its_ends_and_the_present():
    n = 5000
    rng = np.random.default_rng(0)
    candidates = make(rng.random(n), [8] * n, (np.arange(n) % 2).tolist(), [[]] * n)
    selection = select(candidates, SelectionConfig(777))
    for most in (200, 10):
        for curve in marginal_curves(selection, most).clusters:
            mine = candidates.divergence[candidates.labels == curve.cluster]
            mine = np.sort(mine)[::-1]  # equal costs: the most damaged first
            assert len(curve.seats) <= most
            assert len(np.unique(curve.seats)) == len(curve.seats)
            assert {1, curve.n_seats, curve.now} <= set(curve.seats.tolist())
            assert curve.window == 125
            middle = curve.seats[(curve.seats > 62) & (curve.seats <= curve.n_seats - 62)]
            at = np.searchsorted(curve.seats, middle)
            expected = [mine[s - 63 : s + 62].mean() for s in middle]
            np.testing.assert_allclose(curve.marginal[at], expected)
            np.testing.assert_allclose(curve.share, np.cumsum(mine)[curve.seats - 1] / mine.sum())


def test_before_the_first_seat():
    candidates = make([0.5] * 3, [8] * 3, [0, 1, 1], [[]] * 3)
    got = marginal_curves(select(candidates, SelectionConfig(0)))
    assert [c.now for c in got.clusters] == [0, 0]
    assert got.now == 0


def test_the_demo_run():
    run = Run.open(DEMO)
    selection = select_from_run(run, Setting(0.2))
    got = marginal_curves(selection)
    assert [c.now for c in got.clusters] == selection.accepted.tolist()
    for curve in got.clusters:
        assert (np.diff(curve.share) >= 0).all()
        assert (np.diff(curve.budgets) > 0).all()
        for seat, budget in zip(curve.seats[::40], curve.budgets[::40], strict=True):
            assert selection.ranking.at(int(budget)).accepted[curve.cluster] == seat
            assert selection.ranking.at(int(budget) - 1).accepted[curve.cluster] == seat - 1
    half, most, nearly_all = (e.budget for e in got.enough)
    assert half < most
    assert nearly_all is None  # the concept graph rejects more than a twentieth of the damage
    assert 0.9 < got.reachable < 0.95
    assert got.now >= 0.2  # the damaged ones come first
