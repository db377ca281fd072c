"""Pilot recoveries: the gain matrix is real, and seats by it are the best there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize
from slow_reading import SlowReader
from transformers import AutoModelForCausalLM

from paser_core.config import ScoresConfig
from paser_core.errors import ConfigError, ModelError, RunError, SelectionError
from paser_core.measure.scores import pilots
from paser_core.measure.scores.gains import recovered_shares
from paser_core.measure.scores.make import Scorer, make_scores
from paser_core.models.loading import load_tokenizer
from paser_core.selection import Setting
from paser_core.selection.of_run import candidates, select_from_run
from paser_core.selection.selectors.paser_recoverable import best_tokens, rates_of, seats_by_gain


def mean_left(rates, tokens):
    return np.exp(-tokens @ rates).mean()


def test_no_other_split_brings_back_more():
    """Against every split of a fine grid, for gains that cross and harm."""
    chance = np.random.default_rng(4)
    for _ in range(20):
        rates = chance.normal(1.0, 1.5, (3, 4))
        most = chance.uniform(0.3, 1.5, 3)
        budget = 0.6 * most.sum()
        found = best_tokens(rates, most, budget)
        assert found.sum() == pytest.approx(budget)
        assert (found >= 0).all()
        assert (found <= most + 1e-9).all()
        steps = np.linspace(0, 1, 121)
        first, second = np.meshgrid(steps * most[0], steps * most[1])
        third = budget - first - second
        able = (third >= 0) & (third <= most[2])
        grid = np.stack([first[able], second[able], third[able]], axis=1)
        best = np.exp(-grid @ rates).mean(axis=1).min()
        assert mean_left(rates, found) <= best + 1e-6


@pytest.mark.parametrize("spread", [0.1, 0.5, 2.0, 20.0])
def test_no_exchange_between_two_clusters_helps_in_pools_of_any_shape(spread):
    """Sizes over five orders of magnitude, pilots that harm a lot: where a solver left alone gives up."""
    chance = np.random.default_rng(int(10 * spread))
    for clusters in (1, 2, 8, 60, 120):
        shares = np.clip(chance.normal(0.1, spread, (clusters, max(clusters // 2, 1))), -1, 0.95)
        rates = -np.log1p(-shares) / chance.uniform(20, 9000, (clusters, 1))
        stock = np.exp(chance.normal(6, 3, clusters))
        budget = 0.1 * stock.sum()
        found = best_tokens(rates, stock, budget)
        assert found.sum() == pytest.approx(budget)
        assert (found >= 0).all()
        assert (found <= stock * (1 + 1e-9)).all()
        # d log(mean of exp) by the tokens of each cluster, term by term.
        rest = [sum(found[i] * rates[i, j] for i in range(clusters)) for j in range(len(rates[0]))]
        parts = np.exp(min(rest) - np.array(rest))
        slope = np.array([-(rate * parts).sum() / parts.sum() for rate in rates])
        most = float(budget * 1e-3)  # what a thousandth of the budget, moved, can bring at most
        gives, takes = found > most, found < stock - most
        if gives.any() and takes.any():
            assert most * (slope[gives].max() - slope[takes].min()) < 1e-3


def test_a_split_that_is_not_the_best_is_no_split(monkeypatch):
    def stuck(_, start, **__):
        return optimize.OptimizeResult(x=start, success=False, message="It is stuck.")

    monkeypatch.setattr(optimize, "minimize", stuck)
    rates, stock = np.diag([1.0, 0.1]), np.array([10.0, 10.0])
    with pytest.raises(SelectionError, match=r"no best split of 4 tokens.*It is stuck"):
        best_tokens(rates, stock, 4.0)
    # What a solver says of itself is not asked: alike clusters are best split evenly.
    assert best_tokens(np.eye(2), stock, 4.0).tolist() == [2.0, 2.0]


def test_clusters_that_help_only_themselves_are_filled_like_water():
    """Closed form: where a_i exp(−a_i t_i) is the same for all that get any."""
    own = np.array([2.0, 1.0, 0.5, 0.01])
    found = best_tokens(np.diag(own), np.full(4, 100.0), 3.0)
    slopes = own * np.exp(-own * found)
    served = found > 1e-6
    assert served.tolist() == [True, True, True, False]
    np.testing.assert_allclose(slopes[served], slopes[0], rtol=1e-4)
    assert (slopes[~served] <= slopes[0]).all()


def test_rates_give_the_pilot_back():
    before, original = np.array([1.0, 0.8, 0.3]), np.array([0.5, 0.4, 0.3])
    after = np.array([[0.6, 0.8, 0.3], [0.9, 0.5, 0.2], [1.1, 0.39, 0.3]])
    shares = recovered_shares(before, original, after)
    np.testing.assert_allclose(shares[:, :2], [[0.8, 0.0], [0.2, 0.75], [-0.2, 1.025]])
    assert np.isnan(shares[:, 2]).all()  # nothing was lost there
    tokens = np.array([10.0, 20.0, 5.0])
    rates = rates_of(before, original, after, tokens)
    assert rates.shape == (3, 2)
    back = 1 - np.exp(-rates * tokens[:, None])
    np.testing.assert_allclose(back, np.minimum(shares[:, :2], 0.95))
    # Where nothing was lost anywhere, nothing is to be brought back: by size.
    even = best_tokens(np.empty((3, 0)), np.array([1.0, 2.0, 1.0]), 2.0)
    np.testing.assert_allclose(even, [0.5, 1.0, 0.5])


def test_pilots_are_real_and_seats_follow_them(run):
    config = ScoresConfig(subset_size=6, held_out=12, lr=1e-3)
    scores = make_scores(run, "gains", config)
    made = scores.manifest["gains"]
    known = made["clusters"]
    sizes = np.bincount(run.labels[run.valid & (run.labels >= 0)], minlength=run.n_clusters)
    assert known == [k for k in range(run.n_clusters) if sizes[k] >= 2]
    after = np.array(made["after"])
    assert after.shape == (len(known), len(known))
    # Every training has changed every cluster's loss, each in its own way.
    assert (np.abs(after - np.array(made["before"])) > 1e-6).all()
    assert len(np.unique(after.round(6), axis=0)) == len(known)
    # The losses before are those of the two models, read slowly, on as many samples as are told.
    for role, name in (("compressed", "before"), ("original", "original")):
        reader = SlowReader(role)
        slow = [
            np.mean([_loss(reader, run, row) for row in _held_out(run, scores, k)]) for k in known
        ]
        np.testing.assert_allclose(made[name], slow, rtol=1e-4)

    setting = Setting.of(run, selector="paser-recoverable", budget=0.3, scores=config)
    selection = select_from_run(run, setting)
    weights = seats_by_gain(candidates(run, setting))
    taken = np.bincount(run.labels[selection.rows], minlength=run.n_clusters)
    best = int(np.nanargmax(weights / np.maximum(sizes, 1)))
    assert taken[best] > 0
    assert np.isnan(weights[[k for k in range(run.n_clusters) if k not in known]]).all()

    # How pilots are read is no part of them: nothing is trained again, and the seats are others.
    wider = replace(config, seats_at=0.9)
    pool = candidates(run, setting.changed(scores=wider))
    assert pool.scored_facts("gains") == made
    assert not np.allclose(seats_by_gain(pool), weights, rtol=1e-3, equal_nan=True)
    # Each pilot brings nearly everything back in its own cluster, the first little.
    original = np.array(made["original"])
    back = np.diag([0.3] + [0.99] * (len(known) - 1))
    told = made | {"before": (original + 1).tolist(), "after": (original + 1 - back).tolist()}
    seats = []
    for limit in (0.5, 0.95):
        asked = candidates(run, setting.changed(scores=replace(config, recovered_limit=limit)))
        seen = replace(asked.scores, manifest=asked.scores.manifest | {"gains": told})
        seats.append(seats_by_gain(replace(asked, scores=seen)))
    assert not np.allclose(*seats, rtol=1e-3, equal_nan=True)


def _loss(reader, run, row):
    return np.mean(reader.losses(*reader.split(run.conversation(int(row)).messages)))


def _held_out(run, scores, cluster):
    made = scores.manifest["gains"]
    ids = made["held_out"][made["clusters"].index(cluster)]
    return [run.row_of[one] for one in ids]


def test_a_model_in_memory_is_refused_in_one_sentence(run):
    name = run.manifest["models"]["compressed"]["name"]
    live = Scorer(AutoModelForCausalLM.from_pretrained(name), load_tokenizer(name))
    with pytest.raises(ModelError, match="in memory"):
        make_scores(run, "gains", ScoresConfig(lr=2e-3), scorer=live)


def test_the_original_must_have_the_weights_that_were_measured(run):
    run.manifest["models"]["original"] |= {"name": run.manifest["models"]["compressed"]["name"]}
    with pytest.raises(RunError, match="not the weights"):
        make_scores(run, "gains", ScoresConfig(subset_size=6, held_out=12, lr=2e-3))


def test_pilots_of_the_original_are_refused(run):
    with pytest.raises(ConfigError, match=r"scores\.model is original"):
        make_scores(run, "gains", ScoresConfig(model="original"))


def test_a_pilot_that_diverges_names_the_field(run):
    config = ScoresConfig(subset_size=6, held_out=12, lr=1.0)
    with pytest.raises(SelectionError, match=r"diverged.*scores\.lr"):
        make_scores(run, "gains", config)


def test_a_loss_that_is_no_number_is_not_taken_for_nothing_lost(run, monkeypatch):
    monkeypatch.setattr(pilots, "mean_losses", lambda batch, *_: np.full(len(batch), np.nan))
    with pytest.raises(SelectionError, match=r"12 of 12 samples kept apart no finite loss"):
        make_scores(run, "gains", ScoresConfig(subset_size=6, held_out=12, lr=3e-3))
