"""Neighbors in large data: what is found is nearest and said to be, and how many were found is true."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from paser_core.config import ClusteringConfig, ManifoldConfig
from paser_core.notices import Severity
from paser_core.stages import inverted, projection, threads
from paser_core.stages.clustering import fit_clustering
from paser_core.stages.inverted import approximate_neighbors
from paser_core.stages.manifold import fit_manifold
from paser_core.stages.neighbors import _row_keys, distinct_rows, nearest_neighbors
from paser_core.stages.projection import landmark_notice, layout_map
from paser_core.stages.search import ENOUGH, Recall, Search, recall_of

GROUPS, SIZE = 8, 100


@pytest.fixture(autouse=True)
def short_lists(monkeypatch):
    """As many lists as in large data, of few rows each."""
    monkeypatch.setattr(inverted, "_LIST", 25)
    monkeypatch.setattr(inverted, "_CHUNK", 256)


def blobs(seed=0, size=SIZE):
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(GROUPS), size)
    points = np.eye(GROUPS)[truth] + 0.15 * rng.standard_normal((len(truth), GROUPS))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32), truth


def true_neighbors(points, k):
    distances, rows = cKDTree(points.astype(float)).query(points.astype(float), k + 1)
    return rows[:, 1:], distances[:, 1:]


def test_what_is_found_are_neighbors_nearest_first_with_their_distances():
    points, _ = blobs()
    neighbors, distances = approximate_neighbors(points, 10, 6)
    own = np.arange(len(points))[:, None]
    assert (neighbors != own).all()
    assert all(len(set(row)) == 10 for row in neighbors.tolist())
    between = np.linalg.norm(points[own].astype(float) - points[neighbors], axis=2)
    np.testing.assert_allclose(distances, between, atol=1e-3)
    assert (np.diff(distances, axis=1) >= 0).all()
    true, _ = true_neighbors(points, 10)
    shared = [len(set(a) & set(b)) for a, b in zip(neighbors.tolist(), true.tolist(), strict=True)]
    assert np.mean(shared) / 10 > ENOUGH


def test_all_lists_are_all_neighbors():
    points, _ = blobs()
    neighbors, distances = approximate_neighbors(points, 7, 10_000)
    exact, exact_distances = nearest_neighbors(points, 7)
    assert (neighbors == exact).mean() > 0.999  # but for ties
    np.testing.assert_allclose(distances, exact_distances, atol=1e-4)


def test_the_same_bytes_on_any_number_of_processors(monkeypatch):
    points, _ = blobs()
    found = []
    for processors in (1, 3):
        monkeypatch.setattr(threads, "_processors", lambda n=processors: n)
        found.append([part.tobytes() for part in approximate_neighbors(points, 9, 4, seed=2)])
    assert found[0] == found[1]


def test_of_landmarks_only_landmarks_are_found():
    points, _ = blobs()
    among = np.arange(0, len(points), 3)
    neighbors, distances = approximate_neighbors(points, 4, 100, among=among)
    assert np.isin(neighbors, among).all()
    expected = cKDTree(points[among].astype(float)).query(points[1].astype(float), 4)[0]
    np.testing.assert_allclose(distances[1], expected, atol=1e-3)


def test_lists_with_too_few_rows_leave_places_empty():
    points, _ = blobs()
    neighbors, distances = approximate_neighbors(points, 300, 1)
    assert (neighbors[:, -1] == -1).all()
    assert np.isinf(distances[:, -1]).all()


@pytest.mark.parametrize("probes", [1, 2, 5])
def test_recall_is_the_share_of_true_neighbors(probes):
    points, _ = blobs()
    neighbors, distances = approximate_neighbors(points, 10, probes)
    true, _ = true_neighbors(points, 10)
    shared = [len(set(a) & set(b)) for a, b in zip(neighbors.tolist(), true.tolist(), strict=True)]
    measured = recall_of(points, np.arange(len(points)), distances)
    assert measured == pytest.approx(np.mean(shared) / 10, abs=0.002)


def test_a_search_is_exact_up_to_its_limit_and_told_beyond():
    points, _ = blobs()
    told: list[Recall] = []
    at = Search(exact_up_to=len(points), probes=1, tell=told.append).neighbors(points, 5)
    assert (at[0] == nearest_neighbors(points, 5)[0]).all()
    assert told == []
    Search(exact_up_to=len(points) - 1, probes=1, tell=told.append).neighbors(points, 5)
    (recall,) = told
    assert (recall.k, recall.rows) == (5, len(points))
    assert recall.share < 1


@pytest.mark.parametrize(
    ("share", "severity"),
    [(0.97, Severity.INFO), (ENOUGH, Severity.INFO), (0.94, Severity.WARNING)],
)
def test_a_recall_too_low_is_a_warning_that_says_what_to_do(share, severity):
    notice = Recall(share, 60, 70_000, 300, Search(probes=4)).notice("of the embeddings")
    assert notice.severity is severity
    assert f"{share:.1%}" in notice.text
    assert ("manifold.probes above 4" in notice.text) == (severity is Severity.WARNING)


def test_clusters_from_approximate_neighbors_are_those_from_exact_ones():
    points, truth = blobs(size=150)
    points = np.concatenate([points, points[:200]])  # repeated rows share a place and count once
    told: list[Recall] = []
    config = ManifoldConfig(n_neighbors=15, n_components=7, exact_up_to=100, probes=6)
    manifold = fit_manifold(points, config, 1, tell=told.append)
    assert told[0].rows == GROUPS * 150
    np.testing.assert_array_equal(manifold.coordinates[:200], manifold.coordinates[-200:])
    given = ClusteringConfig(n_clusters=GROUPS, neighbors=15)
    found = fit_clustering(manifold.coordinates, given, 1, search=Search.of(config, 1, told.append))
    assert len(told) == 2
    together = {(a, b) for a, b in zip(found.labels.tolist(), truth.tolist(), strict=False)}
    assert len(together) == GROUPS
    again = fit_manifold(points, config, 1)
    assert again.coordinates.tobytes() == manifold.coordinates.tobytes()


def test_a_graph_in_pieces_is_found_in_pieces():
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(6), 110)
    points = 100 * np.eye(6)[truth] + 0.1 * rng.standard_normal((len(truth), 6))
    config = ManifoldConfig(n_neighbors=10, n_components=5, exact_up_to=100, probes=3)
    manifold = fit_manifold(points.astype(np.float32), config)
    assert np.isfinite(manifold.coordinates).all()
    given = ClusteringConfig(n_clusters=6, neighbors=10)
    found = fit_clustering(manifold.coordinates, given, search=Search.of(config, 0))
    assert len(set(zip(found.labels.tolist(), truth.tolist(), strict=True))) == 6


def test_a_map_of_landmarks_has_the_others_among_their_own(monkeypatch):
    points, truth = blobs(size=60)
    search = Search(probes=8)
    maps = layout_map(points.astype(float), 3, search=search, landmarks=240)
    again = layout_map(points.astype(float), 3, search=search, landmarks=240)
    for positions, same, dimensions in zip(maps, again, (2, 3), strict=True):
        assert positions.shape == (len(points), dimensions)
        assert positions.tobytes() == same.tobytes()
        distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
        np.fill_diagonal(distance, np.inf)
        assert (truth[distance.argmin(axis=1)] == truth).mean() > 0.97
    assert landmark_notice(projection.LANDMARKS) is None
    notice = landmark_notice(projection.LANDMARKS + 5)
    assert notice is not None
    assert (notice.count, notice.total) == (5, projection.LANDMARKS + 5)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_equal_rows_are_those_that_sorting_finds(kind):
    rng = np.random.default_rng(3)
    points = rng.integers(-1, 2, (500, 4)).astype(kind)
    points[points == 0] *= rng.choice([-1.0, 1.0], (points == 0).sum())  # -0 is 0
    first, place = distinct_rows(points)
    _, expected = np.unique(points, axis=0, return_index=True)
    assert first.tolist() == sorted(expected.tolist())
    np.testing.assert_array_equal(points[first][place], points)


def test_two_rows_with_one_key_stay_two(monkeypatch):
    points = np.arange(12.0).reshape(6, 2)
    assert len(set(_row_keys(points).tolist())) == 6
    monkeypatch.setattr(
        "paser_core.stages.neighbors._row_keys", lambda points: np.zeros(len(points), np.uint64)
    )
    assert distinct_rows(points)[0].tolist() == list(range(6))
