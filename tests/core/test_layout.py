"""The map: what must survive flattening. One real UMAP of each size is made for the whole module."""

from __future__ import annotations

import numpy as np
import pytest

from paser_core.engines.processes import Processes
from paser_core.stages.projection import LANDMARKS, epochs_of, landmark_notice, layout_map

GROUPS, SIZE = 4, 60


def islands(seed=0):
    """``(240, 6)`` coordinates: four tight groups whose first coordinates rise, and their numbers."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(GROUPS), SIZE)
    centers = np.zeros((GROUPS, 6))
    centers[:, 0] = [-1.0, -0.4, 0.4, 1.0]
    centers[np.arange(GROUPS), 1 + np.arange(GROUPS)] = 1.0
    return centers[truth] + 0.05 * rng.standard_normal((len(truth), 6)), truth


@pytest.fixture(scope="module")
def made():
    """The map of the islands: 2-D and 3-D."""
    return layout_map(islands()[0], seed=3)


def test_positions_are_finite_and_centered(made):
    for positions, dimensions in zip(made, (2, 3), strict=True):
        assert positions.shape == (GROUPS * SIZE, dimensions)
        assert positions.dtype == np.float32
        assert np.isfinite(positions).all()
        np.testing.assert_allclose(positions.mean(axis=0), 0, atol=1e-4)
        assert (positions.std(axis=0) > 0.1).all()  # no dimension is wasted


def test_neighbors_on_the_map_are_neighbors_on_the_manifold(made):
    _, truth = islands()
    for positions in made:
        distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
        np.fill_diagonal(distance, np.inf)
        assert (truth[distance.argmin(axis=1)] == truth).mean() == 1.0


def test_the_map_starts_from_the_manifold(made):
    """A mirrored manifold gives a mirrored map: only the start knows left from right."""
    coordinates, truth = islands()
    coordinates[:, 0] *= -1
    mirrored = layout_map(coordinates, seed=3)
    for ours, theirs in zip(made, mirrored, strict=True):
        left, right = (
            [positions[truth == group, 0].mean() for group in range(GROUPS)]
            for positions in (ours, theirs)
        )
        # A start of UMAP's own choosing would not know of the mirror: the correlation would be 1.
        assert np.corrcoef(left, right)[0, 1] < -0.5


def test_a_seed_determines_the_map(made):
    again = layout_map(islands()[0], seed=3)
    for ours, theirs in zip(made, again, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    other = layout_map(islands()[0], seed=4)
    assert not np.array_equal(other[0], made[0])


def test_processes_make_the_same_maps(made):
    elsewhere = layout_map(islands()[0], seed=3, engine=Processes(2))
    for ours, theirs in zip(made, elsewhere, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_progress_says_which_map_is_done():
    seen: list[tuple[int, int]] = []
    layout_map(np.eye(4), on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("n", [1, 2, 9])
def test_a_few_samples_are_laid_out_by_their_leading_coordinates(n):
    coordinates = np.arange(2.0 * n).reshape(n, 2) / n
    flat, deep = layout_map(coordinates)
    assert flat.shape == (n, 2)
    assert deep.shape == (n, 3)
    scale = np.abs(flat).max() / max(np.abs(coordinates).max(), 1e-12)
    np.testing.assert_allclose(flat, coordinates * scale, atol=0.02)
    assert np.abs(deep[:, 2]).max() < 0.02  # there is no third coordinate


def test_equal_samples_can_still_be_told_apart():
    flat, deep = layout_map(np.zeros((12, 3)))
    assert np.isfinite(flat).all()
    assert np.isfinite(deep).all()
    assert len(np.unique(flat, axis=0)) == 12


def test_many_samples_are_laid_out_by_their_exact_neighbors(monkeypatch):
    """From 4,096 on UMAP would search for them by itself, twice, and miss some."""
    import umap

    rng = np.random.default_rng(1)
    centers = rng.standard_normal((GROUPS, 6))
    truth = np.arange(4200) % GROUPS
    points = centers[truth] + 0.1 * rng.standard_normal((len(truth), 6))
    handed = []

    class Looking(umap.UMAP):
        def fit_transform(self, X, *args, **more):
            handed.append((self.precomputed_knn[0], self.n_epochs))
            self.n_epochs = 15  # what is looked at here does not take longer
            return super().fit_transform(X, *args, **more)

    monkeypatch.setattr(umap, "UMAP", Looking)
    maps = layout_map(points, seed=1)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    rows = rng.choice(len(points), 50, replace=False)
    distance = np.linalg.norm(unit[rows, None] - unit[None], axis=2)
    expected = np.argsort(distance, axis=1)[:, :30]
    for knn, epochs in handed:
        assert epochs == 300
        shared = [len(set(knn[row]) & set(e)) for row, e in zip(rows, expected, strict=True)]
        assert np.mean(shared) > 29.9  # float32 against float64: ties at the end
        assert (knn[:, 0] == np.arange(len(points))).all()
    assert len(handed) == len(maps) == 2


def test_more_samples_take_fewer_passes():
    """As measured on real rows; what is up to 50,000 keeps its bytes."""
    assert [epochs_of(n) for n in (10_000, 10_001, 50_000, 50_001)] == [300, 150, 150, 100]


def test_of_a_map_of_landmarks_the_others_lie_among_their_own():
    coordinates, truth = islands()
    maps = layout_map(coordinates, 3, landmarks=120)
    again = layout_map(coordinates, 3, landmarks=120)
    for positions, same, dimensions in zip(maps, again, (2, 3), strict=True):
        assert positions.shape == (GROUPS * SIZE, dimensions)
        assert positions.tobytes() == same.tobytes()
        distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
        np.fill_diagonal(distance, np.inf)
        assert (truth[distance.argmin(axis=1)] == truth).all()
    whole = layout_map(coordinates, 3)[0]
    assert len(np.unique(maps[0].round(6), axis=0)) == len(np.unique(whole.round(6), axis=0))


def test_a_map_says_that_it_is_one_of_landmarks():
    assert landmark_notice(LANDMARKS) is None
    notice = landmark_notice(LANDMARKS + 5)
    assert notice is not None
    assert (notice.count, notice.total) == (5, LANDMARKS + 5)
