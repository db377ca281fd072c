"""Damage beside gain, and the rank correlation with its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from paser_core.study.assumption import damaged, measures, rank_correlation
from paser_core.study.retained import Arm, retained

_CHOSEN = {"selector": "ifd", "budget": "5 %", "recovery": "sft"}


def test_rho_is_that_of_scipy_with_ties_and_gaps():
    draw = np.random.default_rng(0)
    for n in (2, 3, 5, 12, 40):
        x, y = draw.integers(0, 6, (2, n)).astype(float)
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        found = rank_correlation([*x, math.nan, 1.0], [*y, 2.0, math.nan])
        assert found.rho == pytest.approx(stats.spearmanr(x, y).statistic)
        assert found.n == n
        assert math.isnan(found.low) == (n < 4)


def test_the_interval_holds_the_true_rho_as_often_as_it_says():
    draw = np.random.default_rng(1)
    r, held, times = 0.6, 0, 3000
    true = 6 / math.pi * math.asin(r / 2)  # Spearman's rho of a bivariate normal
    for _ in range(times):
        x, e = draw.standard_normal((2, 12))
        found = rank_correlation(x.tolist(), (r * x + math.sqrt(1 - r**2) * e).tolist())
        held += found.low <= true <= found.high
    assert 0.925 <= held / times <= 0.975


def test_what_cannot_be_told_is_no_number():
    assert math.isnan(rank_correlation([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0]).rho)
    assert math.isnan(rank_correlation([], []).rho)
    same = rank_correlation([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 9.0])
    assert (same.rho, same.low, same.high) == (pytest.approx(1), pytest.approx(1), pytest.approx(1))


def test_loss_and_gain_are_those_of_the_same_questions(made):
    found = retained(made)
    rows = made.damage.to_dict("records")
    groups = damaged(made, found, **_CHOSEN, signal="kl", aggregate="max")
    assert [group.compression for group in groups] == ["magnitude", "wanda"]
    for group in groups:
        arm = found.of(Arm(group.compression, *_CHOSEN.values()))
        assert group.seeds == len(arm.keys) == 2
        assert group.unmatched == ()
        for i, name in enumerate(group.capabilities):
            (own,) = [
                row["damage"]
                for row in rows
                if (row["compression"], row["capability"], row["signal"], row["aggregate"])
                == (group.compression, name, "kl", "max")
            ]
            asked = made.questions("test")["capability"] == name
            of = {one: made.of_model(one)[asked].mean() for one in ("original", group.compression)}
            after = np.mean(
                [row[asked].mean() for row in made.arm(group.compression, *_CHOSEN.values())]
            )
            assert group.damage[i] == own
            assert group.lost[i] == pytest.approx(of["original"] - of[group.compression])
            assert group.gained[i] == pytest.approx(after - of[group.compression])


def test_capabilities_without_damage_are_named_and_an_arm_without_seeds_gains_nothing(made):
    found = retained(made)
    made.damage.loc[made.damage["capability"] == "logic", "capability"] = "reasoning"
    try:
        group = damaged(
            made,
            found,
            selector="ifd",
            budget="7 %",
            recovery="sft",
            signal="jsd",
            aggregate="mean",
        )[0]
    finally:
        made.damage.loc[made.damage["capability"] == "reasoning", "capability"] = "logic"
    assert group.unmatched == ("logic",)
    assert len(group.capabilities) == 11
    assert (group.seeds, np.isnan(group.gained).all()) == (0, True)
    assert measures(made) == {"jsd": ("mean", "max"), "kl": ("mean", "max")}
