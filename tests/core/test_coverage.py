"""Coverage orders against direct readings, and the bounds that their papers prove."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.stages import coverage
from paser_core.stages.coverage import facility_location, farthest_first


def unit_rows(n: int, d: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def farthest_directly(points) -> list[int]:
    order = [int(np.argmax(points @ points.mean(axis=0)))]
    while len(order) < len(points):
        away = np.linalg.norm(points[:, None] - points[order][None], axis=2).min(axis=1)
        away[order] = -1
        order.append(int(np.argmax(away)))
    return order


def covered(points, chosen) -> float:
    return float(np.maximum(points @ points[list(chosen)].T, 0).max(axis=1).sum())


def radius(points, chosen) -> float:
    return float(np.linalg.norm(points[:, None] - points[list(chosen)], axis=2).min(axis=1).max())


@pytest.mark.parametrize(("n", "block"), [(1, 4), (2, 4), (3, 1), (30, 4), (60, 16), (60, 1024)])
def test_the_orders_are_those_of_brute_force(monkeypatch, n, block):
    monkeypatch.setattr(coverage, "_BLOCK", block)
    points = unit_rows(n, 5, n)
    assert farthest_first(points).order.tolist() == farthest_directly(points)
    order = facility_location(points).order.tolist()
    assert sorted(order) == list(range(n))
    for k in range(
        n
    ):  # two points that are each other's nearest add the same; distances are float32
        reached = [covered(points, [*order[:k], j]) for j in order[k:]]
        assert reached[0] >= max(reached) - 1e-5


@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_farthest_first_is_within_twice_the_best_radius(seed, n, k):
    points = unit_rows(n, 3, seed)
    k = min(k, n)
    best = min(radius(points, chosen) for chosen in combinations(range(n), k))
    assert radius(points, farthest_first(points).order[:k]) <= 2 * best + 1e-6


@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_facility_location_reaches_what_greed_promises(seed, n, k):
    points = unit_rows(n, 3, seed)
    k = min(k, n)
    best = max(covered(points, chosen) for chosen in combinations(range(n), k))
    assert covered(points, facility_location(points).order[:k]) >= (1 - 1 / np.e) * best - 1e-5


@pytest.mark.parametrize("rule", [farthest_first, facility_location])
def test_gains_never_grow_and_say_the_order(rule):
    points = np.repeat(unit_rows(40, 4, 1), 2, axis=0).astype(np.float32)
    found = rule(points)
    gains = found.gains[found.order]
    assert (np.diff(gains) <= 0).all()
    assert sorted(found.order.tolist()) == list(range(80))
    # A repeated point adds nothing, and comes last.
    assert (gains[40:] == 0).all()
    assert np.argsort(-found.gains, kind="stable")[:40].tolist() == found.order[:40].tolist()


def test_only_neighbors_stand_for_each_other():
    points = unit_rows(40, 5, 3)
    similar = np.maximum(points @ points.T, 0)
    np.fill_diagonal(similar, 1)
    for row in similar:
        row[np.argsort(-row)[6:]] = 0  # itself and its five nearest
    found = facility_location(points, 5)
    for k in range(40):
        before = similar[:, found.order[:k]].max(axis=1, initial=0)
        adds = [np.maximum(similar[:, j] - before, 0).sum() for j in found.order[k:]]
        assert adds[0] >= max(adds) - 1e-5
        assert found.gains[found.order[k]] == pytest.approx(adds[0], abs=1e-5)


def test_gains_are_what_they_are_called():
    points = unit_rows(30, 4, 2)
    far, near = farthest_first(points), facility_location(points)
    for k in range(1, 30):
        before, after = near.order[:k], near.order[: k + 1]
        grown = covered(points, after) - covered(points, before)
        assert near.gains[near.order[k]] == pytest.approx(grown, abs=1e-5)
        away = np.linalg.norm(points[far.order[:k]] - points[far.order[k]], axis=1).min()
        assert far.gains[far.order[k]] == pytest.approx(away, abs=1e-7)


def test_a_point_that_occurs_often_counts_as_often():
    one, other = np.eye(2)
    points = np.array([one, other, other, other])
    assert facility_location(points).order[0] == 1
    assert facility_location(points).gains[1] == pytest.approx(3)


@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_weighted_coverage_reaches_what_greed_promises(seed, n, k):
    points = unit_rows(n, 3, seed)
    weights = np.random.default_rng(seed).choice([0.0, 0.5, 4.0], n)

    def worth(chosen) -> float:
        return float(weights @ np.maximum(points @ points[list(chosen)].T, 0).max(axis=1))

    found, k = facility_location(points, weights=weights), min(k, n)
    best = max(worth(chosen) for chosen in combinations(range(n), k))
    assert worth(found.order[:k]) >= (1 - 1 / np.e) * best - 1e-5
    for j in range(1, n):
        grown = worth(found.order[: j + 1]) - worth(found.order[:j])
        assert found.gains[found.order[j]] == pytest.approx(grown, abs=1e-4)


def test_a_weight_counts_as_so_many_repeats():
    points, counts = unit_rows(30, 4, 5), np.arange(30) % 4 + 1
    repeated = facility_location(np.repeat(points, counts, axis=0))
    weighted = facility_location(points, weights=counts.astype(float))
    first = np.cumsum(counts) - counts
    np.testing.assert_allclose(repeated.gains[first], weighted.gains, atol=1e-4)
