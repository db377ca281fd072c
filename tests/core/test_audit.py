"""The audit of the clusters, against brute force, closed forms and scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from few_valid import with_few_valid
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import normalized_mutual_info_score

from paser_core.explain import audit, composition
from paser_core.explain.audit import half_in, overlapping
from paser_core.explain.composition import mutual_information
from paser_core.runs import Run
from paser_core.stages.scoring import cluster_scores

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"
numbers = st.floats(0, 1, allow_nan=False, width=32)


@pytest.fixture(scope="module")
def run():
    return Run.open(DEMO)


def standing(run, temperature):
    divergence = run.divergence_at(temperature)
    scores = cluster_scores(divergence, run.labels, run.n_clusters, run.valid, run.config.seed)
    return audit.standing(run, scores)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=8))
def test_intervals_overlap_exactly_when_they_share_a_value(pairs):
    low = np.array([min(p) for p in pairs])
    high = np.array([max(p) for p in pairs])
    found = overlapping(low, high)
    for i in range(len(pairs)):
        for j in range(len(pairs)):
            # Two closed intervals share a value exactly when one's lower end lies in the other.
            share = low[i] <= low[j] <= high[i] or low[j] <= low[i] <= high[j]
            assert found[i, j] == (share and i != j)


def test_intervals_that_are_not_known_overlap_with_nothing():
    nan = np.full(3, np.nan)
    assert not overlapping(nan, nan).any()


@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(0.001, 1)))
def test_half_in_is_the_smallest_share_that_holds_half(values):
    count = round(half_in(values) * len(values))
    largest = np.sort(values)[::-1]
    assert largest[:count].sum() >= values.sum() / 2 * (1 - 1e-9)
    assert largest[: count - 1].sum() < values.sum() / 2


@pytest.mark.parametrize("n", [2, 10, 1000])
def test_equal_values_hold_half_in_half(n):
    assert half_in(np.full(n, 0.1)) == 0.5
    assert half_in(np.r_[np.zeros(n - 1), 1.0]) == 1 / n


def test_half_of_nothing_is_unknown():
    assert np.isnan(half_in(np.zeros(4)))
    assert np.isnan(half_in(np.empty(0)))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=60))
def test_mutual_information_is_that_of_scikit_learn(pairs):
    table = np.zeros((5, 4), np.int64)
    for value, cluster in pairs:
        table[value, cluster] += 1
    expected = normalized_mutual_info_score([p[0] for p in pairs], [p[1] for p in pairs])
    assert mutual_information(table) == pytest.approx(expected, abs=1e-9)


def test_the_standing_says_what_the_run_folder_says_at_temperature_one(run):
    found = standing(run, 1.0)
    table = run.clusters
    np.testing.assert_allclose(found.cds, table["cds"], atol=1e-6)
    np.testing.assert_allclose(found.low, table["cds_low"], atol=1e-6)
    np.testing.assert_allclose(found.high, table["cds_high"], atol=1e-6)
    np.testing.assert_array_equal(found.sizes, table["size"])
    assert (np.diff(found.cds[found.order]) <= 0).all()
    for k in range(run.n_clusters):
        strengths = run.samples["membership"][run.labels == k]
        assert found.membership[k] == pytest.approx(strengths.mean(), abs=1e-6)
        assert found.edge[k] == (strengths < audit.EDGE).sum()


@pytest.fixture(scope="module")
def hardly_measured(tmp_path_factory):
    """The demo, but of cluster 0 one sample is valid, of cluster 1 none, of cluster 2 twenty."""
    return Run.open(with_few_valid(tmp_path_factory.mktemp("few") / "run", {0: 1, 1: 0, 2: 20}))


def test_what_was_not_measured_has_no_damage_and_no_interval(hardly_measured):
    found = standing(hardly_measured, 1.0)
    assert found.measured[:3].tolist() == [1, 0, 20]
    assert np.isnan(found.cds).tolist() == [k == 1 for k in range(len(found.cds))]
    assert np.isnan(found.low).tolist() == [k in (0, 1) for k in range(len(found.cds))]
    assert np.flatnonzero(found.few).tolist() == [0, 1, 2]
    assert not found.overlaps[[0, 1]].any()
    assert not found.overlaps[:, [0, 1]].any()
    assert found.order[-1] == 1  # what is not known comes last, not first and not as 0
    np.testing.assert_array_equal(found.sizes, hardly_measured.clusters["size"])
    assert len(audit.most_damaged(hardly_measured, 1, hardly_measured.divergence_at(1.0), 5)) == 0
    assert audit.spread(hardly_measured, 1, hardly_measured.divergence_at(1.0)).own.sum() == 0


def test_the_most_damaged_are_those_of_the_run_folder(run):
    for k, ids in enumerate(run.clusters["damaged"]):
        found = audit.most_damaged(run, k, run.divergence_at(1.0), len(ids))
        assert [run.ids[row] for row in found] == list(ids)


def test_the_spread_is_a_distribution_whose_mean_is_the_cds(run):
    cds = standing(run, 2.0).cds
    for k in range(run.n_clusters):
        spread = audit.spread(run, k, run.divergence_at(2.0))
        assert spread.own.sum() == pytest.approx(1)
        assert spread.all.sum() == pytest.approx(1)
        # A mean lies between the means of the bins' lower and of their upper ends.
        assert spread.own @ spread.edges[:-1] <= cds[k] <= spread.own @ spread.edges[1:]


def test_the_least_certain_have_the_lowest_membership_and_the_next_cluster_is_the_second(run):
    listed = 0
    for k in range(run.n_clusters):
        found = audit.least_certain(run, k, 4)
        listed += len(found.rows)
        strengths = np.sort(run.memberships[audit.members(run, k), k])
        np.testing.assert_array_equal(found.own, strengths[: len(found.own)])
        for row, own, other, strength in zip(
            found.rows, found.own, found.other, found.next, strict=True
        ):
            assert other != k
            assert run.memberships[row, k] == own
            assert run.memberships[row, other] == strength
            assert np.sort(run.memberships[row])[-2] == strength
        if len(found.rows) < 4:  # whoever comes next lies in this cluster alone
            assert strengths[len(found.rows)] > 0.9
    assert listed > 4
    # What is shared by all sessions was not touched.
    np.testing.assert_allclose(run.memberships[run.labels >= 0].sum(axis=1), 1, rtol=1e-5)


def test_the_histogram_of_memberships_counts_every_member(run):
    for k in range(run.n_clusters):
        edges, counts = audit.membership_histogram(run, k)
        assert counts.sum() == len(audit.members(run, k))
        below = counts[edges[1:] <= audit.EDGE + 1e-9].sum()
        assert below == standing(run, 1.0).edge[k]


def test_repeated_samples_are_those_with_a_twin(run):
    texts = [
        (" ".join(i.lower().split()), " ".join(j.lower().split()))
        for i, j in zip(run.samples["instruction"], run.samples["input"], strict=True)
    ]
    expected = [texts.count(t) > 1 for t in texts]
    np.testing.assert_array_equal(audit.repeated(run), expected)


def test_a_tally_counts_the_users_column(run):
    tallies = {t.column: t for t in composition.tallies(run)}
    assert set(tallies) == {"capability", "source"}
    assert (
        composition.tallies(run)[0].column == "capability"
    )  # it agrees with the clusters, source not
    column = run.samples["capability"].to_numpy()
    tally = tallies["capability"]
    for i, value in enumerate(tally.values):
        for k in range(run.n_clusters):
            assert tally.counts[i, k] == ((column == value) & (run.labels == k)).sum()
    inside = run.labels >= 0
    expected = normalized_mutual_info_score(column[inside], run.labels[inside])
    assert tally.agreement == pytest.approx(expected, abs=1e-9)


def test_the_composition_of_a_cluster_is_seen_from_both_sides(run):
    tally = composition.tallies(run)[0]
    for k in range(run.n_clusters):
        parts = composition.composition(
            run, tally, k, run.divergence_at(1.0), most=len(tally.values)
        )
        assert sum(part.samples for part in parts) == len(audit.members(run, k))
        assert sum(part.of_cluster for part in parts) == pytest.approx(1)
        top, share = tally.mostly(k)
        assert parts[0].value == top
        assert parts[0].of_cluster == pytest.approx(share)
        mine = run.samples["capability"] == top
        assert parts[0].of_value == pytest.approx(
            (mine & (run.labels == k)).sum() / (mine & (run.labels >= 0)).sum()
        )
        values = run.divergence_at(1.0)[(mine & (run.labels == k) & run.valid).to_numpy()]
        assert parts[0].measured == np.isfinite(values).sum()
        assert parts[0].cds == pytest.approx(np.nanmean(values))
        assert parts[0].low <= parts[0].cds <= parts[0].high
