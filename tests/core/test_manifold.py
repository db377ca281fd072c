"""Diffusion maps against closed forms and a dense oracle."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from paser_core.config import Kernel, ManifoldConfig
from paser_core.errors import ConfigError
from paser_core.stages.manifold import fit_manifold, gaussian_affinity, laplacian_eigenmaps
from paser_core.stages.neighbors import knn_affinity, nearest_neighbors


def cloud(n=60, d=5, seed=0):
    points = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.mark.parametrize("n", [40, 900])
def test_the_path_has_its_known_spectrum(n):
    rows = np.arange(n - 1)
    path = sp.csr_array((np.ones(n - 1), (rows, rows + 1)), shape=(n, n))
    eigenvalues, vectors = laplacian_eigenmaps((path + path.T).tocsr(), 6)
    assert np.allclose(eigenvalues, 1 - np.cos(np.pi * np.arange(1, 7) / (n - 1)), atol=1e-8)
    assert np.allclose(vectors.T @ vectors, np.eye(6), atol=1e-6)


def test_the_ring_has_its_known_spectrum():
    n = 40
    rows = np.arange(n)
    ring = sp.csr_array((np.ones(n), (rows, (rows + 1) % n)), shape=(n, n))
    eigenvalues, vectors = laplacian_eigenmaps((ring + ring.T).tocsr(), 6)
    known = np.repeat(1 - np.cos(2 * np.pi * np.arange(1, 4) / n), 2)
    assert np.allclose(eigenvalues, known, atol=1e-8)
    assert np.allclose(vectors.T @ vectors, np.eye(6), atol=1e-6)


def test_the_dense_kernel_is_the_paper_s_letter():
    points = cloud()
    got = fit_manifold(points, ManifoldConfig(kernel=Kernel.DENSE, n_components=8))
    distances = np.linalg.norm(points[:, None].astype(float) - points[None], axis=2)
    sigma = np.median(distances[np.triu_indices(60, 1)])
    affinity = np.exp(-(distances**2) / (2 * sigma**2))
    root = np.sqrt(affinity.sum(axis=1))
    laplacian = np.eye(60) - affinity / np.outer(root, root)
    eigenvalues = scipy.linalg.eigvalsh(laplacian)
    assert got.time == pytest.approx(1 / eigenvalues[1], rel=1e-5)
    assert np.allclose(got.eigenvalues, eigenvalues[1:9], atol=1e-6)
    # The coordinates span the leading part of the diffusion kernel exp(-tL).
    kernel = scipy.linalg.expm(-got.time * laplacian)
    norms = np.linalg.norm(got.coordinates, axis=0)
    for column, norm in zip(got.coordinates.T, norms, strict=True):
        assert np.allclose(kernel @ column, norm * column, atol=1e-5)


def test_all_neighbors_are_the_true_ones():
    points = cloud(80)
    found, distances = nearest_neighbors(points, 10)
    exact = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(exact, np.inf)
    assert np.allclose(distances, np.sort(exact, axis=1)[:, :10], atol=1e-3)
    assert all(len(set(row)) == 10 for row in found)


def test_components_of_a_torn_graph_stay_apart():
    points = np.vstack([cloud(40, 3, 1) * 0.01 + [1, 0, 0], cloud(40, 3, 2) * 0.01 - [1, 0, 0]])
    got = fit_manifold(points.astype(np.float32), ManifoldConfig(n_neighbors=5, n_components=4))
    first = got.coordinates[:, 0]
    assert np.isfinite(got.coordinates).all()
    assert (np.sign(first[:40]) == np.sign(first[0])).all()
    assert (np.sign(first[40:]) == -np.sign(first[0])).all()


def test_rotation_and_order_of_rows_change_nothing():
    points = cloud(90)
    rotation, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))
    order = np.random.default_rng(2).permutation(90)
    # The coarse partitions start from random samples; with none of them everything is determined.
    config = ManifoldConfig(n_neighbors=12, n_components=5, partitions=0)
    plain = fit_manifold(points, config)
    turned = fit_manifold((points @ rotation).astype(np.float32)[order], config)
    assert np.allclose(plain.eigenvalues, turned.eigenvalues, atol=1e-4)


@given(st.integers(3, 30), st.integers(1, 4), st.booleans(), st.sampled_from(list(Kernel)))
@settings(max_examples=60, deadline=None)
def test_small_and_repeated_points_give_finite_coordinates(n, distinct, spread, kernel):
    points = cloud(min(distinct, n) if not spread else n)[
        np.arange(n) % (n if spread else min(distinct, n))
    ]
    got = fit_manifold(points, ManifoldConfig(kernel=kernel))
    different = len(np.unique(points, axis=0))
    assert got.coordinates.shape[0] == n
    assert got.coordinates.shape[1] <= max(1, min(24, different - 1))
    assert np.isfinite(got.coordinates).all()


def test_the_affinity_is_symmetric_and_the_same_twice():
    points = cloud(70)
    graph = knn_affinity(points, 8, 7)
    assert abs(graph - graph.T).max() == 0
    assert (graph != knn_affinity(points, 8, 7)).nnz == 0
    assert np.allclose(gaussian_affinity(points), gaussian_affinity(points).T)


def test_the_dense_kernel_says_when_it_is_too_much():
    with pytest.raises(ConfigError, match="knn"):
        fit_manifold(np.zeros((6001, 2), np.float32), ManifoldConfig(kernel=Kernel.DENSE))
