"""What is missing is counted or refused, and what could have been seen with what there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_arms import CHANCE, EXACT, LABELS, drawn
from statsmodels.stats.power import TTestIndPower

from paser_core.study.statistics import (
    LeftOut,
    Measure,
    Questions,
    difference,
    minimum_detectable_effect,
)


def test_a_capability_in_which_the_original_guesses_is_left_out_and_named():
    a, b, questions = drawn(10, 3, 3)
    guessing = replace(questions, chance={"c": 1.0})
    for measure in (Measure.RETENTION, Measure.WORST):
        found = difference(a, b, guessing, measure)
        keep = [i for i, name in enumerate(LABELS) if name != "c"]
        fewer = Questions([LABELS[i] for i in keep], np.asarray(questions.original)[keep])
        alone = difference(a[:, keep], b[:, keep], fewer, measure)
        assert found.left_out.capabilities == ("c",)
        assert found.observed == pytest.approx(alone.observed, **EXACT)
        if measure is Measure.RETENTION:
            assert (found.value, found.p) == pytest.approx((alone.value, alone.p), **EXACT)
    assert difference(a, b, guessing).left_out.capabilities == ()
    with pytest.raises(ValueError, match="no better than chance"):
        difference(a, b, replace(questions, chance=dict.fromkeys("abc", 1.0)), Measure.RETENTION)
    with pytest.raises(ValueError, match="original"):
        difference(a, b, Questions(LABELS), Measure.WORST)


@pytest.mark.parametrize("measure", Measure)
def test_what_was_not_measured_is_as_if_it_had_never_been_asked(measure):
    a, b, questions = drawn(11, 4, 4)
    a[1, 3], b[2, 3], b[0, 9] = np.nan, np.nan, np.nan
    original = np.array(questions.original)
    original[20] = np.nan
    broken = np.vstack([a, np.full(len(LABELS), np.nan)])  # a training that diverged
    found = difference(broken, b, replace(questions, original=original), measure)
    keep = [i for i in range(len(LABELS)) if i not in (3, 9, 20)]
    whole = difference(
        a[:, keep],
        b[:, keep],
        Questions([LABELS[i] for i in keep], original[keep], CHANCE),
        measure,
    )
    assert found.left_out == LeftOut(items=3, seeds=1)
    assert (found.value, found.p, found.items) == (whole.value, whole.p, 18)
    together = difference(
        broken,
        np.vstack([b, b[0]]),
        replace(questions, original=original),
        measure,
        paired_seeds=True,
    )
    assert together.left_out == LeftOut(items=3, seeds=2)
    assert together.seeds == (4, 4)


def test_one_seed_and_no_variation_give_no_interval_but_a_reason():
    a, b, questions = drawn(14, 3, 1)
    found = difference(a, b, questions)
    assert found.p is found.low is found.high is found.se is None
    assert "one seed" in found.why_not
    assert found.value == pytest.approx(a.mean() - b.mean())
    flat = difference(np.ones((2, 21)), np.zeros((2, 21)), Questions(LABELS))
    assert (flat.value, flat.p, flat.low) == (1, None, None)
    assert "varies" in flat.why_not
    # One model is not an arm of one seed: no seed enters it.
    assert difference(a, b[0], questions).p is not None


@pytest.mark.parametrize(
    ("a", "labels", "said"),
    [
        (np.ones((2, 3)), LABELS, r"\(2, 3\)"),
        (np.full((2, 21), np.nan), LABELS, "nothing was measured"),
        (np.array([[1, np.nan], [np.nan, 1]]), ["a", "a"], "no item"),
    ],
)
def test_what_cannot_be_compared_is_refused(a, labels, said):
    with pytest.raises(ValueError, match=said):
        difference(a, np.ones((2, len(labels))), Questions(labels))


def test_other_numbers_of_seeds_are_no_pairs():
    a, b, questions = drawn(15, 3, 4)
    with pytest.raises(ValueError, match="one arm has 3 and the other 4"):
        difference(a, b, questions, paired_seeds=True)


def test_detectable_effect_is_that_of_a_t_test_where_seeds_alone_vary():
    a, b = np.array([0.1, 0.3, 0.2, 0.5, 0.4]), np.array([0.2, 0.4, 0.3, 0.6, 0.5])
    columns = np.ones(len(LABELS))
    found = difference(a[:, None] * columns, b[:, None] * columns, Questions(LABELS))
    for seeds, power, alpha in ((5, 0.8, 0.05), (3, 0.9, 0.01), (20, 0.8, 0.05)):
        effect = minimum_detectable_effect(
            [found], seeds=seeds, items=10**12, power=power, alpha=alpha
        )
        reached = TTestIndPower().power(
            effect / a.std(ddof=1), nobs1=seeds, alpha=alpha / 2, alternative="larger"
        )
        assert reached == pytest.approx(power, **EXACT)


def test_detectable_effect_falls_with_seeds_and_items_and_needs_some_noise():
    a, b, questions = drawn(16, 4, 4)
    found = difference(a, b, questions)
    now = minimum_detectable_effect([found])
    assert now == minimum_detectable_effect([found, found], seeds=4, items=21)
    assert minimum_detectable_effect([found], seeds=8) < now
    assert minimum_detectable_effect([found], items=84) < now
    assert minimum_detectable_effect([found], alpha=0.01) > now
    with pytest.raises(ValueError, match="noise is not known"):
        minimum_detectable_effect([difference(a, b[:1], questions)])
    with pytest.raises(ValueError, match="differ"):
        minimum_detectable_effect([found, difference(a, b, questions, Measure.WORST)])
    still = difference(np.ones((2, 21)), np.ones((2, 21)), Questions(LABELS))
    assert minimum_detectable_effect([still]) == 0
