"""Clusters against known capabilities: ``python benchmarks/bench_clustering.py``.

Data: capability_mix.parquet (rows of the mixed class `open` left out), K = 12. Reference: k-means on
the embeddings, same run. Required: mean NMI of three seeds at least 0.01 above the reference, and
the automatic K within 0.03 of that.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from shared_data import shared
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from paser_core.clustering import fit_clustering
from paser_core.config import ClusteringConfig, ManifoldConfig
from paser_core.embedding import precomputed
from paser_core.manifold import fit_manifold

SEEDS = (0, 1, 2)


def main() -> int:
    frame = pd.read_parquet(shared("capability_mix.parquet"))
    frame = frame[frame["capability"] != "open"]
    truth = frame["capability"].to_numpy()
    vectors = np.stack(frame["embedding"].to_list()).astype(np.float32)
    points = precomputed(vectors, len(vectors))
    rows: dict[str, list[tuple[float, float, float, int]]] = {}

    def note(name: str, labels: np.ndarray, seconds: float) -> None:
        nmi = normalized_mutual_info_score(truth, labels)
        ari = adjusted_rand_score(truth, labels)
        rows.setdefault(name, []).append((nmi, ari, seconds, len(np.unique(labels))))

    for seed in SEEDS:
        began = time.perf_counter()
        labels = KMeans(12, n_init=10, random_state=seed).fit_predict(points)
        note("k-means on embeddings, K = 12", labels, time.perf_counter() - began)
        began = time.perf_counter()
        manifold = fit_manifold(points, ManifoldConfig(), seed)
        prepared = time.perf_counter() - began
        for name, config in (
            ("ours, K = 12", ClusteringConfig(n_clusters=12)),
            ("ours, automatic K", ClusteringConfig()),
        ):
            began = time.perf_counter()
            found = fit_clustering(manifold.coordinates, config, seed)
            note(name, found.labels, prepared + time.perf_counter() - began)

    print(f"{len(points):,} rows, {len(set(truth))} capabilities, seeds {SEEDS}")
    print(f"{'':32} {'NMI':>6} {'ARI':>6} {'K':>6} {'seconds':>8}")
    means = {}
    for name, values in rows.items():
        nmi, ari, seconds, k = np.mean(values, axis=0)
        means[name] = nmi
        print(f"{name:32} {nmi:6.3f} {ari:6.3f} {k:6.1f} {seconds:8.1f}")
    reference, ours, automatic = (
        means["k-means on embeddings, K = 12"],
        means["ours, K = 12"],
        means["ours, automatic K"],
    )
    print(f"over k-means: {ours - reference:+.3f} (required: +0.010)")
    print(f"automatic K: {automatic - ours:+.3f} (required: -0.030 or better)")
    return int(ours < reference + 0.01 or automatic < ours - 0.03)


if __name__ == "__main__":
    sys.exit(main())
