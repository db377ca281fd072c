"""Damage signals: the arithmetic against loops in double precision, and how tokens become a sample."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logits import KINDS, logits
from slow_signals import slow, slow_aggregates

from paser_core.config import Aggregate, DivergenceConfig, SelectionConfig
from paser_core.errors import ConfigError
from paser_core.registry import SIGNALS
from paser_core.stages.divergence import jsd, measured_signals, signal_of, temperature_nodes
from paser_core.stages.divergence.compared import COMPILED
from paser_core.stages.divergence.kernel import compare, compare_compiled
from paser_core.stages.divergence.kernel_torch import compare_torch
from paser_core.stages.divergence.signal import aggregated, signal_values

NODES = temperature_nodes(25)
FORMS = [compare_compiled, compare_torch]


def read(form, a, b, following):
    pair = torch.from_numpy(a), torch.from_numpy(b)
    return form(*pair, NODES, torch.from_numpy(following)).compiled


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("vocabulary", [2, 17, 1000])
def test_every_signal_is_what_its_definition_says(form, kind, vocabulary):
    a, b = logits(kind, 4, vocabulary, seed=vocabulary)
    following = np.random.default_rng(1).integers(vocabulary, size=4)
    found = read(form, a, b, following)
    for row in range(4):
        expected = slow(a[row], b[row], following[row])
        for value, name in zip(found[row], COMPILED, strict=True):
            assert value == pytest.approx(expected[name], rel=2e-6, abs=5e-6), (
                name
            )  # logits are rounded to 2^-24


def test_a_vocabulary_of_a_real_model_keeps_the_accuracy():
    a, b = logits(KINDS["usual"], 2, 32_000, seed=5)
    found = read(compare, a, b, np.array([7, 31_999]))
    for row, token in enumerate((7, 31_999)):
        expected = slow(a[row], b[row], token)
        np.testing.assert_allclose(found[row], [expected[n] for n in COMPILED], atol=3e-6)


@pytest.mark.parametrize("form", FORMS)
def test_the_divergence_is_to_the_last_bit_what_it_is_without_them(form):
    a, b = (torch.from_numpy(x) for x in logits(KINDS["usual"], 5, 999, seed=8))
    alone = form(a, b, NODES, None).bits
    np.testing.assert_array_equal(form(a, b, NODES, torch.zeros(5, dtype=torch.long)).bits, alone)
    if form is compare_compiled:
        np.testing.assert_array_equal(jsd(a, b, NODES), alone)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_identical_models_have_no_damage_by_any_signal(form, kind):
    a, _ = logits(kind, 4, 3000, seed=1)
    assert (read(form, a, a.copy(), np.arange(4)) == 0.0).all()


@pytest.mark.parametrize("form", FORMS)
def test_of_equal_tops_the_first_counts_as_greedy_decoding_takes_it(form):
    a = np.zeros((3, 40), np.float32)
    a[:, [5, 20]] = 4.0
    b = a.copy()
    b[1, 2] = 4.0  # an earlier one drew level
    b[2, 30] = 4.0  # a later one did
    assert read(form, a, b, np.zeros(3, np.int64))[:, 3].tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("form", FORMS)
def test_what_one_model_rules_out_counts_much_but_stays_a_number(form):
    a, b = logits(KINDS["usual"], 3, 40, seed=6)
    expected = read(form, a[:, :30].copy(), b[:, :30].copy(), np.arange(3))
    a[:, 30:] = b[:, 30:] = -np.inf  # as models mask what is no token
    np.testing.assert_allclose(read(form, a, b, np.arange(3)), expected, atol=2e-6)
    b[0, 0] = -np.inf  # the compressed model alone rules out what comes next
    kl, back, gap, _ = read(form, a, b, np.arange(3))[0]
    assert gap == 1e4
    assert np.isfinite(kl)
    assert kl > 10 * back >= 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_row_that_is_not_finite_has_no_signal_and_the_others_do(form, value):
    a, b = logits(KINDS["usual"], 3, 100, seed=2)
    b[1, 7] = value
    found = read(form, a, b, np.arange(3))
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False]
    assert np.isfinite(found[[0, 2]]).all()


@settings(deadline=None, max_examples=40)
@given(
    vocabulary=st.integers(2, 300),
    scale=st.floats(0.01, 50),
    noise=st.floats(0, 50),
    seed=st.integers(0, 2**31),
)
def test_there_and_back_change_places_with_the_models(vocabulary, scale, noise, seed):
    a, b = logits((scale, noise, 0, 0), 3, vocabulary, seed)
    following = np.random.default_rng(seed).integers(vocabulary, size=3)
    kl, back, gap, top = read(compare, a, b, following).T
    swapped = read(compare, b, a, following).T
    np.testing.assert_allclose(swapped, [back, kl, -gap, top], rtol=1e-5, atol=1e-5)
    assert (kl >= 0).all()
    assert (back >= 0).all()


def test_every_signal_is_made_out_of_the_pass():
    a, b = (torch.from_numpy(x) for x in logits(KINDS["usual"], 5, 50, seed=3))
    known = {name: signal_of(name) for name in SIGNALS}
    compared = compare(a, b, NODES, torch.arange(5))
    values = dict(zip(known, signal_values(compared, NODES, known).T, strict=True))
    np.testing.assert_array_equal(values["jsd"], jsd(a, b, np.array([1.0]))[:, 0])
    np.testing.assert_array_equal(values["changed_gap"], values["loss_gap"] * values["top1"])
    assert set(values["top1"]) <= {0.0, 1.0}


# --- tokens become a sample ------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(
    values=st.lists(st.floats(-5, 20, width=32), min_size=1, max_size=130),
)
def test_aggregates_are_those_of_a_loop(values):
    tokens = np.array(values, np.float32)[:, None]
    expected = slow_aggregates(tokens[:, 0])
    (found,) = aggregated(np.repeat(tokens, 2, axis=1))[:1]
    np.testing.assert_allclose(found, [expected[a] for a in Aggregate], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("count", "few"), [(1, 1), (9, 1), (10, 1), (11, 2), (30, 3), (31, 4)])
def test_the_worst_tenth_is_rounded_up_and_is_one_token_at_least(count, few):
    tokens = np.zeros((count, 1), np.float32)
    tokens[0] = 1.0
    assert aggregated(tokens)[0, list(Aggregate).index(Aggregate.WORST)] == pytest.approx(1 / few)


def test_a_token_without_a_number_leaves_the_sample_without_one():
    tokens = np.ones((12, 2), np.float32)
    tokens[4, 1] = np.nan
    found = aggregated(tokens)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


# --- what is asked for -----------------------------------------------------------------------


def test_equal_choices_of_signals_are_equal_and_a_wrong_one_is_named():
    assert DivergenceConfig(signals=["top1", "jsd", "kl", "kl"]).signals == ("kl", "top1")
    assert measured_signals(("kl",)) == ("jsd", "kl")
    with pytest.raises(ConfigError, match=r"signals\[1\] is 'ent'.*accepted: jsd, kl, "):
        DivergenceConfig(signals=["kl", "ent"])
    with pytest.raises(ConfigError, match=r"selection\.signal is 'kll'.*Did you mean 'kl'"):
        SelectionConfig(signal="kll")


def test_the_paper_s_choice_is_the_default_and_the_only_one_with_a_temperature():
    assert SelectionConfig() == SelectionConfig(signal="jsd", aggregate="mean")
    assert SelectionConfig().tempered
    assert not SelectionConfig(signal="kl").tempered
    assert not SelectionConfig(aggregate="sum").tempered
