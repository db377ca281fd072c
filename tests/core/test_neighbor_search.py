"""Neighbors in large data: what is found is nearest and said to be, and how many were found is true."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from pipeline_runs import changed
from scipy.spatial import cKDTree
from tiny_run import assert_same_run, loaders, write_workspace

from paser_core.config import ClusteringConfig, ManifoldConfig
from paser_core.errors import ConfigError
from paser_core.measure import run_pipeline
from paser_core.notices import Severity
from paser_core.runs import Files
from paser_core.stages import inverted, threads
from paser_core.stages import manifold as manifold_stage
from paser_core.stages.clustering import fit_clustering
from paser_core.stages.inverted import approximate_neighbors
from paser_core.stages.manifold import fit_manifold, laplacian_eigenmaps
from paser_core.stages.neighbors import _row_keys, distinct_rows, nearest_neighbors
from paser_core.stages.search import ENOUGH, Recall, Search, recall_of
from paser_core.stages.stability import sample_notice

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


def test_a_low_limit_of_exactness_leaves_the_start_enough_points():
    points, truth = blobs()
    search = Search(exact_up_to=2, probes=8)  # fewer rows than clusters
    given = ClusteringConfig(n_clusters=GROUPS, neighbors=15)
    found = fit_clustering(points.astype(float), given, search=search)
    assert len(set(zip(found.labels.tolist(), truth.tolist(), strict=True))) == GROUPS


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


def test_a_run_says_how_its_neighbors_were_found(tmp_path):
    config = write_workspace(tmp_path, 9, models=False)
    exact = run_pipeline(config, tmp_path / "exact", loaders(config))
    codes = {"neighbors-approximate", "neighbors-missed", "clusters-sampled", "map-landmarks"}
    assert not {notice.code for notice in exact.notices} & codes
    assert "recall" not in np.load(exact.path / Files.MANIFOLD)
    config = changed(config, manifold={"exact_up_to": 5})
    runs = [run_pipeline(config, tmp_path / name, loaders(config)) for name in ("run", "again")]
    for run in runs:
        with np.load(run.path / Files.MANIFOLD) as kept:
            share = kept["recall"][0]
        told = [n.text for n in run.notices if n.code == "neighbors-approximate"]
        assert any(f"{share:.1%} of them" in text and "embeddings" in text for text in told)
        assert any("on the manifold" in text for text in told)
    assert_same_run(runs[0].path, runs[1].path)


def test_a_number_of_clusters_from_a_sample_is_said_to_be():
    points, _ = blobs(size=20)
    config = ClusteringConfig(k_min=2, k_max=9, choose_on=60, neighbors=8, scale_neighbor=4)
    assert fit_clustering(points.astype(float), config).chosen_on == 60
    assert fit_clustering(points.astype(float), ClusteringConfig(n_clusters=4)).chosen_on is None
    text = sample_notice(8000, 1_000_000, 5).text
    assert "8,000 of 1,000,000 samples" in text
    assert "5 draws of 3,000" in text


def chain(pieces, size=40):
    """``(n, n)`` cliques, each tied to the next by a thread: as many eigenvalues next to 1."""
    graph = sp.block_diag([sp.csr_array(1 - np.eye(size)) for _ in range(pieces)]).tolil()
    for piece in range(1, pieces):
        at = piece * size
        graph[at, at - 1] = graph[at - 1, at] = 1e-3
    return sp.csr_array(graph.tocsr())


@pytest.fixture
def unsettled(monkeypatch):
    """A graph too large for its full matrix, on which an iteration from one vector does not settle."""
    monkeypatch.setattr(manifold_stage, "DENSE_LIMIT", 100)

    def fails(*_args, **_kwargs):
        raise spla.ArpackNoConvergence("no convergence", np.zeros(0), np.zeros((0, 0)))

    monkeypatch.setattr(spla, "eigsh", fails)


@pytest.mark.usefixtures("unsettled")
def test_where_one_vector_does_not_settle_a_block_does():
    graph = chain(16)
    values, vectors = laplacian_eigenmaps(graph, 12)
    degree = np.asarray(graph.sum(axis=1)).ravel()
    full = np.eye(graph.shape[0]) - graph.toarray() / np.sqrt(np.outer(degree, degree))
    np.testing.assert_allclose(values, scipy.linalg.eigvalsh(full)[1:13], atol=1e-5)
    assert np.linalg.norm(full @ vectors - vectors * values, axis=0).max() < 2e-3


@pytest.mark.usefixtures("unsettled")
def test_where_nothing_settles_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(manifold_stage, "_BLOCK_ROUNDS", 1)
    monkeypatch.setattr(manifold_stage, "_LEFT", 1e-30)
    with pytest.raises(ConfigError, match=r"Set manifold\.regularization to auto"):
        laplacian_eigenmaps(chain(16), 12)
