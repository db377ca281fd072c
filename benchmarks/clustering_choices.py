"""Why the clustering has the settings it has: ``python benchmarks/clustering_choices.py [RUN]``.

NMI against known capabilities (rows of the mixed class `open` left out), one choice changed at a
time, K = 12, mean of three seeds; then what each criterion would choose for K. Without RUN on
capability_mix.parquet; with a run folder, on a sample of its rows, whose column `capability` is the
truth. docs/decisions.md quotes what this prints.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from shared_data import shared
from sklearn.cluster import KMeans
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    normalized_mutual_info_score,
    silhouette_score,
)

from paser_core.config import ClusteringConfig, Kernel, ManifoldConfig
from paser_core.runs import Run
from paser_core.stages import clustering, manifold, neighbors
from paser_core.stages.embedding import precomputed

SEEDS = (0, 1, 2)
ROWS = 7000  # of a run
K = 12


def data(run: Path | None) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Unit vectors ``(n, d)`` and capabilities ``(n,)``."""
    if run is None:
        frame = pd.read_parquet(shared("capability_mix.parquet"))
        vectors = np.stack(frame["embedding"].to_list()).astype(np.float32)
        truth = frame["capability"].to_numpy()
        usable = np.flatnonzero(truth != "open")
    else:
        opened = Run.open(run)
        vectors, truth = opened.embeddings, opened.samples["capability"].to_numpy()
        usable = np.flatnonzero((truth != "open") & (opened.labels >= 0))
        if len(usable) > ROWS:
            usable = np.sort(np.random.default_rng(0).choice(usable, ROWS, replace=False))
    return precomputed(np.asarray(vectors[usable]), len(usable)), truth[usable]


@contextmanager
def changed(module: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def larger_of_both(points: NDArray[np.float32], k: int, own: int, *_: Any) -> sp.csr_array:
    """The graph with the maximum of both directions where ours has their mean."""
    n = len(points)
    near, distances = neighbors.nearest_neighbors(points, k)
    scale = np.maximum(distances[:, min(own, k) - 1].astype(float), 1e-9)
    rows, columns = np.repeat(np.arange(n), near.shape[1]), near.ravel()
    values = np.exp(-(distances.ravel().astype(float) ** 2) / (scale[rows] * scale[columns]))
    graph = sp.csr_array((np.maximum(values, 1e-12), (rows, columns)), shape=(n, n))
    larger: sp.csr_array = graph.maximum(graph.T).tocsr()
    return larger


def random_start(points: NDArray[np.float64], k: int, seed: int) -> NDArray[np.float64]:
    """What the factorization starts from where k-means is not used."""
    start: NDArray[np.float64] = np.random.default_rng(seed).random((len(points), k))
    start /= np.sqrt(len(points))
    return start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?")
    points, truth = data(parser.parse_args().run)
    print(f"{len(points):,} rows, {len(set(truth))} capabilities, K = {K}, seeds {SEEDS}")

    def nmi(labels: NDArray[Any]) -> float:
        return float(normalized_mutual_info_score(truth, labels))

    def ours(config: ManifoldConfig, scale: int = 15) -> float:
        config = replace(config, scale_neighbor=scale)
        clusters = ClusteringConfig(n_clusters=K, scale_neighbor=scale)
        found = []
        for seed in SEEDS:
            coordinates = manifold.fit_manifold(points, config, seed).coordinates
            fitted = clustering.fit_clustering(coordinates, clusters, seed)
            found.append(nmi(fitted.labels))
        return float(np.mean(found))

    def line(name: str, value: float) -> None:
        print(f"  {name:46} {value:.3f}", flush=True)

    default = ManifoldConfig()
    means = [KMeans(K, n_init=10, random_state=s).fit_predict(points) for s in SEEDS]
    line("k-means on the embeddings", float(np.mean([nmi(labels) for labels in means])))
    line("ours", ours(default))
    for k in (30, 100):
        line(f"{k} neighbors instead of 60", ours(ManifoldConfig(n_neighbors=k)))
    for r in (12, 48):
        line(f"{r} coordinates instead of 24", ours(ManifoldConfig(n_components=r)))
    for weight in (0, 0.3, 3):
        line(
            f"coarse similarity weighs {weight} instead of 1",
            ours(ManifoldConfig(regularization=weight)),
        )
    line("all samples alike similar (Zhang & Rohe)", ours(ManifoldConfig(partitions=0)))
    line("the same, weight 0.15", ours(ManifoldConfig(partitions=0, regularization=0.15)))
    line("8 to 60 groups instead of 24 to 60", ours(ManifoldConfig(groups_min=8)))
    line("scale from the 7th neighbor instead of the 15th", ours(default, 7))
    with (
        changed(manifold, "knn_affinity", larger_of_both),
        changed(clustering, "knn_affinity", larger_of_both),
    ):
        line("larger of both directions instead of their mean", ours(default))
    with changed(clustering, "_scaled", lambda w, h: w):
        line("argmax of W as it is, columns not scaled", ours(default))
    with changed(clustering, "_start", random_start):
        line("random start instead of k-means", ours(default))
        with changed(clustering, "_scaled", lambda w, h: w):
            line("random start, columns of W not scaled", ours(default))
    line("t = 1/lambda of the last instead of 2/lambda", ours(ManifoldConfig(decay=1)))
    with changed(manifold, "_time", lambda _, eigenvalues: 1.0 / eigenvalues[0]):
        line("t = 1/lambda_2", ours(default))
    with changed(clustering, "normalize_rows", lambda rows: rows):
        line("rows of the manifold not normalized", ours(default))
    if len(points) <= manifold.DENSE_LIMIT:
        line("dense kernel", ours(ManifoldConfig(kernel=Kernel.DENSE)))
    choices_of_k(points, nmi)


def choices_of_k(points: NDArray[np.float32], nmi: Callable[[NDArray[Any]], float]) -> None:
    """What each criterion takes from K = 5 to 25, and the NMI there."""
    chosen: dict[str, list[tuple[int, float]]] = {}
    for seed in SEEDS:
        coordinates = manifold.fit_manifold(points, ManifoldConfig(), seed).coordinates
        first, place = neighbors.distinct_rows(coordinates)
        rows = clustering.normalize_rows(coordinates[first])
        similarity = clustering.neighbor_similarity(rows, 60, 15)
        scores: dict[str, dict[int, float]] = {}
        labels = {}
        for k in range(5, 26):
            w, h, _ = clustering.factorize(
                similarity, clustering._start(rows, k, seed, len(rows)), 300
            )
            labels[k] = np.argmax(clustering._scaled(w, h), axis=1)
            for name, value in (
                ("modularity, its optimum", clustering.modularity(similarity, labels[k])),
                ("silhouette", silhouette_score(rows, labels[k], sample_size=5000, random_state=0)),
                ("Calinski-Harabasz", calinski_harabasz_score(rows, labels[k])),
                ("Davies-Bouldin", -davies_bouldin_score(rows, labels[k])),
            ):
                scores.setdefault(name, {})[k] = float(value)
        picks = {name: max(values, key=values.__getitem__) for name, values in scores.items()}
        picks["largest K (the literal Frobenius criterion)"] = 25
        found = clustering.fit_clustering(coordinates, ClusteringConfig(), seed)
        picks["ours: smallest K within 3 % of it"] = found.n_clusters
        for name, k in picks.items():
            chosen.setdefault(name, []).append((k, nmi(labels[k][place])))
    for name, values in chosen.items():
        ks = ", ".join(str(k) for k, _ in values)
        print(f"  {name:46} {np.mean([v for _, v in values]):.3f}  K = {ks}")


if __name__ == "__main__":
    main()
