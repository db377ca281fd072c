"""What other temperatures would select, against selections made one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paser_core.compare import over_temperature
from paser_core.compare.temperatures import TEMPERATURES, temperature_sentence
from paser_core.config import AllocationRule
from paser_core.runs import Run
from paser_core.selection import Overrides, Setting, rank_samples, resolve_budget
from paser_core.selection.of_run import candidates, rank_run, select_from_run
from paser_core.stages.scoring import cluster_scores

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


def made(run, knobs, overrides=None):
    def ranking_at(temperature):
        return rank_samples(
            candidates(run, replace(knobs, temperature=temperature)), knobs, overrides
        )

    return over_temperature(knobs.temperature, resolve_budget(knobs.budget, run.n), ranking_at)


@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_what_stays_is_what_both_selections_hold(run, temperature):
    knobs = Setting(0.15, temperature)
    found = made(run, knobs)
    ours = set(select_from_run(run, knobs).rows.tolist())
    assert set(TEMPERATURES) <= set(found.temperatures.tolist())
    assert (np.diff(found.temperatures) > 0).all()
    for place, other in enumerate(found.temperatures):
        theirs = set(select_from_run(run, Setting(0.15, float(other))).rows.tolist())
        assert found.kept[place] == pytest.approx(len(ours & theirs) / len(ours))
    assert found.kept[found.here] == 1
    assert found.temperatures[found.here] == pytest.approx(temperature)


def test_ranks_are_the_order_of_the_damage(run):
    found = made(run, Setting(0.2))
    for place, temperature in enumerate(found.temperatures):
        scores = cluster_scores(
            run.divergence_at(float(temperature)), run.labels, run.n_clusters, run.valid
        )
        np.testing.assert_allclose(found.cds[place], scores.cds)
        order = np.argsort(found.ranks[place])
        assert (np.diff(scores.cds[order]) <= 0).all()
        assert sorted(found.ranks[place]) == list(range(1, run.n_clusters + 1))


def test_chance_is_the_share_of_the_pool(run):
    found = made(run, Setting(0.2))
    usable = int(candidates(run, Setting()).usable.sum())
    assert found.chance == pytest.approx(resolve_budget(0.2, run.n) / usable, rel=1e-3)


def test_the_sentence_names_half_and_twice_the_temperature(run):
    found = made(run, Setting(0.2))
    assert "T = 0.5" in found.sentence
    assert "T = 2" in found.sentence
    assert f"{100 * found.kept_at(2.0):.1f} %" in found.sentence
    hottest = made(run, Setting(0.2, 4.0))
    assert hottest.neighbors == (2.0,)


@pytest.mark.parametrize("temperature", [0.25, 0.37, 1.0, 1.5, 2.9, 4.0])
def test_the_sentence_alone_is_that_of_all_temperatures(run, temperature):
    knobs, asked = Setting(0.2, temperature), []

    def ranking_at(t):
        asked.append(t)
        return rank_run(run, replace(knobs, temperature=t))

    budget = resolve_budget(0.2, run.n)
    assert temperature_sentence(temperature, budget, ranking_at) == made(run, knobs).sentence
    assert len(asked) <= 3


def test_forced_samples_stay_at_every_temperature(run):
    forced = tuple(int(r) for r in np.flatnonzero(run.valid & (run.labels >= 0))[:7])
    found = made(run, Setting(float(len(forced) + 1)), Overrides(forced_in=forced))
    assert (found.kept >= len(forced) / (len(forced) + 1) - 1e-12).all()


def test_the_rule_of_the_paper_has_its_own_answer(run):
    knobs = Setting(0.1, allocation=AllocationRule.PAPER)
    found = made(run, knobs)
    theirs = set(select_from_run(run, Setting(0.1, 2.0, AllocationRule.PAPER)).rows.tolist())
    ours = set(select_from_run(run, knobs).rows.tolist())
    assert found.kept_at(2.0) == pytest.approx(len(ours & theirs) / len(ours))


def test_an_empty_selection_says_so(run):
    found = made(run, Setting(0.0))
    assert np.isnan(found.kept).all()
    assert "Nothing is selected" in found.sentence
