"""What is covered: one number, wherever it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selected import QUICK, rows_by
from tiny_pools import make, rankings

from paser_core.compare import worth
from paser_core.config import SelectionConfig
from paser_core.explain.gains import gains
from paser_core.runs import Run
from paser_core.selection import Setting, rank_samples
from paser_core.selection.covered import Covered, coverable
from paser_core.selection.curves import marginal_curves
from paser_core.selection.of_run import select_from_run
from paser_core.stages.concepts import filter_concepts

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def demo():
    return Run.open(DEMO)


@given(rankings(("paser", "random", "divergence")), st.data())
def test_it_is_the_share_of_the_damage_sample_by_sample(ranking, data):
    found, c = Covered.of(ranking), ranking.candidates
    budget = data.draw(st.integers(0, len(found.rows)))
    taken = {r for r in range(c.n) if 0 < ranking.rank[r] <= budget}
    measured = [r for r in range(c.n) if c.valid[r] and c.labels[r] >= 0]
    total = sum(c.divergence[r] for r in measured)
    inside = sum(c.divergence[r] for r in measured if r in taken)
    np.testing.assert_allclose(found.share[budget], inside / total if total else np.nan)
    for k, share in enumerate(found.at(budget)):
        whole = sum(c.divergence[r] for r in measured if c.labels[r] == k)
        part = sum(c.divergence[r] for r in measured if c.labels[r] == k and r in taken)
        np.testing.assert_allclose(share, part / whole if whole else np.nan)
        seats = int((found.places(k) < budget).sum())
        np.testing.assert_allclose(found.share_of(k)[seats], share)


def test_what_has_become_better_takes_nothing_off_and_what_is_unknown_counts_nowhere():
    damage = np.array([0.5, -2.0, np.nan, 0.5, 0.5])
    labels, valid = np.array([0, 0, 0, -1, 0], np.int32), np.array([1, 1, 1, 1, 0], bool)
    assert coverable(damage, labels, valid).tolist() == [0.5, 0, 0, 0, 0]
    pool = make(damage[:3], [8] * 3, [0] * 3, [[]] * 3)
    found = Covered.of(rank_samples(pool, SelectionConfig(1.0, selector="random")))
    assert found.total == 0.5
    assert found.share[-1] == 1
    assert found.measured.sum() == 2


@pytest.mark.parametrize("selector", [name for name in QUICK if name != "full"])
def test_pages_report_and_comparison_have_the_same_number(demo, selector):
    setting = Setting(0.2, selector=selector)
    selection = select_from_run(demo, setting)
    table = filter_concepts(demo.concepts, setting.concepts)
    expected = worth(demo, rows_by(selector, demo, setting), setting, table).covered
    assert marginal_curves(selection).now == pytest.approx(expected)
    if (found := gains(selection)) is not None:
        assert found.carried == pytest.approx(expected)


def test_what_a_selector_leaves_out_is_damage_all_the_same(demo):
    pool = select_from_run(demo, Setting(0.2)).ranking.candidates
    out = replace(pool, left_out=["too short" if row % 2 else None for row in range(pool.n)])
    ranking = rank_samples(pool, SelectionConfig(1.0))
    half = replace(ranking, candidates=out)
    assert Covered.of(half).total == Covered.of(ranking).total
