"""What was chosen by measurement, choice by choice: each test fails when its choice is taken back.

Where the bundled pool shows a choice, its known capabilities are the judge; else a small example in
which only this choice gives the right answer.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from test_coarse import TOPICS, agreement, dense

from paser_core.config import AUTO, ClusteringConfig, ManifoldConfig
from paser_core.runs import Run
from paser_core.stages import clustering
from paser_core.stages.clustering import fit_clustering
from paser_core.stages.coarse import coarse_partitions
from paser_core.stages.manifold import fit_manifold
from paser_core.stages.neighbors import knn_affinity

DEMO = Path(__file__).parents[2] / "data" / "demo" / "run"


@pytest.fixture(scope="module")
def demo():
    """Coordinates ``(v, r)`` of the demo, and what each sample asks for ``(v,)``."""
    run = Run.open(DEMO)
    with np.load(DEMO / "manifold.npz") as arrays:
        rows, coordinates = arrays["rows"], arrays["coordinates"]
    return coordinates, run.samples["capability"].to_numpy()[rows]


def cloud(n=300, d=5, seed=0):
    points = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def repeats(copies, prompts=30, seed=0):
    """Prompts, each with near duplicates: points ``(n, 6)`` and the prompt of each ``(n,)``."""
    rng = np.random.default_rng(seed)
    own = np.repeat(np.arange(prompts), copies)
    points = rng.standard_normal((prompts, 6))[own] + 0.01 * rng.standard_normal((len(own), 6))
    return points.astype(np.float32), own


def test_diffusion_time_the_last_coordinate_still_counts_e_to_the_minus_two():
    got = fit_manifold(cloud(), ManifoldConfig())
    # Eigenvectors have unit length, so a column's length is what the diffusion has left of it.
    lengths = np.linalg.norm(got.coordinates, axis=0)
    assert lengths[-1] == pytest.approx(np.exp(-2), rel=1e-6)
    assert np.allclose(lengths, np.exp(-2 * got.eigenvalues / got.eigenvalues[-1]), rtol=1e-6)
    other = fit_manifold(cloud(), ManifoldConfig(decay=1))
    assert np.linalg.norm(other.coordinates[:, -1]) == pytest.approx(np.exp(-1), rel=1e-6)


def test_both_directions_a_link_that_only_one_side_sees_counts_half():
    """A hub is near to everybody, and only few are near to it: its links must not count in full."""
    ring = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(8) / 8])
    hub = np.array([[0.05, 0.02]])
    points = np.vstack([hub, 2 * ring, 2.1 * ring]).astype(np.float32)
    graph = knn_affinity(points, 3, 2).toarray()
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    near = np.argsort(distances, axis=1)[:, :3]
    scale = np.sort(distances, axis=1)[:, 1]
    lists = np.zeros(graph.shape, bool)
    lists[np.arange(len(points))[:, None], near] = True
    gauss = np.exp(-(distances**2) / np.outer(scale, scale))
    mutual, one_sided = lists & lists.T, lists ^ lists.T
    assert mutual.sum() > 8
    assert one_sided[0].sum() > 2 * mutual[0].sum()
    assert np.allclose(graph[mutual], gauss[mutual], rtol=1e-5)
    assert np.allclose(graph[one_sided], gauss[one_sided] / 2, rtol=1e-5)
    assert (graph[~lists & ~lists.T] == 0).all()


@pytest.mark.parametrize("section", [ManifoldConfig(), ClusteringConfig()])
def test_scale_a_dozen_near_duplicates_stay_tied_to_the_rest(section):
    points, own = repeats(12)

    def outside(scale):
        """Share of the similarity that is not among the near duplicates of one prompt."""
        graph = knn_affinity(points, 60, scale).tocoo()
        return graph.data[own[graph.row] != own[graph.col]].sum() / graph.data.sum()

    assert outside(section.scale_neighbor) > 0.3
    assert outside(7) < 1e-6  # the reference's: the scale is that of the duplicates


def test_scale_the_fields_are_what_the_graphs_are_made_with():
    points, own = repeats(12, prompts=8)
    for scale, tied in ((15, True), (7, False)):
        got = fit_manifold(points, ManifoldConfig(scale_neighbor=scale, regularization=0))
        assert (got.eigenvalues[6] > 1e-6) == tied  # else the graph is in eight pieces
        config = ClusteringConfig(n_clusters=2, scale_neighbor=scale)
        found = fit_clustering(points.astype(float), config)
        assert (found.errors[2] < 0.8) == tied
    assert len(own) == 96


def test_neighbors_of_the_clustering_wordings_of_one_capability_are_one_cluster():
    """Five capabilities, four wordings of each, 25 near duplicates of each wording."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(5), 100)
    wordings = np.repeat(0.08 * rng.standard_normal((20, 8)), 25, axis=0)
    points = np.eye(8)[truth] + wordings + 0.05 * rng.standard_normal((500, 8))
    found = fit_clustering(points, ClusteringConfig())
    assert adjusted_rand_score(truth, found.labels) > 0.99
    fewer = fit_clustering(points, ClusteringConfig(neighbors=30))
    assert fewer.n_clusters > 5  # hardly more than the near duplicates: wordings fall apart


def test_number_of_clusters_near_that_of_the_capabilities_and_better_than_the_optimum(demo):
    coordinates, truth = (part[::3] for part in demo)
    found = [
        fit_clustering(coordinates, config)
        for config in (
            ClusteringConfig(),
            ClusteringConfig(tolerance=0),
            ClusteringConfig(tolerance=0.1),
        )
    ]
    ours, optimum, coarse = (
        (f.n_clusters, normalized_mutual_info_score(truth, f.labels)) for f in found
    )
    known = len(set(truth.tolist()))
    assert abs(ours[0] - known) <= 3
    assert optimum[0] > 1.5 * known  # the curve is flat: its best says little
    assert coarse[0] < known - 2
    assert ours[1] > optimum[1] + 0.015
    assert ours[1] > coarse[1] + 0.015


def test_scaled_w_the_scale_of_a_column_of_w_means_nothing(monkeypatch):
    """``W H^T`` is the same with a column of W doubled and that of H halved; so are the clusters."""
    rng = np.random.default_rng(2)
    truth = np.repeat(np.arange(6), 40)
    points = np.eye(8)[truth] + 0.25 * rng.standard_normal((240, 8))
    config = ClusteringConfig(k_min=4, k_max=9)
    plain = fit_clustering(points, config)
    real = clustering.factorize

    def rescaled(similarity, start, max_iterations):
        w, h, error = real(similarity, start, max_iterations)
        scale = 10.0 ** np.arange(w.shape[1])
        return w * scale, h / scale, error

    monkeypatch.setattr(clustering, "factorize", rescaled)
    again = fit_clustering(points, config)
    assert (again.labels == plain.labels).all()
    assert again.scores == pytest.approx(plain.scores)
    assert np.allclose(again.memberships, plain.memberships, atol=1e-5)


def test_weight_of_the_coarse_similarity_it_counts_as_much_as_the_neighbors():
    points, config = cloud(), ManifoldConfig(n_neighbors=20, n_components=6)
    near = knn_affinity(points, 20, config.scale_neighbor).toarray()
    partitions = coarse_partitions(
        points, config.partitions, config.groups_min, config.groups_max, seed=0
    )
    coarse = dense(partitions)
    full = near + coarse * (near.sum() / coarse.sum())
    root = np.sqrt(full.sum(axis=1))
    expected = scipy.linalg.eigvalsh(np.eye(len(points)) - full / np.outer(root, root))[1:7]
    assert config.regularization == AUTO
    assert np.allclose(fit_manifold(points, config, seed=0).eigenvalues, expected, atol=1e-7)


def test_groups_min_the_coarsest_partition_merges_no_capabilities():
    """As many capabilities as clusters are tried for can still be told apart by each partition."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(20), 60)
    topics = np.linalg.qr(rng.standard_normal((32, 32)))[0][:20]
    points = (topics[truth] + 0.1 * rng.standard_normal((1200, 32))).astype(np.float32)

    def pure(config):
        """Share of the samples that are of their group's capability, in the coarsest partition."""
        own = coarse_partitions(points, config.partitions, config.groups_min, config.groups_max)
        groups = own[:, 1]
        return sum(np.bincount(truth[groups == g]).max() for g in np.unique(groups)) / len(truth)

    assert pure(ManifoldConfig()) > 0.9
    assert pure(ManifoldConfig(groups_min=8)) < 0.5


def test_groups_max_the_finest_partition_is_no_finer_than_capabilities():
    """Sixty islands of near duplicates, five capabilities: groups must not become the islands."""
    config = ManifoldConfig(n_neighbors=15)
    assert agreement(config, seed=0, k=TOPICS) > 0.85
    assert agreement(replace(config, groups_max=200), seed=0, k=TOPICS) < 0.5
