"""Differences of arms: against loops, against textbook tests where they are one, and what must not matter."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drawn_arms import CHANCE, EXACT, LABELS, drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from paser_core.evaluate.retention import retained_share
from paser_core.study.statistics import (
    Measure,
    Questions,
    difference,
    estimate,
)


def shares_of(row, questions, weights=None):
    """Retention by capability of one seed, items weighted."""
    labels = np.array(questions.capability)
    weights = np.ones(len(labels)) if weights is None else weights
    found = {}
    for name in sorted(set(labels)):
        here = labels == name
        score = float((row[here] * weights[here]).sum() / weights[here].sum())
        original = float(np.asarray(questions.original)[here].mean())
        found[name] = retained_share(score, original, CHANCE.get(name, 0.0))
    return found


def figure_of(row, questions, measure, weights=None):
    """A figure of one seed; in the mean score every capability keeps its share of the items."""
    if measure is Measure.MEAN:
        labels = np.array(questions.capability)
        weights = np.ones(len(labels)) if weights is None else weights
        parts = [
            (row[labels == n] * weights[labels == n]).sum()
            / weights[labels == n].sum()
            * (labels == n).mean()
            for n in set(labels)
        ]
        return float(sum(parts))
    shares = [share for share in shares_of(row, questions, weights).values() if share is not None]
    return min(shares) if measure is Measure.WORST else sum(shares) / len(shares)


def slow_difference(pairs, questions, measure, paired):
    """Value, variance, df by the definition: items' moves by weighing each a little more, sums in loops."""
    labels, eps = list(questions.capability), 1e-6
    groups = []
    for a, b in pairs:
        made = []
        for arm, sign in ((a, 1), (b, -1)):
            values = [sign * figure_of(row, questions, measure) for row in arm]
            moves = []
            for row in arm:
                around = []
                for i in range(len(labels)):
                    up, down = np.ones(len(labels)), np.ones(len(labels))
                    up[i] += eps
                    down[i] -= eps
                    slope = figure_of(row, questions, measure, up)
                    slope -= figure_of(row, questions, measure, down)
                    around.append(sign * slope / (2 * eps))
                moves.append(around)
            made.append((values, moves))
        if paired:
            (va, za), (vb, zb) = made
            values = [x + y for x, y in zip(va, vb, strict=True)]
            moves = [
                [x + y for x, y in zip(p, q, strict=True)] for p, q in zip(za, zb, strict=True)
            ]
            made = [(values, moves)]
        groups += made
    weight = 1 / len(pairs)

    def q(moves, name):
        own = [z for z, label in zip(moves, labels, strict=True) if label == name]
        return len(own) / (len(own) - 1) * sum(z * z for z in own)

    names = sorted(set(labels))
    mean_moves = [[sum(col) / len(z) for col in zip(*z, strict=True)] for _, z in groups]
    together = [weight * sum(col) for col in zip(*mean_moves, strict=True)]
    items = [q(together, name) for name in names]
    parts = sum(v**2 / (labels.count(n) - 1) for v, n in zip(items, names, strict=True))
    value, seed, noise = 0.0, 0.0, 0.0
    for (values, moves), mean in zip(groups, mean_moves, strict=True):
        S = len(values)
        middle = sum(values) / S
        value += weight * middle
        own = weight**2 * sum((v - middle) ** 2 for v in values) / (S - 1) / S
        seed, parts = seed + own, parts + own**2 / (S - 1)
        for row in moves:
            away = [z - m for z, m in zip(row, mean, strict=True)]
            noise += weight**2 / S / (S - 1) * sum(q(away, name) for name in names)
    item = sum(items)
    variance = (item + max(seed - noise, 0) + seed + max(item - noise, 0)) / 2
    return value, variance, variance**2 / parts


@pytest.mark.parametrize("measure", [Measure.MEAN, Measure.RETENTION])
@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("compressions", [1, 3])
def test_difference_by_its_definition_in_loops(measure, paired, compressions):
    *arms, questions = drawn(3, *([4, 4] if paired else [4, 3]) * compressions)
    a, b = arms[::2], arms[1::2]
    value, variance, df = slow_difference(list(zip(a, b, strict=True)), questions, measure, paired)
    found = difference(a, b, questions, measure, paired_seeds=paired)
    assert found.value == pytest.approx(value, **EXACT)
    # Moves are taken from numerical slopes, which are good to 1e-9.
    assert found.se**2 == pytest.approx(variance, rel=1e-7)
    assert found.df == pytest.approx(df, rel=1e-6)
    t = stats.t(found.df)
    assert found.p == pytest.approx(2 * t.sf(abs(value) / found.se), **EXACT)
    half = t.ppf(0.975) * found.se
    assert (found.low, found.high) == pytest.approx((value - half, value + half), **EXACT)
    assert found.observed == pytest.approx(value, **EXACT)
    assert found.seeds == tuple(len(arm) for arm in arms)


def test_worst_is_moved_by_the_items_of_the_worst_capability():
    a, b, questions = drawn(5, 4, 3)
    found = difference(a, b, questions, Measure.WORST)
    value, _, _ = slow_difference([(a, b)], questions, Measure.WORST, False)
    assert found.observed == pytest.approx(value, **EXACT)
    assert found.spread.item == pytest.approx(slow_item(a, b, questions), **EXACT)


def slow_item(a, b, questions):
    labels = np.array(questions.capability)
    total = np.zeros(len(labels))
    for arm, sign in ((a, 1), (b, -1)):
        for row in arm:
            shares = shares_of(row, questions)
            worst = min(shares, key=shares.get)
            here = labels == worst
            above = np.asarray(questions.original)[here].mean() - CHANCE.get(worst, 0.0)
            total[here] += sign * (row[here] - row[here].mean()) / here.sum() / above / len(arm)
    parts = [total[labels == n] for n in set(labels)]
    return sum(len(z) / (len(z) - 1) * (z**2).sum() for z in parts)


def test_worst_makes_good_half_of_what_few_items_take():
    labels = [name for name in "abcdefgh" for _ in range(50)]
    right = np.tile(np.arange(50) < 30, 8).astype(float)  # 60 % in every capability, exactly
    questions = Questions(labels, np.ones(400))
    same = estimate(np.array([right, right]), questions, Measure.WORST)
    assert same.observed == pytest.approx(0.6)
    # The least of 8 normal draws of s.d. √(0.24 / 49) lies 1.4236 s.d. below their mean.
    assert same.value == pytest.approx(0.6 + 1.4236 * math.sqrt(0.24 / 49), abs=0.02)
    alone = right.copy()
    alone[:50] = 0
    alone[:5] = 1  # one far below all others: nothing to make good
    alone = estimate(np.array([alone, alone]), questions, Measure.WORST)
    assert alone.value == pytest.approx(alone.observed, abs=1e-9)
    assert alone.observed == pytest.approx(0.1)


def test_two_models_without_seeds_are_a_paired_t_test_over_items():
    a, b, _ = drawn(7, 1, 1)
    a, b = a[0], b[0]
    found = difference(a, b, Questions(["all"] * len(a)))
    expected = stats.ttest_rel(a, b)
    assert (found.p, found.df) == pytest.approx((expected.pvalue, len(a) - 1), **EXACT)
    interval = expected.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), **EXACT)


@pytest.mark.parametrize("paired", [False, True])
def test_items_that_are_all_alike_leave_the_t_test_over_seeds(paired):
    chance = np.random.default_rng(8)
    a, b = chance.random(5), chance.random(5 if paired else 3)
    columns = np.ones(len(LABELS))
    found = difference(
        a[:, None] * columns, b[:, None] * columns, Questions(LABELS), paired_seeds=paired
    )
    expected = stats.ttest_rel(a, b) if paired else stats.ttest_ind(a, b, equal_var=False)
    assert (found.p, found.df) == pytest.approx((expected.pvalue, expected.df), **EXACT)


@pytest.mark.parametrize("measure", Measure)
def test_observed_is_what_an_evaluation_prints_averaged(measure):
    a, questions = drawn(9, 4)
    found = estimate(a, questions, measure)
    assert found.observed == pytest.approx(
        np.mean([figure_of(row, questions, measure) for row in a]), **EXACT
    )
    assert found.low < found.value < found.high


def test_retention_counts_no_more_than_all_of_what_the_original_has():
    questions = Questions(["a"] * 4 + ["b"] * 4, [1, 1, 0, 0] * 2)
    better = np.array([[1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0]], float)
    assert estimate(better, questions, Measure.RETENTION).observed == pytest.approx(0.75)
    assert estimate(better, questions, Measure.WORST).observed == pytest.approx(0.5)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    seeds=st.tuples(st.integers(2, 4), st.integers(2, 4)),
    measure=st.sampled_from(Measure),
)
def test_order_of_items_and_seeds_is_irrelevant_and_swapped_arms_have_the_opposite(
    seed, seeds, measure
):
    a, b, questions = drawn(seed, *seeds)
    found = difference(a, b, questions, measure)
    chance = np.random.default_rng(seed)
    order = chance.permutation(len(LABELS))
    mixed = Questions([LABELS[i] for i in order], np.asarray(questions.original)[order], CHANCE)
    shuffled = difference(
        chance.permutation(a[:, order]), chance.permutation(b[:, order]), mixed, measure
    )
    swapped = difference(b, a, questions, measure)
    for one, sign in ((shuffled, 1), (swapped, -1)):
        assert one.value == pytest.approx(sign * found.value, abs=1e-12)
        assert (one.p is None) == (found.p is None)
        if found.p is not None:
            assert one.p == pytest.approx(found.p, abs=1e-9)
            assert sorted((sign * one.low, sign * one.high)) == pytest.approx(
                [found.low, found.high], abs=1e-9
            )


@pytest.mark.parametrize("measure", Measure)
def test_an_arm_against_itself_is_no_difference(measure):
    a, questions = drawn(12, 3)
    paired = difference(a, a, questions, measure, paired_seeds=True)
    assert (paired.value, paired.low, paired.high, paired.p) == (0, 0, 0, 1)
    apart = difference(a, a, questions, measure)
    assert (apart.value, apart.p) == (0, 1)
    assert apart.low < 0 < apart.high


def test_compressions_are_averaged():
    a1, b1, a2, b2, questions = drawn(13, 3, 3, 4, 2)
    both = difference([a1, a2], [b1, b2], questions)
    each = [difference(a, b, questions).value for a, b in ((a1, b1), (a2, b2))]
    assert both.value == pytest.approx(np.mean(each), **EXACT)
    assert both.seeds == (3, 3, 4, 2)
    with pytest.raises(ValueError):
        difference([a1, a2], [b1], questions)
