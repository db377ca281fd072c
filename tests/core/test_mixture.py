"""Is a cluster one thing: places on the manifold, heights of the damage, and the cut between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.errors import ConfigError
from paser_core.stages.mixture import holm, mixtures, notice_of
from paser_core.stages.places import find_places, halves, representatives, split_clusters

RNG = np.random.default_rng(5)


def around(direction, n, spread=0.05):
    """``n`` points of a cone around one axis of the manifold, of any length."""
    points = np.eye(6)[direction] + spread * RNG.normal(size=(n, 6))
    return points * RNG.uniform(0.5, 3.0, (n, 1))


@pytest.fixture(scope="module")
def pool():
    """Cluster 0 is two places (60, 40), cluster 1 is one, with a fragment of three inside cluster 2."""
    parts = ((0, 60), (1, 40), (2, 97), (3, 3), (3, 50))
    coordinates = np.concatenate([around(*part) for part in parts])
    labels = np.repeat([0, 1, 2], [100, 100, 50]).astype(np.int32)
    order = RNG.permutation(250)
    truth = np.repeat([0, 1, 0], [60, 40, 150])
    return coordinates[order], labels[order], truth[order]


def slow_components(points, labels, k=15):
    """Places by definition: who is among whose neighbors, grown one sample at a time."""
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    distance = ((unit[:, None] - unit[None]) ** 2).sum(-1)
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1, kind="stable")[:, :k]
    links = {(i, j) for i in range(len(points)) for j in near[i] if labels[i] == labels[j]}
    links |= {(j, i) for i, j in links}
    component = np.full(len(points), -1)
    for start in range(len(points)):
        if component[start] < 0:
            todo = [start]
            while todo:
                i = todo.pop()
                if component[i] < 0:
                    component[i] = start
                    todo += [j for j in near[i] if (i, j) in links]
                    todo += [j for j in range(len(points)) if (i, j) in links]
    return component


def test_places_are_what_hangs_together(pool):
    coordinates, labels, truth = pool
    places = find_places(coordinates, labels)
    np.testing.assert_array_equal(places, truth)
    component = slow_components(coordinates, labels)
    large = [c for c in np.unique(component) if (component == c).sum() >= 10]
    assert len(large) == 4
    assert len(np.unique(component)) > 4  # and the fragment of three, which is no place


def test_only_directions_count(pool):
    coordinates, labels, _ = pool
    stretched = coordinates * RNG.uniform(0.01, 100, (len(labels), 1))
    np.testing.assert_array_equal(find_places(stretched, labels), find_places(coordinates, labels))


def test_what_lies_between_two_parts_keeps_them_one():
    line = np.concatenate([around(0, 50), around(1, 50)])
    bridge = np.stack([(1 - t) * np.eye(6)[0] + t * np.eye(6)[1] for t in np.linspace(0, 1, 60)])
    points = np.concatenate([line, bridge])
    assert not find_places(points, np.zeros(len(points), np.int32)).any()


def test_a_large_pool_is_looked_at_through_a_sample(monkeypatch, pool):
    coordinates, labels, truth = pool
    monkeypatch.setattr("paser_core.stages.places._SAMPLE", 120)
    np.testing.assert_array_equal(find_places(coordinates, labels), truth)


def test_a_mixed_cluster_is_told_from_an_even_one(pool):
    coordinates, labels, truth = pool
    damage = np.where((labels == 0) & (truth == 0), 0.1, 0.015) * RNG.lognormal(0, 0.3, 250)
    mixed, even, _ = mixtures(find_places(coordinates, labels), damage, labels, 3)
    assert [p.samples for p in mixed.places] == [60, 40]
    assert mixed.uneven
    assert mixed.two_heights
    assert mixed.low_mean == pytest.approx(damage[(labels == 0) & (truth == 1)].mean(), rel=0.1)
    assert mixed.high_mean == pytest.approx(damage[(labels == 0) & (truth == 0)].mean(), rel=0.1)
    assert mixed.low_share == pytest.approx(0.4, abs=0.03)
    assert not even.mixed
    assert not even.scattered
    told = notice_of((mixed, even), ("Dax", "Sum"))
    assert told is not None
    assert "Dax" in told.text
    assert "Sum" not in told.text
    assert (told.count, told.total) == (1, 2)
    assert notice_of((even,), ("Sum",)) is None


def test_places_with_the_same_damage_are_scattered_and_not_mixed(pool):
    coordinates, labels, _ = pool
    damage = 0.05 * np.random.default_rng(1).lognormal(0, 0.3, 250)
    one, *_ = mixtures(find_places(coordinates, labels), damage, labels, 3)
    assert one.scattered
    assert not one.mixed


def test_what_was_not_measured_says_nothing(pool):
    coordinates, labels, truth = pool
    damage = np.full(250, np.nan)
    damage[(labels == 0) & (truth == 0)] = 0.1
    one, other, _ = mixtures(find_places(coordinates, labels), damage, labels, 3)
    assert one.places[0].measured == 60
    assert one.places[1].measured == 0
    assert np.isnan(one.places[1].cds)
    assert not one.uneven  # unknown is not different
    assert np.isnan(other.p_value)
    assert not other.mixed


def test_a_single_peak_is_rarely_called_two():
    called = 0
    for trial in range(40):
        values = 0.05 * np.random.default_rng(trial).lognormal(0, 0.8, (4, 150))
        labels = np.repeat(np.arange(4), 150).astype(np.int32)
        made = mixtures(np.zeros(600, np.int16), values.ravel(), labels, 4)
        called += any(m.two_heights for m in made)
    assert called <= 2


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=8))
def test_holm_by_its_definition(p_values):
    found = holm(np.array(p_values, float))
    known = [p for p in p_values if p == p]
    for p, corrected in zip(p_values, found, strict=True):
        if p != p:
            assert np.isnan(corrected)
            continue
        # The largest step of all that come before it or tie with it, in the order of the values.
        steps = [
            q * (len(known) - i)
            for i, q in enumerate(sorted(known))
            if q < p or i <= sorted(known).index(p)
        ]
        assert corrected == pytest.approx(min(1.0, max(steps)))


def test_representatives_are_spread_and_stand_for_everybody(pool):
    coordinates, labels, truth = pool
    members = np.flatnonzero(labels == 0)
    rows, shares = representatives(coordinates[members], 4)
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) <= 0).all()
    assert set(truth[members][rows]) == {0, 1}  # none of the two parts is left out
    again, _ = representatives(coordinates[members], 4)
    np.testing.assert_array_equal(rows, again)
    alone, all_of_it = representatives(coordinates[:1], 4)
    assert (alone.tolist(), all_of_it.tolist()) == ([0], [1.0])


def test_a_cluster_is_cut_into_its_places(pool):
    coordinates, labels, truth = pool
    memberships = np.where(labels[:, None] == [0, 1, 2], 0.8, 0.1)
    new, wider = split_clusters(labels, memberships, coordinates, [0])
    np.testing.assert_array_equal(
        new[labels > 0], labels[labels > 0]
    )  # the others keep their number
    np.testing.assert_array_equal(new[labels == 0], np.where(truth[labels == 0] == 0, 0, 3))
    assert wider.shape == (250, 4)
    np.testing.assert_allclose(wider.sum(axis=1), 1)
    assert (wider.argmax(axis=1) == new).all()
    assert memberships.shape == (250, 3)  # what went in is as it was
    assert labels.max() == 2


def test_a_cluster_that_hangs_together_is_cut_into_halves():
    coordinates = np.concatenate([around(0, 60, 0.02), around(1, 50, 0.02)])
    bridge = np.stack(
        [(1 - t) * np.eye(6)[0] + t * np.eye(6)[1] for t in np.linspace(0.1, 0.9, 30)]
    )
    coordinates = np.concatenate([coordinates, bridge])
    labels = np.zeros(140, np.int32)
    new, wider = split_clusters(labels, np.ones((140, 1)), coordinates, [0])
    assert set(new) == {0, 1}
    assert (new == 0).sum() >= (new == 1).sum()
    assert len(set(new[:60])) == len(set(new[60:110])) == 1
    np.testing.assert_allclose(wider.sum(axis=1), 1)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000), k=st.integers(1, 4), cuts=st.lists(st.integers(0, 3), max_size=3)
)
def test_a_cut_only_refines(seed, k, cuts):
    rng = np.random.default_rng(seed)
    coordinates = rng.normal(size=(60, 4))
    labels = rng.integers(0, k, 60).astype(np.int32)
    memberships = rng.dirichlet(np.ones(k), 60)
    cuts = [c for c in cuts if (labels == c).sum() > 1]
    new, wider = split_clusters(labels, memberships, coordinates, cuts)
    assert wider.shape[1] == new.max() + 1 if cuts else wider.shape[1] == k
    np.testing.assert_allclose(wider.sum(axis=1), 1)
    for number in range(wider.shape[1]):
        assert len(set(labels[new == number])) <= 1  # every part lies in one cluster of before
    untouched = ~np.isin(labels, cuts)
    np.testing.assert_array_equal(new[untouched], labels[untouched])


@pytest.mark.parametrize("cluster", [-1, 3, 7])
def test_a_cluster_that_is_not_there_is_named(pool, cluster):
    coordinates, labels, _ = pool
    with pytest.raises(ConfigError, match=f"cluster {cluster}, and there are 3"):
        split_clusters(labels, np.ones((250, 3)) / 3, coordinates, [cluster])


def test_equal_points_cannot_be_cut():
    points = np.tile(np.eye(3)[0], (20, 1))
    assert not halves(points).any()
    with pytest.raises(ConfigError, match="nothing to cut"):
        split_clusters(np.zeros(20, np.int32), np.ones((20, 1)), points, [0])
