"""Damage beside gain, and the rank correlation with its interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from paser_core.study.assumption import damaged, measures, together
from paser_core.study.retained import Arm, retained

_CHOSEN = {"selector": "ifd", "budget": "5 %", "recovery": "sft"}


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


def test_several_compressions_together_have_the_mean_of_their_own_correlations(made):
    found = retained(made)
    groups = damaged(made, found, **_CHOSEN, signal="jsd", aggregate="mean")
    own = [stats.spearmanr(group.damage, group.gained).statistic for group in groups]
    known = together(groups, [group.gained for group in groups])
    assert known.rho == pytest.approx(np.mean(own))
    assert (known.n, known.clusters) == (24, 12)
