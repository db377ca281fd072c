"""PASER's ablations change one thing each; the controls are what they are called."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from selected import rows_by

from paser_core.config import of_count
from paser_core.registry import SELECTORS
from paser_core.runs import Run
from paser_core.selection import Setting, Status, rank_samples, selector_of
from paser_core.selection.of_run import candidates, select_from_run
from paser_core.selection.selectors.random_matched import length_parts

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
# What each changes, beside what it is called and whether the seed decides.
CHANGES = {
    "paser-without-s2ric": {"clusters"},
    "paser-without-cdais": {"score", "weights"},
    "paser-without-ies": {"score"},
    "paser-without-ntm": {"graph"},
}


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@pytest.mark.parametrize("name", CHANGES)
def test_an_ablation_changes_one_part(name):
    paser, ablation = selector_of("paser"), selector_of(name)
    other = {f.name for f in fields(paser) if getattr(paser, f.name) != getattr(ablation, f.name)}
    assert other - {"label", "family", "drawn", "meaning"} == CHANGES[name]


def test_random_clusters_are_of_the_same_sizes_and_nothing_else_changes(demo):
    setting = Setting(of_count(500), selector="paser-without-s2ric", seed=4)
    pool = candidates(demo, setting)
    ranking = rank_samples(pool, setting)
    paser = rank_samples(pool, setting.changed(selector="paser"))
    own = ranking.own
    assert own is not None
    sizes = np.bincount(demo.labels[pool.usable], minlength=demo.n_clusters)
    assert np.bincount(own.labels[pool.usable], minlength=own.n_clusters).tolist() == sizes.tolist()
    assert (own.labels != demo.labels).mean() > 0.7
    # The clusters that people see stay the run's, with their damage.
    np.testing.assert_array_equal(ranking.cds, paser.cds)
    np.testing.assert_array_equal(ranking.ies, paser.ies)
    assert ranking.candidates.labels is demo.labels
    # In these clusters PASER itself selects the same.
    there = rank_samples(pool.in_clusters(own), setting.changed(selector="paser"))
    np.testing.assert_array_equal(ranking.rank, there.rank)
    np.testing.assert_array_equal(ranking.rejected_at, there.rejected_at)
    assert not np.array_equal(ranking.rank, paser.rank)
    # Seats by damage in clusters of its own: those of the run are shown with what they gave.
    selection = ranking.at(500)
    assert selection.allocated.tolist() == selection.accepted.tolist()
    assert ranking.seats(500).tolist() == there.at(500).allocated.tolist()


def test_without_the_efficiency_score_only_the_order_within_a_cluster_changes(demo):
    setting = Setting(of_count(500))
    paser = select_from_run(demo, setting)
    other = select_from_run(demo, setting.changed(selector="paser-without-ies"))
    assert other.allocated.tolist() == paser.allocated.tolist()
    assert set(other.rows.tolist()) != set(paser.rows.tolist())
    again = select_from_run(demo, setting.changed(selector="paser-without-ies", seed=1))
    assert set(again.rows.tolist()) != set(other.rows.tolist())


def test_equal_seats(demo):
    found = select_from_run(demo, Setting(of_count(280), selector="paser-without-cdais"))
    assert found.allocated.tolist() == [20] * demo.n_clusters
    assert found.n_rejected > 0  # the graph stays


def test_the_former_name_of_no_graph_is_understood(demo):
    old = Setting.of_tree({"selection": {"selector": "no-graph", "budget": 300}})
    assert old == Setting(300, selector="paser-without-ntm")
    assert "no-graph" not in list(SELECTORS)
    assert (
        rows_by("no-graph", demo, Setting(300)).tolist() == select_from_run(demo, old).rows.tolist()
    )


def test_full_is_everything_at_every_budget(demo):
    whole = select_from_run(demo, Setting(of_count(10), selector="full"))
    usable = np.flatnonzero(demo.valid & (demo.labels >= 0))
    assert whole.rows.tolist() == usable.tolist()
    assert whole.shortfall == 0
    assert any("whatever" in w or "no part in it" in w for w in whole.warnings)
    out = demo.ids[int(usable[3])]
    without = select_from_run(demo, Setting(0.2, selector="full", forced_out=(out,)))
    assert without.n_selected == len(usable) - 1
    assert without.status_of(int(usable[3])) is Status.FORCED_OUT


@pytest.mark.parametrize("forced", [False, True])
@pytest.mark.parametrize("budget", [1, 60, 836, 3000])
def test_random_samples_are_as_long_as_those_of_paser(demo, budget, forced):
    setting = Setting(of_count(budget), 2.0, seed=3)
    if forced:
        setting = replace(setting, forced_in=demo.ids[7:8], forced_out=demo.ids[20:60])
    paser = select_from_run(demo, setting)
    matched = select_from_run(demo, setting.changed(selector="random-matched"))
    part = length_parts(candidates(demo, setting))
    n = int(part.max()) + 1
    ours, theirs = (np.bincount(part[s.rows], minlength=n) for s in (matched, paser))
    assert ours.tolist() == theirs.tolist()
    assert matched.shortfall == paser.shortfall
    if budget == 836:
        assert len(np.intersect1d(matched.rows, paser.rows)) < 0.6 * budget
        lengths = [demo.tokens[s.rows].mean() for s in (matched, paser)]
        assert lengths[0] == pytest.approx(lengths[1], rel=0.05)
        plain = rows_by("random", demo, setting)
        assert abs(demo.tokens[plain].mean() - lengths[1]) > 2 * abs(lengths[0] - lengths[1])
    if forced and budget > 1:
        assert matched.status_of(7) is Status.FORCED_IN


def test_every_budget_of_a_matched_draw_is_its_own(demo):
    small = Setting(of_count(100), selector="random-matched")
    assert not small.nested
    assert select_from_run(demo, small).ranking.budget == 100
    assert small.ranking == small


@pytest.mark.parametrize("name", ["k-center", "facility-location"])
def test_coverage_is_a_ranking_of_the_vectors(demo, name):
    small, large = (
        rows_by(name, demo, Setting(of_count(b), selector=name)).tolist() for b in (50, 400)
    )
    assert large[:50] == small
    vectors = demo.embeddings
    usable = np.flatnonzero(demo.valid & (demo.labels >= 0))
    taken, drawn = large[:50], rows_by("random", demo, Setting(50)).tolist()
    similar = [vectors[usable] @ vectors[rows].T for rows in (taken, drawn)]
    if name == "k-center":  # the worst covered sample is better off
        assert similar[0].max(axis=1).min() > similar[1].max(axis=1).min()
    else:
        assert similar[0].max(axis=1).mean() > similar[1].max(axis=1).mean()


def test_a_rule_without_seats_is_nested_whatever_the_knobs_of_seats_say():
    assert Setting(selector="random", order="clusterwise").nested
    assert not Setting(selector="proportional", order="clusterwise").nested
