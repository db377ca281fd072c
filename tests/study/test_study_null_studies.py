"""Studies whose truth is known: no difference is found where none is, and intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest
from made_studies import (
    CHANCE,
    EVEN,
    GIVEN,
    MANY_BAD,
    MENDED,
    ONE_BAD,
    ORIGINAL,
    SIZES,
    WORLDS,
    Plan,
    World,
    draw_arm,
    draw_items,
    study_many,
    truth,
)
from scipy import stats

from paser_core.study.statistics import (
    Measure,
    Questions,
    clustered_spearman,
    difference,
    minimum_detectable_effect,
    spearman,
    t_test,
)
from paser_core.study.statistics.spread import group_of, spread_of

pytestmark = pytest.mark.slow  # altogether under a minute

MOST = 0.065  # found by chance, where 0.05 is promised
LEAST = 0.02  # else a real difference is missed for nothing

# What of one arm is known to another: the items.
QUESTIONS = Questions(
    [name for name, size in zip(GIVEN.names, SIZES, strict=True) for _ in range(size)],
    np.concatenate(
        [np.arange(n) < round(o * n) for n, o in zip(SIZES, ORIGINAL, strict=True)]
    ).astype(float),
    dict(zip(GIVEN.names, CHANCE, strict=True)),
)


@pytest.mark.parametrize(
    ("world", "seeds"),
    [
        *((name, (5, 5)) for name in WORLDS),
        *((name, (s, s)) for name in ("realistic", "seeds alike", "other items") for s in (2, 3)),
        ("realistic", (5, 3)),
    ],
)
def test_nothing_is_found_where_nothing_is(world, seeds):
    found = study_many([EVEN], [EVEN], Plan(WORLDS[world], seeds))
    for measure, studied in found.items():
        # The least of noisy figures is known to be compared too carefully.
        least = LEAST if measure is not Measure.WORST else 0.01
        assert least <= studied.rejected() <= MOST, measure


def test_nothing_is_found_where_seeds_of_one_arm_lie_far_apart_and_those_of_the_other_do_not():
    plan = Plan(WORLDS["seeds far apart"], other_world=WORLDS["seeds alike"])
    for measure, studied in study_many([EVEN], [EVEN], plan).items():
        assert 0.015 <= studied.rejected() <= MOST, measure


def test_nothing_is_found_in_pairs_of_seeds_and_over_compressions():
    mean = (Measure.MEAN,)
    pairs = study_many([EVEN], [EVEN], Plan(paired_seeds=True, measures=mean))
    assert LEAST <= pairs[Measure.MEAN].rejected() <= MOST
    levels = [EVEN, MANY_BAD, ONE_BAD]
    several = study_many(levels, levels, Plan(measures=mean))
    assert LEAST <= several[Measure.MEAN].rejected() <= MOST


@pytest.mark.parametrize("world", ["realistic", "seeds alike", "other items"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (EVEN, EVEN - 0.025),
        (ONE_BAD, MENDED),
        # As hard as it gets: one capability is the worst here, any of six there.
        (MANY_BAD, ONE_BAD),
    ],
)
def test_intervals_hold_the_truth(world, first, second):
    found = study_many([first], [second], Plan(WORLDS[world]))
    for measure, studied in found.items():
        true = truth(measure, first, WORLDS[world]) - truth(measure, second, WORLDS[world])
        assert 0.935 <= studied.covers(true) <= 0.985, measure
        if measure is not Measure.WORST:
            assert studied.values.mean() == pytest.approx(true, abs=0.002)


def arms(levels, seeds, world, studies, start=0):
    chance = np.random.default_rng(start)
    hardness = draw_items(chance, studies)
    return [draw_arm(chance, hardness, level, seeds, world) for level in levels]


@pytest.mark.parametrize("world", ["realistic", "seeds alike"])
@pytest.mark.parametrize("measure", Measure)
def test_the_interval_of_one_arm_holds_the_truth(world, measure):
    held = []
    for start in range(10):
        (scores,) = arms([EVEN], 5, WORLDS[world], 100, start)
        group = group_of(scores, measure, GIVEN)
        away = np.abs(group.values.mean(axis=1) - truth(measure, EVEN, WORLDS[world]))
        held += list(away <= spread_of([group], GIVEN).half(0.95))
    assert 0.935 <= np.mean(held) <= 0.985


def test_these_studies_are_hard_enough_to_fool_a_test_that_forgets_seeds_or_items():
    a, b = arms([EVEN, EVEN], 5, World(), 500)
    gaps = a.mean(axis=1) - b.mean(axis=1)
    over_items = stats.ttest_1samp(gaps, 0, axis=1).pvalue
    assert (over_items < 0.05).mean() > 0.1
    a, b = arms([EVEN, EVEN], 5, WORLDS["seeds alike, other items"], 500)
    over_seeds = [t_test(x, y).p for x, y in zip(a.mean(axis=2), b.mean(axis=2), strict=True)]
    assert np.mean(np.array(over_seeds) < 0.05) > 0.3


def test_many_studies_are_compared_as_one_is():
    # study_many takes what the original scores as it is given; so do these questions, nearly.
    a, b = arms([EVEN, EVEN - 0.02], 5, World(), 100)
    found = study_many([EVEN], [EVEN - 0.02], Plan(studies=100, measures=(Measure.MEAN,)))
    for i in range(0, 100, 9):
        one = difference(a[i], b[i], QUESTIONS)
        assert one.p == pytest.approx(found[Measure.MEAN].p[i], abs=1e-10)
        half = found[Measure.MEAN].half[i]
        assert (one.high - one.low) / 2 == pytest.approx(half, abs=1e-10)


@pytest.mark.parametrize("world", ["realistic", "seeds alike", "other items"])
def test_the_detectable_effect_is_found_in_four_of_five_studies(world):
    a, b = arms([EVEN, EVEN], 5, WORLDS[world], 60)
    made = [difference(x, y, QUESTIONS) for x, y in zip(a, b, strict=True)]
    effect = minimum_detectable_effect(made)
    plan = Plan(WORLDS[world], studies=1000, measures=(Measure.MEAN,))
    found = study_many([EVEN], [EVEN - effect], plan)[Measure.MEAN]
    assert 0.7 <= found.rejected() <= 0.9
    # And with other numbers of seeds than those it was seen with.
    fewer = minimum_detectable_effect(made, seeds=3)
    plan = Plan(WORLDS[world], (3, 3), studies=1000, measures=(Measure.MEAN,))
    assert 0.7 <= study_many([EVEN], [EVEN - fewer], plan)[Measure.MEAN].rejected() <= 0.9


@pytest.mark.parametrize("n", [12, 36])
@pytest.mark.parametrize("r", [0.0, 0.5, 0.8])
def test_rank_correlations_hold_the_truth(n, r):
    chance = np.random.default_rng(n)
    true = 6 / np.pi * np.arcsin(r / 2)  # of two normal variables
    held = []
    for _ in range(1000):
        x = chance.standard_normal(n)
        found = spearman(x, r * x + np.sqrt(1 - r * r) * chance.standard_normal(n))
        held.append(found.low <= true <= found.high)
    assert 0.935 <= np.mean(held) <= 0.98


def test_rank_correlations_of_points_that_belong_together_hold_the_truth_and_plain_ones_do_not():
    chance = np.random.default_rng(0)
    held, plain = [], []
    for _ in range(300):
        x, y = chance.standard_normal((2, 1, 12)) + 0.5 * chance.standard_normal((2, 3, 12))
        found, naive = clustered_spearman(x, y), spearman(x, y)  # truly 0
        held.append(found.low <= 0 <= found.high)
        plain.append(naive.low <= 0 <= naive.high)
    assert 0.93 <= np.mean(held) <= 0.985
    assert np.mean(plain) < 0.88
