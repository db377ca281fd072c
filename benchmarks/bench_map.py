"""What the passes of UMAP over a large map are worth: ``python benchmarks/bench_map.py``.

The 2-D map of the 43,841 real rows by 150, 100 and 60 passes, and by 100 with half the neighbors. Printed
are processor seconds as a share of those of 150; how many of the 30 nearest on the map have the same known
capability (on the manifold itself, too); and the trustworthiness of 4,000 rows (Venna & Kaski 2001).
Required: 100 passes take at most 0.8 of the time, and lose at most 0.01 of either.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
from grown_vectors import real_vectors
from numpy.typing import NDArray
from shared_data import shared
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

NEAR, ROWS = 30, 4_000
PASSES, FEWER = 150, 100
LEAST_SAVED, MOST_LOST = 0.8, 0.01


def main() -> int:
    """Print every choice; 1 where 100 passes are not worth it."""
    import umap

    from paser_core.config import ManifoldConfig
    from paser_core.stages.manifold import fit_manifold
    from paser_core.stages.search import Search

    coordinates = fit_manifold(real_vectors(), ManifoldConfig()).coordinates
    norms = np.maximum(np.linalg.norm(coordinates, axis=1, keepdims=True), 1e-12)
    unit = (coordinates / norms).astype(np.float32)
    table = pd.read_parquet(shared("instructions.parquet"), columns=["capability"])
    truth = table["capability"].to_numpy()
    rows = np.random.default_rng(0).permutation(len(unit))[:ROWS]
    near, distances = Search().neighbors(unit, NEAR)
    start = coordinates[:, :2] * 10 / np.abs(coordinates[:, :2]).max()

    def alike(neighbors: NDArray[np.int64]) -> float:
        return float((truth[neighbors] == truth[rows][:, None]).mean())

    def laid(passes: int, k: int) -> tuple[float, float, float]:
        knn: Any = (
            np.column_stack([np.arange(len(unit)), near[:, : k - 1]]),
            np.pad(distances[:, : k - 1], ((0, 0), (1, 0))),
            None,
        )
        began = time.process_time()
        model = umap.UMAP(
            n_neighbors=k, min_dist=0.3, init=start.astype(np.float32), n_epochs=passes,
            random_state=0, n_jobs=1, precomputed_knn=knn,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            places = model.fit_transform(unit)
        spent = time.process_time() - began
        found = NearestNeighbors(n_neighbors=NEAR + 1).fit(places).kneighbors(places[rows])[1]
        return spent, alike(found[:, 1:]), float(trustworthiness(unit[rows], places[rows]))

    laid(5, NEAR)  # compiles
    print(f"on the manifold {alike(near[rows]):.3f} of the {NEAR} nearest have the same capability")
    found = {
        (p, k): laid(p, k) for p, k in ((PASSES, NEAR), (FEWER, NEAR), (60, NEAR), (FEWER, 15))
    }
    whole = found[PASSES, NEAR]
    for (passes, k), (spent, same, trust) in found.items():
        print(
            f"{passes} passes, {k} neighbors: {spent:.1f} s ({spent / whole[0]:.2f}), "
            f"same capability {same:.3f}, trustworthiness {trust:.3f}"
        )
    spent, same, trust = found[FEWER, NEAR]
    lost = max(whole[1] - same, whole[2] - trust)
    return int(spent > LEAST_SAVED * whole[0] or lost > MOST_LOST)


if __name__ == "__main__":
    sys.exit(main())
