"""The concept graph, built literally: sample by sample, with sets and networkx."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np

from paser_core.selection import Selection


def literal(selection: Selection):
    """``(graph, samples per concept, rejected rows per pair)``, by walking the accepted samples again."""
    ranking = selection.ranking
    words = ranking.candidates.concepts.of
    graph = nx.Graph()
    carriers: dict[str, list[int]] = {}
    on_edge: dict[frozenset, list[int]] = {}
    rejected: dict[frozenset, list[int]] = {}
    turns = sorted(np.flatnonzero(ranking.rejected_at >= 0), key=lambda r: ranking.rejected_at[r])
    for taken, row in enumerate([None, *selection.rows.tolist()]):
        if row is not None:
            for word in words(row):
                carriers.setdefault(word, []).append(row)
            for pair in combinations(words(row), 2):
                on_edge.setdefault(frozenset(pair), []).append(row)
            graph.add_nodes_from(words(row))
            graph.add_edges_from(combinations(words(row), 2))
        for other in turns:
            if ranking.rejected_at[other] == taken and taken < selection.budget:
                known = [w for w in words(other) if w in graph]
                for a, b in combinations(known, 2):
                    if not graph.has_edge(a, b):
                        rejected.setdefault(frozenset((a, b)), []).append(int(other))
    return graph, carriers, on_edge, rejected
