"""Comparisons against sets, chance against scipy and against shuffling, stability against selecting."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from selected import FILLING, rows_by

from paser_core.compare import (
    SIDES,
    Chosen,
    Side,
    compare,
    expected_overlap,
    pairwise_jaccard,
    stability,
)
from paser_core.config import of_count
from paser_core.errors import SelectionError
from paser_core.runs import Run
from paser_core.selection import Setting
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@st.composite
def choices(draw, label="a"):
    universe = draw(st.lists(st.sampled_from("abcdefghijkl"), min_size=1, unique=True))
    labels = draw(st.lists(st.integers(-1, 2), min_size=len(universe), max_size=len(universe)))
    usable = np.array([k >= 0 and draw(st.booleans()) for k in labels], bool)
    able = [i for i, can in zip(universe, usable, strict=True) if can]
    ids = draw(st.lists(st.sampled_from(able), unique=True)) if able else []
    numbers = np.array(labels, np.int32)
    return Chosen(
        label, tuple(ids), tuple(universe), numbers, usable, ("x", "y", "z"), {"sha256": "data"}
    )


def able(chosen_: Chosen) -> set[str]:
    return {i for i, can in zip(chosen_.universe, chosen_.usable, strict=True) if can}


@given(choices(), choices("b"))
@settings(max_examples=200, deadline=None)
def test_a_comparison_is_what_sets_say(a, b):
    got = compare(a, b)
    in_a, in_b, all_a, all_b = set(a.ids), set(b.ids), set(a.universe), set(b.universe)
    assert got.both == tuple(i for i in a.ids if i in in_b)
    assert got.only_a == tuple(i for i in a.ids if i not in in_b)
    assert got.only_b == tuple(i for i in b.ids if i not in in_a)
    assert set(got.missing_from_a) == all_b - all_a
    assert set(got.missing_from_b) == all_a - all_b
    assert set(got.unknown_to_a) == in_b - all_a
    assert set(got.unknown_to_b) == in_a - all_b
    assert got.same_data == (all_a == all_b)
    if in_a | in_b:
        assert got.jaccard == len(in_a & in_b) / len(in_a | in_b)
    else:
        assert math.isnan(got.jaccard)
    if in_a and in_b:
        assert got.overlap == len(in_a & in_b) / min(len(in_a), len(in_b))
    else:
        assert math.isnan(got.overlap)
    label = dict(zip(a.universe, a.labels, strict=True))
    for shift in got.shifts:
        mine = {i for i in all_a | all_b if label.get(i, -1) == shift.cluster}
        assert (shift.a, shift.b, shift.both) == (
            len(mine & in_a),
            len(mine & in_b),
            len(mine & in_a & in_b),
        )
        assert shift.size == len(mine & able(a))
        assert shift.name == ("xyz"[shift.cluster] if shift.cluster >= 0 else None)
    assert sum(s.a for s in got.shifts) == len(in_a)
    assert sum(s.b for s in got.shifts) == len(in_b)
    if in_a and in_b:
        assert sum(s.shift for s in got.shifts) == pytest.approx(0, abs=1e-12)
    sides = {(True, True): Side.BOTH, (True, False): Side.ONLY_A, (False, True): Side.ONLY_B}
    asked = [*a.universe, *b.universe, "nobody"]
    assert [SIDES[code] for code in got.sides(asked)] == [
        sides.get((i in in_a, i in in_b), Side.NEITHER) for i in asked
    ]


@given(choices(), choices("b"))
@settings(max_examples=200, deadline=None)
def test_chance_is_told_where_both_chose_from_the_same(a, b):
    chance = compare(a, b).chance
    if set(a.universe) != set(b.universe):
        assert chance is None
        return
    both_able = able(a) & able(b)
    if {*a.ids, *b.ids} <= both_able:
        assert chance == expected_overlap(len(both_able), a.n, b.n)
    else:
        assert chance is None


@given(st.integers(1, 300), st.data())
@settings(max_examples=200, deadline=None)
def test_chance_is_hypergeometric(population, data):
    a, b = (data.draw(st.integers(0, population)) for _ in range(2))
    got = expected_overlap(population, a, b)
    theirs = scipy.stats.hypergeom(population, a, b)
    assert got.mean == pytest.approx(theirs.mean())
    # The quantiles, up to probabilities that are equal to the last bit.
    for quantile, k in ((0.025, got.low), (0.975, got.high)):
        assert theirs.cdf(k) >= quantile - 1e-9
        assert theirs.cdf(k - 1) < quantile + 1e-9


def test_nobody_overlaps_nobody():
    got = expected_overlap(0, 0, 0)
    assert (got.mean, got.low, got.high) == (0, 0, 0)


def test_chance_is_what_shuffling_gives():
    rng = np.random.default_rng(0)
    overlaps = [np.isin(rng.permutation(400)[:80], np.arange(120)).sum() for _ in range(4000)]
    got = expected_overlap(400, 120, 80)
    assert got.mean == pytest.approx(np.mean(overlaps), abs=0.3)
    assert abs(got.low - np.percentile(overlaps, 2.5)) <= 1
    assert abs(got.high - np.percentile(overlaps, 97.5)) <= 1


def test_large_populations_do_not_overflow():
    got = expected_overlap(44_000, 8_800, 8_800)
    assert got.mean == 1760
    assert (got.low, got.high) == tuple(
        scipy.stats.hypergeom(44_000, 8_800, 8_800).ppf([0.025, 0.975])
    )


@pytest.mark.parametrize("budget", [0, 1, 300, 0.2, 100_000])
@pytest.mark.parametrize("kind", FILLING)
def test_every_selector_fills_the_budget_with_samples_that_can_be_selected(demo, kind, budget):
    usable = np.flatnonzero(demo.valid & (demo.labels >= 0))
    rows = rows_by(kind, demo, Setting(of_count(budget)))
    assert len(rows) == min(round(budget * demo.n) if budget < 1 else budget, len(usable))
    assert len(set(rows.tolist())) == len(rows)
    assert set(rows.tolist()) <= set(usable.tolist())


def test_selectors_pick_as_they_say(demo):
    knobs = Setting(300, 2.0)
    divergence = demo.divergence_at(2.0)
    usable = [r for r in range(demo.n) if demo.valid[r]]
    ies = divergence / np.log(np.maximum(demo.tokens, 2).astype(float) ** 2)
    for kind, score in (("divergence", divergence), ("ies", ies)):
        expected = sorted(usable, key=lambda r, s=score: (-s[r], r))[:300]
        assert rows_by(kind, demo, knobs).tolist() == expected
    # Without the graph nothing is rejected: each cluster gives its best, as many as it has seats.
    selection = select_from_run(demo, knobs)
    rows = rows_by("paser-without-ntm", demo, knobs)
    for cluster, seats in enumerate(selection.allocated):
        mine = [r for r in usable if demo.labels[r] == cluster]
        best = sorted(mine, key=lambda r: (-ies[r], r))[:seats]
        assert [r for r in rows if demo.labels[r] == cluster] == best


def test_drawn_selectors_depend_on_the_seed_alone(demo):
    knobs = Setting(300)
    for kind in ("random", "proportional"):
        one, again, other = (rows_by(kind, demo, knobs, seed).tolist() for seed in (3, 3, 4))
        assert one == again
        assert set(one) != set(other)


def test_random_takes_every_sample_equally_often(demo):
    times = np.zeros(demo.n)
    for seed in range(60):
        times[rows_by("random", demo, Setting(0.5), seed)] += 1
    usable = demo.valid
    assert times[~usable].sum() == 0
    # Each is binomial(60, p): the spread over all samples is that of the law.
    p = times[usable].mean() / 60
    assert times[usable].var() == pytest.approx(60 * p * (1 - p), rel=0.1)


def test_proportional_keeps_the_shares_of_the_clusters(demo):
    rows = rows_by("proportional", demo, Setting(400))
    sizes = np.bincount(demo.labels[demo.valid], minlength=demo.n_clusters)
    counts = np.bincount(demo.labels[rows], minlength=demo.n_clusters)
    assert np.abs(counts - 400 * sizes / sizes.sum()).max() < 1  # Webster's method, many seats


def test_selectors_without_models(workspace, tmp_path):
    from tiny_run import loaders, write_workspace

    from paser_core.measure import run_pipeline

    config = write_workspace(tmp_path, 9, models=False)
    run = run_pipeline(config, tmp_path / "run", loaders(config))
    assert len(rows_by("random", run, Setting(4))) == 4
    with pytest.raises(SelectionError, match="no models"):
        rows_by("ies", run, Setting(4))


@given(st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=5))
def test_pairwise_jaccard(sets):
    members = np.zeros((len(sets), 7), bool)
    for i, chosen_ in enumerate(sets):
        members[i, list(chosen_)] = True
    expected = [[len(a & b) / len(a | b) if a | b else 1 for b in sets] for a in sets]
    np.testing.assert_allclose(pairwise_jaccard(members), expected)


def test_the_seed_of_a_run_selects_what_the_run_selects(finished):
    for budget in (3, 6):
        knobs = Setting(of_count(budget), 1.7)
        got = stability(finished, knobs, [finished.config.seed])
        selection = select_from_run(finished, knobs)
        assert np.flatnonzero(got.times).tolist() == sorted(selection.rows.tolist())
        assert got.n_clusters == (finished.n_clusters,)
        assert got.with_run.tolist() == [1.0]


def test_stability_on_the_demo_run(demo):
    knobs = Setting(0.2, 1.7)
    seen = []
    got = stability(demo, knobs, [5, 5, 6], lambda *at: seen.append(at))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert got.budget == round(0.2 * demo.n)
    # Counted by hand: the first two are equal, so the times tell both selections.
    five = set(np.flatnonzero(got.times >= 2))
    six = set(np.flatnonzero((got.times == 3) | (got.times == 1)))
    own = set(select_from_run(demo, knobs).rows)
    assert got.jaccard[0, 1] == got.random[0, 1] == 1
    assert got.jaccard[0, 2] == got.jaccard[2, 1] == len(five & six) / len(five | six)
    assert got.with_run.tolist() == [len(own & s) / len(own | s) for s in (five, five, six)]
    assert (got.always, got.ever) == (len(five & six), len(five | six))
    assert got.mean == pytest.approx((1 + 2 * got.jaccard[0, 2]) / 3)
    # Blind selections agree as chance has it, ours beyond that.
    chance = expected_overlap(int(demo.valid.sum()), got.budget, got.budget)
    blind = got.random[0, 2]
    shared = 2 * got.budget * blind / (1 + blind)
    assert abs(shared - chance.mean) < 2 * (chance.high - chance.mean)
    assert got.random_mean < got.mean


def test_one_seed_has_nobody_to_agree_with(demo):
    got = stability(demo, Setting(50), [1])
    assert math.isnan(got.mean)
    assert got.jaccard.tolist() == [[1.0]]
    with pytest.raises(ValueError, match="seed"):
        stability(demo, Setting(50), [])
