"""Seconds of the processor and memory of the selectors that look at the whole pool, at 4k and at 44k samples.

``python benchmarks/bench_selectors.py``: coverage and the other clusterings on the demo, and on
``../shared/data`` where that is. Fails where a full matrix of all samples would be held.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from shared_data import shared

from paser_core.config import ClusteringConfig
from paser_core.runs import Run
from paser_core.stages.clusterings.method import Material, clustering_of
from paser_core.stages.coverage import facility_location, farthest_first

DEMO = Path(__file__).parents[1] / "data" / "demo" / "run"
CLUSTERS = 14
METHODS = ("nmf-tfidf", "lda-tfidf", "kmeans-tfidf", "spectral-mteb")


def peak() -> float:
    """Largest memory of this process so far, in GB (Linux: kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def timed(name: str, work: Callable[[], Any]) -> None:
    began = time.process_time()  # of the processor: others may work on the machine, too
    work()
    print(f"  {name:<20} {time.process_time() - began:7.1f} s   peak {peak():.2f} GB", flush=True)


def measure(what: str, vectors: np.ndarray, texts: list[str]) -> None:
    print(f"{what}: {len(vectors):,} samples")
    timed("k-center", lambda: farthest_first(vectors))
    timed("facility-location", lambda: facility_location(vectors))
    material = Material(np.zeros((len(texts), 1)), texts, "en", vectors)
    config = ClusteringConfig(n_clusters=CLUSTERS)
    for name in METHODS:
        timed(name, partial(clustering_of(name).fit, material, config))


def main() -> int:
    run = Run.open(DEMO)
    inside = np.flatnonzero(run.labels >= 0)
    measure("demo", run.embeddings[inside], run.samples["instruction"].iloc[inside].tolist())
    vectors = np.load(shared("instructions_vectors.npy")).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = pd.read_parquet(shared("instructions.parquet"))
    texts = (table["instruction"] + "\n" + table["input"].fillna("")).tolist()
    measure("instructions", vectors, texts)
    full = 4 * len(vectors) ** 2 / 1e9
    if peak() > full / 2:
        print(f"FAIL: {peak():.2f} GB; a full matrix of all samples has {full:.1f} GB")
        return 1
    print(f"a full matrix of all samples would have {full:.1f} GB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
