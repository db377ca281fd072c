"""The map: manifold coordinates flattened to two and three dimensions by UMAP.

UMAP (McInnes, Healy & Melville 2018) starts from the manifold's own leading coordinates, so that
the picture keeps their large-scale order and is the same for the same seed.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from paser_core.protocols import Progress, no_progress
from paser_core.stages.neighbors import nearest_neighbors

_NEIGHBORS = 30  # twice UMAP's default: fewer islands
_FEWEST = 10  # below this UMAP has nothing to work with
_LARGE = 10_000  # rows from which fewer epochs are enough
_SEARCHED = (
    4096  # rows from which UMAP searches its neighbors itself, not exactly, and for each map anew
)
_SPREAD = 10.0  # UMAP's own initializations span about this much


def layout_map(
    coordinates: NDArray[np.float64], seed: int = 0, on_progress: Progress = no_progress
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """2-D ``(n, 2)`` and 3-D ``(n, 3)`` positions of manifold coordinates ``(n, r)``."""
    n = len(coordinates)
    norms = np.linalg.norm(coordinates, axis=1, keepdims=True)
    unit = (coordinates / np.maximum(norms, 1e-12)).astype(np.float32)
    near = _near(unit) if n > _SEARCHED else None
    maps = []
    for done, dimensions in enumerate((2, 3), start=1):
        start = _initial(coordinates, dimensions, seed)
        maps.append(start if n < _FEWEST else _embed(unit, near, start, seed))
        on_progress(done, 2)
    return maps[0], maps[1]


def _near(unit: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """``(n, k)`` neighbors and distances as UMAP takes them: the point itself comes first."""
    neighbors, distances = nearest_neighbors(unit, _NEIGHBORS - 1)
    own = np.arange(len(unit))
    return np.column_stack([own, neighbors]), np.pad(distances, ((0, 0), (1, 0)))


def _embed(
    unit: NDArray[np.float32],
    near: tuple[NDArray[np.int64], NDArray[np.float32]] | None,
    start: NDArray[np.float32],
    seed: int,
) -> NDArray[np.float32]:
    import umap

    n = len(unit)
    model = umap.UMAP(
        n_components=start.shape[1],
        n_neighbors=min(_NEIGHBORS, n - 1),
        min_dist=0.3,  # room inside a cluster: points can be told apart and picked
        metric="euclidean",
        init=start,
        n_epochs=150 if n > _LARGE else 300,
        random_state=seed,
        n_jobs=1,  # more threads would make the result depend on the machine
        precomputed_knn=(None, None, None) if near is None else near,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about its own choices, which are ours here
        positions = model.fit_transform(unit)
    result: NDArray[np.float32] = np.asarray(positions, np.float32)
    result -= result.mean(axis=0)
    return result


def _initial(coordinates: NDArray[np.float64], dimensions: int, seed: int) -> NDArray[np.float32]:
    """Leading coordinates, scaled; missing ones are zero; a little noise parts equal points."""
    n, r = coordinates.shape
    start = np.zeros((n, dimensions))
    start[:, : min(r, dimensions)] = coordinates[:, :dimensions]
    start *= _SPREAD / max(float(np.abs(start).max()), 1e-12)
    noise = np.random.default_rng(seed).normal(scale=1e-4 * _SPREAD, size=start.shape)
    return (start + noise).astype(np.float32)
