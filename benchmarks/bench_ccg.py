"""The concept graph at 44,000 samples with 8 concepts: ``python benchmarks/bench_ccg.py``.

Evidence of every rejection at full budget, then what a page does: cut the graph at another budget,
search, draw a neighborhood. Required: all evidence in 0.3 s, a neighborhood of 300 concepts in 0.15 s.
Times are CPU seconds on one core, the best of a few.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from paser_core.config import SelectionConfig
from paser_core.explain.graph import (
    ConceptGraph,
    ConceptIndex,
    ConflictTable,
    neighborhood,
    search,
    worst,
)
from paser_core.selection import Candidates, rank_samples
from paser_core.stages.concepts import ConceptTable

N, WIDTH, CLUSTERS, TOPICS, TOPIC_WORDS = 44_000, 8, 16, 1_000, 80
COMMON = 60  # words that turn up in any topic


def candidates() -> Candidates:
    """Frequencies as RAKE gives on real instructions: most phrases once, a few in over a hundred."""
    rng = np.random.default_rng(0)
    topics = np.minimum(rng.zipf(1.4, N) + rng.integers(0, TOPICS, N), TOPICS - 1)
    place = np.stack([rng.permutation(TOPIC_WORDS)[:WIDTH] for _ in range(N)])
    topic = topics[:, None] * TOPIC_WORDS + place
    common = TOPICS * TOPIC_WORDS + np.stack([rng.permutation(COMMON)[:WIDTH] for _ in range(N)])
    own = TOPICS * TOPIC_WORDS + COMMON + np.arange(N * WIDTH).reshape(N, WIDTH)
    kind = rng.random((N, WIDTH))
    ids = np.where(kind < 0.04, common, np.where(kind < 0.5, topic, own))
    table = ConceptTable(
        tuple(f"w{i}" for i in range(int(ids.max()) + 1)),
        np.arange(0, N * WIDTH + 1, WIDTH, dtype=np.int64),
        ids.ravel().astype(np.int32),
    )
    return Candidates(
        rng.random(N),
        rng.integers(20, 400, N),
        (topics % CLUSTERS).astype(np.int32),
        CLUSTERS,
        np.ones(N, bool),
        table,
        [None] * N,
    )


def best_of(times: int, work: Callable[[], Any]) -> tuple[float, Any]:
    took = []
    for _ in range(times):
        began = time.process_time()
        result = work()
        took.append(time.process_time() - began)
    return min(took), result


def main() -> int:
    ranking = rank_samples(candidates(), SelectionConfig())
    ConflictTable.of(ranking)  # compile
    table_s, table = best_of(5, lambda: ConflictTable.of(ranking))
    rows = table.rows.tolist()
    words_s, _ = best_of(2, lambda: [table.evidence(row) for row in rows])
    print(
        f"{N:,} samples x {WIDTH} concepts: {len(table.accepted):,} accepted, {len(rows):,} rejected"
    )
    print(f"pairs of all rejections       {table_s:8.4f} s (required: at most 0.300)")
    print(f"… and in words              {words_s:8.4f} s")

    index_s, index = best_of(3, lambda: ConceptIndex.of(table))
    graph_s, _ = best_of(5, lambda: ConceptGraph.of(ranking.at(N // 5), index))
    graph = ConceptGraph.of(ranking.at(N), index)
    print(
        f"index of the ranking        {index_s:8.4f} s, {graph.n_concepts:,} concepts, "
        f"{graph.n_edges:,} edges, {graph.n_conflicts:,} conflict pairs"
    )
    print(f"graph at another budget     {graph_s:8.4f} s")
    first_s, _ = best_of(1, lambda: search(graph, "w12"))
    search_s, found = best_of(5, lambda: search(graph, "w12"))
    print(
        f"search                      {search_s:8.4f} s (the first one {first_s:.4f} s), "
        f"{len(found.concepts) + found.left_out:,} found"
    )
    busiest = worst(graph, 1).concepts[0]
    slowest = 0.0
    for most in (120, 300):
        seconds, around = best_of(5, partial(neighborhood, graph, busiest.number, most))
        slowest = max(slowest, seconds)
        print(
            f"neighborhood, at most {most}  {seconds:8.4f} s, {len(around.nodes)} concepts, "
            f"{len(around.edges):,} edges, {around.left_out:,} left out"
        )
    return int(table_s > 0.3 or slowest > 0.15)


if __name__ == "__main__":
    sys.exit(main())
