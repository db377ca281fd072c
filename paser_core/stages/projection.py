"""The map: manifold coordinates flattened to two and three dimensions by UMAP.

UMAP (McInnes, Healy & Melville 2018) starts from the manifold's own leading coordinates, so that
the picture keeps their large-scale order and is the same for the same seed. Of very many samples UMAP
lays out landmarks, drawn at random, and the others are put between those nearest to them on the manifold.
"""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from paser_core.engines.engine import Engine, Report
from paser_core.engines.local import LOCAL
from paser_core.notices import Notice, Severity
from paser_core.protocols import Progress, no_progress
from paser_core.stages.inverted import approximate_neighbors
from paser_core.stages.search import Search

LANDMARKS = 200_000  # samples that UMAP lays out: more of them hide each other, and take it hours
_BETWEEN = 5  # landmarks that another sample is put between
_NEIGHBORS = 30  # twice UMAP's default: fewer islands
_FEWEST = 10  # below this UMAP has nothing to work with
# Rows up to which UMAP's passes are so many; the more rows, the fewer are enough (docs/decisions.md).
_EPOCHS = {10_000: 300, 50_000: 150}
_LEAST_EPOCHS = 100
_SEARCHED = (
    4096  # rows from which UMAP searches its neighbors itself, not exactly, and for each map anew
)
_SPREAD = 10.0  # UMAP's own initializations span about this much


def layout_map(
    coordinates: NDArray[np.float64],
    seed: int = 0,
    on_progress: Progress = no_progress,
    search: Search | None = None,
    engine: Engine = LOCAL,
    landmarks: int = LANDMARKS,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """2-D ``(n, 2)`` and 3-D ``(n, 3)`` positions of manifold coordinates ``(n, r)``.

    Args:
        coordinates: ``(n, r)`` of the manifold.
        seed: of UMAP, and of the landmarks that are drawn.
        on_progress: told how many maps are done, and of how many.
        search: how neighbors are looked for; None: as in a run with nothing said.
        engine: has the two maps laid out, each of which keeps one processor busy.
        landmarks: samples that UMAP lays out at the most.
    """
    search = search or Search(seed=seed)
    n = len(coordinates)
    norms = np.linalg.norm(coordinates, axis=1, keepdims=True)
    unit = (coordinates / np.maximum(norms, 1e-12)).astype(np.float32)
    drawn, between = np.arange(n), None
    if n > landmarks:
        drawn = np.sort(np.random.default_rng(seed).choice(n, landmarks, replace=False))
        between = _between(unit, drawn, search)
    near = _near(unit[drawn], search) if len(drawn) > _SEARCHED else None
    lay = partial(_lay, unit[drawn], coordinates[drawn], near, seed)
    maps = []
    for done, laid in enumerate(engine.map(lay, (2, 3)), start=1):
        maps.append(laid if between is None else (between @ laid).astype(np.float32))
        on_progress(done, 2)
    return maps[0], maps[1]


def epochs_of(n: int) -> int:
    """Passes of UMAP over the graph of ``n`` samples."""
    return next((epochs for most, epochs in _EPOCHS.items() if n <= most), _LEAST_EPOCHS)


def landmark_notice(n: int) -> Notice | None:
    """What a reader of the map of ``n`` samples has to know; None: all of them were laid out."""
    if n <= LANDMARKS:
        return None
    return Notice(
        "map-landmarks",
        f"Of {n:,} samples UMAP laid out {LANDMARKS:,}, drawn at random; the others are on the map between "
        f"the {_BETWEEN} of these that are nearest to them on the manifold.",
        Severity.INFO,
        n - LANDMARKS,
        n,
    )


def _near(
    unit: NDArray[np.float32], search: Search
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """``(n, k)`` neighbors and distances as UMAP takes them: the point itself comes first."""
    neighbors, distances = search.neighbors(unit, _NEIGHBORS - 1)
    own = np.arange(len(unit))
    return np.column_stack([own, neighbors]), np.pad(distances, ((0, 0), (1, 0)))


def _between(unit: NDArray[np.float32], drawn: NDArray[np.int64], search: Search) -> sp.csr_array:
    """``(n, landmarks)`` weights that put each sample between its landmarks; a landmark is its own.

    A Gaussian whose width is the distance to the nearest: where one is much nearer than the others, it
    decides, and a sample is not put into the void between two islands.
    """
    n = len(unit)
    neighbors, distances = approximate_neighbors(
        unit, _BETWEEN, search.probes, search.seed, among=drawn
    )
    width = np.maximum(distances[:, :1].astype(np.float64), 1e-9)
    weights = np.exp(-((distances / width) ** 2))  # of a place that is not filled: 0
    weights /= weights.sum(axis=1, keepdims=True)
    number = np.zeros(n, np.int64)
    number[drawn] = np.arange(len(drawn))
    neighbors = number[neighbors]
    neighbors[drawn, 0] = np.arange(len(drawn))
    weights[drawn] = np.eye(1, _BETWEEN)
    rows = np.repeat(np.arange(n), _BETWEEN)
    found: sp.csr_array = sp.coo_array(
        (weights.ravel(), (rows, neighbors.ravel())), shape=(n, len(drawn))
    ).tocsr()
    return found


def _lay(
    unit: NDArray[np.float32],
    coordinates: NDArray[np.float64],
    near: tuple[NDArray[np.int64], NDArray[np.float32]] | None,
    seed: int,
    dimensions: int,
    _: Report,
) -> NDArray[np.float32]:
    n, start = len(unit), _initial(coordinates, dimensions, seed)
    if n < _FEWEST:
        return start
    import umap

    model = umap.UMAP(
        n_components=start.shape[1],
        n_neighbors=min(_NEIGHBORS, n - 1),
        min_dist=0.3,  # room inside a cluster: points can be told apart and picked
        metric="euclidean",
        init=start,
        n_epochs=epochs_of(n),
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
