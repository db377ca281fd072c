"""Exact nearest neighbors against a partition of every row: ``python benchmarks/bench_neighbors.py``.

Data: real vectors. Reference: the same inner products by blocks, then ``numpy.argpartition``. In the 384
dimensions of the embeddings the products are most of the work; in 24, as many as the manifold has, looking
at them is. Required: the same distances (of neighbors equally far the reference takes any), 2 and 3 times
as fast. Seconds are of the processor, one thread.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from numpy.typing import NDArray
from shared_data import shared
from threadpoolctl import threadpool_limits

from paser_core.stages.neighbors import distinct_rows, nearest_neighbors

K, BLOCK = 60, 1024
REQUIRED = {384: 2.0, 24: 3.0}  # times as fast, by dimensions


def partitioned(
    points: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The reference."""
    n = len(points)
    neighbors, distances = np.empty((n, k), np.int64), np.empty((n, k), np.float32)
    norms = (points**2).sum(axis=1)
    for start in range(0, n, BLOCK):
        rows = slice(start, min(start + BLOCK, n))
        squared = norms[None, :] - 2.0 * (points[rows] @ points.T) + norms[rows, None]
        squared[np.arange(rows.stop - start), np.arange(start, rows.stop)] = np.inf
        nearest = np.argpartition(squared, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(squared, nearest, axis=1)
        order = np.lexsort((nearest, values), axis=1)
        neighbors[rows] = np.take_along_axis(nearest, order, axis=1)
        distances[rows] = np.sqrt(np.maximum(np.take_along_axis(values, order, axis=1), 0.0))
    return neighbors, distances


def main() -> int:
    """Print both and their ratio; 1 where less than required."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    vectors = np.load(shared("instructions_vectors.npy"), mmap_mode="r")[:rows].astype(np.float32)
    vectors = vectors[distinct_rows(vectors)[0]]
    nearest_neighbors(vectors[: 2 * K], K)  # compiles
    failed = False
    for dimensions, required in REQUIRED.items():
        points = np.ascontiguousarray(vectors[:, :dimensions])
        seconds, results = [], []
        for work in (nearest_neighbors, partitioned):
            began = time.process_time()
            with threadpool_limits(1):
                results.append(work(points, K))
            seconds.append(time.process_time() - began)
        same = np.array_equal(results[0][1], results[1][1])
        ratio = seconds[1] / seconds[0]
        failed |= not same or ratio < required
        print(
            f"{len(points):,} x {dimensions}, k {K}: {seconds[0]:.1f} s, reference {seconds[1]:.1f} s, "
            f"{ratio:.1f} times as fast (required {required:g}); {'the same' if same else 'NOT THE SAME'}"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
