"""Clustering: known groups found, the objective against brute force, K inside the range."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.config import ClusteringConfig, Criterion
from paser_core.stages.clustering import (
    factorize,
    fit_clustering,
    modularity,
    neighbor_similarity,
    normalize_rows,
)


def groups(k=6, size=60, seed=0):
    rng = np.random.default_rng(seed)
    centers = np.eye(8)[:k]
    truth = np.repeat(np.arange(k), size)
    return centers[truth] + 0.05 * rng.standard_normal((k * size, 8)), truth


def same_partition(a, b):
    return len(set(zip(a, b, strict=True))) == len(set(a)) == len(set(b))


def test_separate_groups_are_found_with_their_number():
    points, truth = groups()
    found = fit_clustering(points, ClusteringConfig())
    assert same_partition(found.labels.tolist(), truth.tolist())
    assert "6" in found.reason


def test_the_frobenius_criterion_takes_the_smallest_error():
    points, _ = groups()
    config = ClusteringConfig(k_min=3, k_max=9, criterion=Criterion.FROBENIUS)
    found = fit_clustering(points, config)
    best = min(found.errors, key=found.errors.__getitem__)
    assert f"K = {best} " in found.reason
    assert set(found.errors) == set(range(3, 10))


def test_the_error_from_small_products_is_the_true_one():
    points, _ = groups(4, 20)
    similarity = neighbor_similarity(normalize_rows(points), 10, 7)
    start = np.random.default_rng(0).random((80, 4))
    w, h, error = factorize(similarity, start, 30)
    dense = similarity.toarray()
    assert error == pytest.approx(np.linalg.norm(dense - w @ h.T) / np.linalg.norm(dense), rel=1e-6)
    assert (w >= 0).all()
    assert (h >= 0).all()


def test_more_iterations_never_hurt():
    points, _ = groups(5, 20)
    similarity = neighbor_similarity(normalize_rows(points), 10, 7)
    start = np.random.default_rng(1).random((100, 5))
    errors = [factorize(similarity, start, i)[2] for i in range(1, 15)]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(errors))


def test_modularity_is_that_of_networkx():
    points, truth = groups(4, 15)
    similarity = neighbor_similarity(normalize_rows(points), 8, 7)
    graph = nx.from_scipy_sparse_array(similarity)
    # networkx counts a self-loop twice in the degree; take them out for both.
    graph.remove_edges_from(nx.selfloop_edges(graph))
    plain = similarity.copy()
    plain.setdiag(0)
    communities = [set(np.flatnonzero(truth == k).tolist()) for k in range(4)]
    expected = nx.community.modularity(graph, communities)
    assert modularity(plain, truth) == pytest.approx(expected, abs=1e-9)


@given(st.integers(2, 25), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_any_small_input_gives_clusters_without_holes(n, seed):
    points = np.random.default_rng(seed).standard_normal((n, 3))
    found = fit_clustering(points, ClusteringConfig(), seed)
    k = found.memberships.shape[1]
    sizes = np.bincount(found.labels, minlength=k)
    assert (sizes > 0).all()
    assert (np.diff(sizes) <= 0).all()
    assert np.allclose(found.memberships.sum(axis=1), 1, atol=1e-5)


def test_a_seed_determines_the_result():
    points, _ = groups()
    a, b = (fit_clustering(points, ClusteringConfig(), 3) for _ in range(2))
    assert (a.labels == b.labels).all()
    assert a.errors == b.errors


def test_where_there_are_more_samples_k_is_chosen_on_some_of_them():
    points, truth = groups()
    found = fit_clustering(points, ClusteringConfig(choose_on=120))
    assert same_partition(found.labels.tolist(), truth.tolist())
    assert "120 of the 360" in found.reason


def test_the_tolerance_takes_the_smallest_number_near_the_best():
    points, _ = groups(8, 40, seed=1)
    points[:, :] += 0.25 * np.random.default_rng(0).standard_normal(points.shape)
    ks = [
        fit_clustering(points, ClusteringConfig(k_min=2, k_max=20, tolerance=t)).n_clusters
        for t in (0.0, 0.03, 0.5)
    ]
    assert ks[0] >= ks[1] > ks[2]
    scores = fit_clustering(points, ClusteringConfig(k_min=2, k_max=20)).scores
    assert ks[1] == min(k for k, s in scores.items() if s >= 0.97 * max(scores.values()))


@given(st.integers(3, 60), st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_no_label_disagrees_with_its_membership(n, seed):
    points = np.random.default_rng(seed).standard_normal((n, 4)).round(1)
    found = fit_clustering(points, ClusteringConfig(), seed)
    own = found.memberships[np.arange(n), found.labels]
    assert (own == found.memberships.max(axis=1)).all()
