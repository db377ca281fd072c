"""The arithmetic: against float64 loops written without any of the kernel's tricks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logits import KINDS, logits

from paser_core.stages.divergence import jsd, temperature_nodes
from paser_core.stages.divergence.kernel_torch import compare_torch

NODES = temperature_nodes(25)


def jsd_torch(original, compressed, temperatures):
    """The form that accelerators use."""
    return compare_torch(original, compressed, temperatures, None).bits


def oracle(a, b, temperature):
    """Two softmaxes, the mixture, two Kullback–Leibler divergences; one entry at a time."""
    a = [float(x) / temperature for x in a]
    b = [float(x) / temperature for x in b]
    top_a, top_b = max(a), max(b)
    exp_a = [math.exp(x - top_a) for x in a]
    exp_b = [math.exp(x - top_b) for x in b]
    total_a, total_b = math.fsum(exp_a), math.fsum(exp_b)
    left, right = [], []
    for x, y in zip(exp_a, exp_b, strict=True):
        p, q = x / total_a, y / total_b
        if p > 0:
            left.append(p * math.log2(2 * p / (p + q)))
        if q > 0:
            right.append(q * math.log2(2 * q / (p + q)))
    return (math.fsum(left) + math.fsum(right)) / 2


@pytest.mark.parametrize("form", [jsd, jsd_torch])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("vocabulary", [2, 17, 1000])
def test_agrees_with_the_oracle_at_every_node(form, kind, vocabulary):
    a, b = logits(kind, 3, vocabulary, seed=vocabulary)
    got = form(torch.from_numpy(a), torch.from_numpy(b), NODES)
    expected = [[oracle(x, y, t) for t in NODES] for x, y in zip(a, b, strict=True)]
    # Rounding of the argument of exp: 1e-6 while the logits are of the size that models produce.
    np.testing.assert_allclose(
        got, expected, rtol=0, atol=4e-6 if kind == KINDS["extreme"] else 2e-6
    )


def test_a_vocabulary_of_a_real_model_keeps_the_accuracy():
    a, b = logits(KINDS["usual"], 1, 32_000, seed=5)
    got = jsd(torch.from_numpy(a), torch.from_numpy(b), NODES)[0]
    np.testing.assert_allclose(got, [oracle(a[0], b[0], t) for t in NODES], rtol=0, atol=2e-6)


@pytest.mark.parametrize("form", [jsd, jsd_torch])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_identical_logits_give_exactly_zero(form, kind):
    a, _ = logits(kind, 4, 3000, seed=1)
    assert (form(torch.from_numpy(a), torch.from_numpy(a.copy()), NODES) == 0.0).all()


@pytest.mark.parametrize("form", [jsd, jsd_torch])
def test_disjoint_certainties_give_one_bit(form):
    a, b = torch.zeros(1, 50), torch.zeros(1, 50)
    a[0, 3] = b[0, 30] = 500.0
    np.testing.assert_allclose(form(a, b, NODES), 1.0, rtol=0, atol=1e-6)


@pytest.mark.parametrize("form", [jsd, jsd_torch])
@pytest.mark.parametrize("size", [1e4, 1e10, 1e20, 1e30, 3e38])
def test_certainties_of_any_size_that_disagree_give_one_bit(form, size):
    rng = np.random.default_rng(0)
    a, b = (torch.from_numpy(rng.normal(size=(2, 50)).astype(np.float32)) for _ in range(2))
    a[:, 3] = b[:, 30] = size
    a[1, 7], b[1, 8] = -size, -size
    np.testing.assert_allclose(form(a, b, NODES), 1.0, rtol=0, atol=1e-6)
    assert (form(a, a.clone(), NODES) == 0.0).all()


@pytest.mark.parametrize("form", [jsd, jsd_torch])
def test_a_logit_of_minus_infinity_is_a_probability_of_zero(form):
    a, b = (torch.from_numpy(x) for x in logits(KINDS["usual"], 3, 40, seed=6))
    expected = form(a[:, :30], b[:, :30], NODES)
    a[:, 30:] = b[:, 30:] = -math.inf  # as models mask what is no token
    np.testing.assert_allclose(form(a, b, NODES), expected, rtol=0, atol=1e-6)
    b[:, :30], b[:, 30:] = -math.inf, 0.0
    np.testing.assert_allclose(form(a, b, NODES), 1.0, rtol=0, atol=1e-6)
    b[:] = -math.inf
    assert np.isnan(form(a, b, NODES)).all()


@pytest.mark.parametrize("form", [jsd, jsd_torch])
@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("which", [0, 1])
def test_a_row_that_is_not_finite_is_nan_and_the_others_are_not(form, value, which):
    pair = [torch.from_numpy(x) for x in logits(KINDS["usual"], 3, 100, seed=2)]
    pair[which][1, 7] = value
    got = form(*pair, NODES)
    assert np.isnan(got).all(axis=1).tolist() == [False, True, False]
    assert not np.isnan(got[[0, 2]]).any()


@settings(deadline=None, max_examples=40)
@given(
    vocabulary=st.integers(2, 300),
    scale=st.floats(0.01, 50),
    noise=st.floats(0, 50),
    shift=st.floats(-100, 100),
    seed=st.integers(0, 2**31),
)
def test_symmetric_bounded_and_blind_to_a_constant(vocabulary, scale, noise, shift, seed):
    a, b = (torch.from_numpy(x) for x in logits((scale, noise, 0, 0), 2, vocabulary, seed))
    there, back = jsd(a, b, NODES), jsd(b, a, NODES)
    np.testing.assert_allclose(there, back, rtol=0, atol=2e-6)
    assert (there >= 0).all()
    assert (there <= 1).all()
    # Adding the constant rounds the logits themselves, by up to 2^-24 of their size.
    rounding = 8 * 2**-24 * float((a + shift).abs().max()) / NODES[0] + 4e-6
    np.testing.assert_allclose(jsd(a + shift, b, NODES), there, rtol=0, atol=rounding)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_logits_are_computed_in_single(dtype):
    a, b = (torch.from_numpy(x).to(dtype) for x in logits(KINDS["usual"], 2, 500, seed=3))
    np.testing.assert_array_equal(jsd(a, b, NODES), jsd(a.float(), b.float(), NODES))


def test_rows_do_not_depend_on_their_neighbors_or_threads():
    a, b = (torch.from_numpy(x) for x in logits(KINDS["usual"], 7, 999, seed=4))
    together = jsd(a, b, NODES)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        np.testing.assert_array_equal(jsd(a, b, NODES), together)
    finally:
        torch.set_num_threads(threads)
    alone = np.concatenate([jsd(a[i : i + 1], b[i : i + 1], NODES) for i in range(7)])
    np.testing.assert_array_equal(alone, together)


def test_logits_of_different_shape_are_a_defect():
    with pytest.raises(ValueError, match="differ in shape"):
        jsd(torch.zeros(1, 3), torch.zeros(1, 4), NODES)
