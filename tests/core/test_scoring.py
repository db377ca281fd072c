"""Damage per cluster and efficiency per sample, against loops and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.selection.allocation import paper_floor, seat_sequence
from paser_core.stages.scoring import cluster_means, cluster_scores, efficiency

rows = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.5, 1.0, math.nan]),  # divergence
        st.integers(-1, 3),  # cluster
        st.booleans(),  # valid
    ),
    max_size=40,
)


def arrays(samples):
    divergence, labels, valid = zip(*samples, strict=True) if samples else ((), (), ())
    return np.array(divergence, float), np.array(labels, np.int32), np.array(valid, bool)


@given(rows)
@settings(max_examples=150, deadline=None)
def test_cds_is_the_mean_over_valid_measured_members(samples):
    cds, sizes = cluster_means(*arrays(samples)[:2], 4, arrays(samples)[2])
    for cluster in range(4):
        values = [d for d, k, ok in samples if k == cluster and ok and not math.isnan(d)]
        assert sizes[cluster] == len(values)
        mean = math.fsum(values) / len(values) if values else math.nan
        assert cds[cluster] == pytest.approx(mean, nan_ok=True)  # never zero for nothing


@given(rows)
@settings(max_examples=60, deadline=None)
def test_the_interval_holds_the_mean_and_stays_within_the_data(samples):
    divergence, labels, valid = arrays(samples)
    scores = cluster_scores(divergence, labels, 4, valid)
    for cluster in range(4):
        values = divergence[(labels == cluster) & valid & np.isfinite(divergence)]
        low, high = scores.low[cluster], scores.high[cluster]
        if len(values) < 2:
            assert math.isnan(low)
            assert math.isnan(high)
        else:
            assert values.min() - 1e-12 <= low <= high <= values.max() + 1e-12


def test_the_interval_is_that_of_the_central_limit_theorem():
    rng = np.random.default_rng(5)
    values = rng.beta(2, 6, 4000)
    scores = cluster_scores(values, np.zeros(4000, np.int32), 1, np.ones(4000, bool))
    half = 1.96 * values.std() / math.sqrt(len(values))
    assert scores.low[0] == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert scores.high[0] == pytest.approx(values.mean() + half, abs=0.15 * half)


@pytest.mark.parametrize("shape", [0.3, 3.0])
def test_the_interval_of_many_is_that_of_very_many_resamples(shape):
    rng = np.random.default_rng(8)
    values = rng.gamma(shape, size=5_001)
    drawn = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(20_000)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    scores = cluster_scores(values, np.zeros(len(values), np.int32), 1, np.ones(len(values), bool))
    # Of 20,000 the percentiles are known to 2 % of the half width; a thousand know them to 7 %.
    near = 0.04 * (high - low) / 2
    assert scores.low[0] == pytest.approx(low, abs=near)
    assert scores.high[0] == pytest.approx(high, abs=near)
    flat = cluster_scores(np.full(6_000, 0.5), np.zeros(6_000, np.int32), 1, np.ones(6_000, bool))
    assert (flat.low[0], flat.high[0]) == (0.5, 0.5)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """200 clusters of 50 draws each: 95 % intervals hold the true mean in 89 % to 99 % of them."""
    rng = np.random.default_rng(6)
    values = rng.beta(2, 6, (200, 50))
    labels = np.repeat(np.arange(200, dtype=np.int32), 50)
    scores = cluster_scores(values.ravel(), labels, 200, np.ones(labels.size, bool))
    covered = (scores.low <= 0.25) & (scores.high >= 0.25)
    assert 0.89 <= covered.mean() <= 0.99


def test_a_cluster_keeps_its_interval_when_others_come():
    values = np.random.default_rng(7).random(60)
    one = cluster_scores(values[:30], np.zeros(30, np.int32), 1, np.ones(30, bool), seed=4)
    labels = np.repeat([0, 1], 30).astype(np.int32)
    two = cluster_scores(values, labels, 2, np.ones(60, bool), seed=4)
    assert (one.low[0], one.high[0]) == (two.low[0], two.high[0])
    other = cluster_scores(values, labels, 2, np.ones(60, bool), seed=5)
    assert other.low[0] != two.low[0]


@given(st.floats(0, 1), st.integers(2, 10_000))
@settings(max_examples=100, deadline=None)
def test_efficiency_is_the_paper_s_formula(divergence, tokens):
    (ies,) = efficiency(np.array([divergence]), np.array([tokens], np.int64))
    assert ies == pytest.approx(divergence / math.log(tokens**2))


def test_a_sample_of_one_token_has_a_finite_efficiency():
    one, two = efficiency(np.array([0.5, 0.5]), np.array([1, 2], np.int64))
    assert one == two
    assert math.isfinite(one)


@given(
    st.lists(
        st.tuples(st.floats(0, 1) | st.just(math.nan), st.integers(0, 4), st.booleans()),
        max_size=50,
    ),
    st.integers(0, 60),
)
@settings(max_examples=150, deadline=None)
def test_what_is_not_measured_gets_nothing(samples, budget):
    """Leaving the unmeasured samples and clusters out altogether changes no seat of the others."""
    divergence, labels, valid = arrays(samples)
    cds, sizes = cluster_means(divergence, labels, 5, valid)
    known = [k for k in range(5) if sizes[k]]
    capacities = np.bincount(labels[labels >= 0], minlength=5)  # more than was measured
    for seats, alone in (
        (
            np.bincount(seat_sequence(cds, capacities, budget), minlength=5),
            np.bincount(seat_sequence(cds[known], capacities[known], budget), minlength=len(known)),
        ),
        (paper_floor(cds, budget, capacities), paper_floor(cds[known], budget, capacities[known])),
    ):
        assert [int(seats[k]) for k in known] == alone.tolist()
        assert all(seats[k] == 0 for k in range(5) if k not in known)
