"""What a selection hangs on, against selecting again and counting with sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from paser_core.compare import (
    Axis,
    as_it_is,
    chance_kept,
    other_numbers,
    over_clusterings,
    over_damage,
    recluster,
)
from paser_core.compare.variations import settings_along
from paser_core.runs import Run
from paser_core.runs.signals import measured_signals
from paser_core.selection import Clusters, Setting
from paser_core.selection.of_run import select_from_run

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
SETTING = Setting(400)


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


@pytest.fixture(scope="module")
def own(run):
    setting = SETTING.changed(forced_in=(run.ids[3],), forced_out=(run.ids[4],))
    return select_from_run(run, setting), setting


@pytest.mark.parametrize("axis", [Axis.TEMPERATURE, Axis.SIGNAL])
def test_damage_is_varied_as_a_new_selection_would(run, own, axis):
    selection, setting = own
    spread = over_damage(run, selection, setting, axis)
    asked = settings_along(run, setting, axis)
    assert [one.label for one in spread.varied] == [label for label, _ in asked]
    before = set(selection.rows.tolist())
    for one, (_, other) in zip(spread.varied, asked, strict=True):
        again = select_from_run(run, other)
        rows = again.rows.tolist()
        assert one.kept == pytest.approx(len(before & set(rows)) / len(before))
        assert one.n == len(rows)
        shares = [sum(run.labels[r] == k for r in rows) / len(rows) for k in range(run.n_clusters)]
        assert one.shares == pytest.approx(shares)
        assert one.cds == pytest.approx(again.ranking.cds)
        order = sorted(range(run.n_clusters), key=lambda k: -again.ranking.cds[k])
        assert [order.index(k) + 1 for k in range(run.n_clusters)] == one.ranks.tolist()
    low, mean, high = spread.kept
    kept = [one.kept for one in spread.varied]
    assert (low, high) == (min(kept), max(kept))
    assert mean == pytest.approx(sum(kept) / len(kept))


def test_all_signals_but_the_own_one_are_varied(run):
    names = set(measured_signals(run))
    for own_signal in ("jsd", "kl"):
        asked = settings_along(run, SETTING.changed(signal=own_signal), Axis.SIGNAL)
        assert {str(s.signal) for _, s in asked} == names - {own_signal}
    assert not settings_along(run, SETTING.changed(signal="kl"), Axis.TEMPERATURE)
    assert not settings_along(run, SETTING.changed(selector="random"), Axis.SIGNAL)
    with pytest.raises(ValueError, match="clustering of its own"):
        settings_along(run, SETTING, Axis.SEED)


def test_the_same_clusters_change_nothing_and_halves_of_one_share_its_mean(run, own):
    selection, setting = own
    same = Clusters(run.labels, run.n_clusters)
    # Every cluster in two, by the parity of the row.
    labels = np.where(run.labels >= 0, 2 * run.labels + np.arange(run.n) % 2, -1).astype(np.int32)
    halves = Clusters(labels, 2 * run.n_clusters)
    named = [("same", same), ("halves", halves)]
    first, second = over_clusterings(selection, setting, Axis.CLUSTERS, named).varied
    now = as_it_is(selection)
    assert first.kept == now.kept == 1
    assert first.cds == pytest.approx(now.cds)
    assert first.ranks.tolist() == now.ranks.tolist()
    assert first.shares == pytest.approx(now.shares)
    # The mean over a cluster of the means of its halves, each by its size, is the cluster's mean.
    assert second.cds == pytest.approx(now.cds)
    assert second.kept < 1


def test_other_clusters_give_the_mean_that_samples_count_with(run, own):
    selection, setting = own
    clusters = recluster(run, run.config.seed, n_clusters=5)
    assert clusters.n_clusters == 5
    (one,) = over_clusterings(selection, setting, Axis.CLUSTERS, [("K = 5", clusters)]).varied
    pool = selection.ranking.candidates
    damage = pool.divergence
    usable = [r for r in range(run.n) if pool.valid[r] and np.isfinite(damage[r])]
    means = [np.mean([damage[r] for r in usable if clusters.labels[r] == k]) for k in range(5)]
    for k in range(0, run.n_clusters, 4):
        mine = [means[clusters.labels[r]] for r in usable if run.labels[r] == k]
        assert one.cds[k] == pytest.approx(np.mean(mine))


def test_chance_is_what_draws_keep(run, own):
    selection, _ = own
    usable = np.flatnonzero(selection.ranking.candidates.usable)
    chance, before = np.random.default_rng(0), selection.rows
    drawn = [
        np.isin(before, chance.choice(usable, len(before), replace=False)).mean()
        for _ in range(400)
    ]
    assert chance_kept(selection) == pytest.approx(np.mean(drawn), abs=0.005)


@pytest.mark.parametrize(("k", "n"), [(14, 4178), (2, 100), (3, 8), (1, 50)])
def test_other_numbers_are_others_that_the_samples_fill(k, n):
    numbers = other_numbers(k, n)
    assert k not in numbers
    assert all(2 <= number <= n // 2 for number in numbers)
    assert list(numbers) == sorted(set(numbers))
