"""The coarse similarity against its definition, and what it is for: islands do not hide capabilities."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from paser_core.config import ClusteringConfig, Kernel, ManifoldConfig
from paser_core.errors import ConfigError
from paser_core.stages.clustering import fit_clustering
from paser_core.stages.coarse import coarse_factor, coarse_partitions
from paser_core.stages.manifold import fit_manifold, laplacian_eigenmaps
from paser_core.stages.neighbors import knn_affinity

TOPICS, ISLANDS, SIZE = 5, 12, 20


def archipelago(seed=0):
    """Five capabilities; each is twelve prompts with twenty near duplicates, as in real pools."""
    rng = np.random.default_rng(seed)
    topics = np.linalg.qr(rng.standard_normal((32, 32)))[0][:TOPICS]
    truth = np.repeat(np.arange(TOPICS), ISLANDS * SIZE)
    offsets = rng.standard_normal((TOPICS * ISLANDS, 32)) / np.sqrt(32)
    points = topics[truth] + 0.5 * np.repeat(offsets, SIZE, axis=0)
    points += 0.05 * rng.standard_normal(points.shape)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32), truth


def agreement(config, seed=0, k=TOPICS):
    points, truth = archipelago(seed)
    fitted = fit_manifold(points, config, seed)
    found = fit_clustering(fitted.coordinates, ClusteringConfig(n_clusters=k), seed)
    return adjusted_rand_score(truth, found.labels)


def dense(partitions):
    same = partitions[:, None, :] == partitions[None, :, :]
    return (same / same.sum(axis=1, keepdims=True)).mean(axis=2)


@given(st.integers(2, 40), st.integers(1, 4), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_factor_is_that_of_the_definition(n, m, seed):
    partitions = np.random.default_rng(seed).integers(0, 5, (n, m)).astype(np.int16)
    factor = coarse_factor(partitions)
    assert np.allclose((factor @ factor.T).toarray(), dense(partitions))
    assert np.allclose(dense(partitions).sum(axis=1), 1)


@pytest.mark.parametrize("n", [3, 7, 40, 300])
def test_partitions_begin_with_the_whole_and_fit_the_number_of_samples(n):
    points = np.random.default_rng(0).standard_normal((n, 4)).astype(np.float32)
    partitions = coarse_partitions(points, 4, 24, 60)
    assert partitions.shape == (n, 5)
    assert (partitions[:, 0] == 0).all()
    assert partitions.max() < max(1, n // 4)
    assert (partitions == coarse_partitions(points, 4, 24, 60)).all()


@pytest.mark.parametrize("n", [200, 900])
def test_the_regularized_laplacian_is_that_of_the_full_matrix(n):
    points = np.random.default_rng(1).standard_normal((n, 6)).astype(np.float32)
    affinity = knn_affinity(points, 10, 7)
    partitions = coarse_partitions(points, 3, 8, 16)
    values, vectors = laplacian_eigenmaps(affinity, 6, 0, 0.5, partitions)
    full = affinity.toarray()
    full += 0.5 * full.sum(axis=1).mean() * dense(partitions)
    root = np.sqrt(full.sum(axis=1))
    laplacian = np.eye(n) - full / np.outer(root, root)
    assert np.allclose(values, scipy.linalg.eigvalsh(laplacian)[1:7], atol=1e-8)
    assert np.allclose(laplacian @ vectors, vectors * values, atol=1e-4)


def test_without_partitions_it_is_zhang_and_rohe_s():
    points = np.random.default_rng(1).standard_normal((100, 6)).astype(np.float32)
    affinity = knn_affinity(points, 10, 7)
    values, _ = laplacian_eigenmaps(affinity, 4, 0, 0.3, coarse_partitions(points, 0, 8, 16))
    full = affinity.toarray()
    full += 0.3 * full.sum(axis=1).mean() / 100
    root = np.sqrt(full.sum(axis=1))
    known = scipy.linalg.eigvalsh(np.eye(100) - full / np.outer(root, root))[1:5]
    assert np.allclose(values, known, atol=1e-8)


def test_islands_do_not_hide_capabilities():
    # Each island fills its neighbor lists: the graph is torn into sixty, and its slowest
    # directions say nothing about the five capabilities.
    with_it = [agreement(ManifoldConfig(n_neighbors=15), seed) for seed in range(2)]
    without = [agreement(ManifoldConfig(n_neighbors=15, regularization=0), s) for s in range(2)]
    alike = [agreement(ManifoldConfig(n_neighbors=15, partitions=0), s) for s in range(2)]
    assert min(with_it) > 0.85
    assert max(without) < 0.3
    assert max(alike) < 0.3


def test_the_paper_s_form_is_an_option():
    points, _ = archipelago()
    letter = ManifoldConfig(kernel=Kernel.DENSE, regularization=0)
    plain = fit_manifold(
        points[::8], ManifoldConfig(kernel=Kernel.DENSE)
    )  # dense: without saying so
    assert (plain.coordinates == fit_manifold(points[::8], letter).coordinates).all()
    other = fit_manifold(points[::8], ManifoldConfig(kernel=Kernel.DENSE, regularization=1))
    assert not np.allclose(plain.eigenvalues, other.eigenvalues)


@pytest.mark.parametrize("pieces", [3, 8, 60])
@pytest.mark.parametrize("weak", [0.0, 1e-12])
def test_every_piece_of_a_torn_graph_is_told_apart_without_regularization(pieces, weak):
    # 60 pieces are more than coordinates: the largest are told apart, and nothing fails.
    size, r = 20, 12
    blocks = [sp.csr_array(1 - np.eye(size)) for _ in range(pieces)]
    affinity = sp.block_diag(blocks).tolil()
    for k in range(1, pieces):  # a thread between neighbors, as far neighbors have
        affinity[k * size, k * size - 1] = affinity[k * size - 1, k * size] = weak
    affinity = sp.csr_array(affinity.tocsr())
    if pieces == 60:
        assert affinity.shape[0] > 512  # large enough for the iteration
    values, vectors = laplacian_eigenmaps(affinity, r)
    torn = min(pieces - 1, r)
    assert np.allclose(values[:torn], 0, atol=1e-9)
    assert (values[torn:] > 0.5).all()
    assert np.allclose(vectors.T @ vectors, np.eye(r), atol=1e-6)
    inside = vectors[:, :torn].reshape(pieces, size, torn).std(axis=1)
    assert inside.max() < 1e-6
    assert len(np.unique(vectors[:, :torn].round(6), axis=0)) == min(pieces, r + 1)


def test_groups_must_have_an_order():
    with pytest.raises(ConfigError, match="groups_min is 70"):
        ManifoldConfig(groups_min=70)
