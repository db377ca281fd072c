"""The whole graph in a few dozen parts: concepts that meet each other often, and the conflicts between them.

Parts are communities by modularity (Blondel et al. 2008, "Fast unfolding of communities in large
networks"), as networkx finds them; an edge weighs as many accepted samples as have both concepts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.graph.graph import ConceptGraph

MOST_CONCEPTS = 5_000  # that are sorted into communities: seconds; those in most samples come first
_SEED = 0  # of the search and of the drawing: the same graph looks the same
_STEPS = 200  # of the layout
_APART = 4.0  # its ideal length of a line, where 1 fills the square


@dataclass(frozen=True)
class Community:
    """Concepts that meet each other more often than the rest."""

    concepts: tuple[int, ...]  # their numbers, those in most accepted samples first
    samples: int  # accepted, with at least one of them
    rejections: int  # samples that a conflict with one of them rejected
    cluster: int  # the cluster most of the samples of its concepts are in
    x: float  # both in [0, 1]
    y: float


@dataclass(frozen=True)
class Link:
    """Two communities, or one with itself."""

    first: int  # places among the communities, the lower one first
    second: int
    pairs: int  # of concepts
    samples: int  # accepted with a pair that met; of conflicts: rejected by one
    strongest: tuple[int, int]  # the pair of concepts with most samples


@dataclass(frozen=True)
class Communities:
    """The graph from afar, cut openly."""

    shown: tuple[Community, ...]  # those that reject most first, then those with most samples
    met: tuple[Link, ...]  # between different communities that are shown
    conflicts: tuple[Link, ...]  # between and within those that are shown
    modularity: float  # of the whole division, in [-0.5, 1]; NaN without an edge
    left_out: int  # communities that are not shown
    alone: int  # concepts that met no other
    not_sorted: int  # concepts beyond MOST_CONCEPTS


def communities(graph: ConceptGraph, most: int = 40) -> Communities:
    """Sort the concepts of a graph into communities, and count what met and what clashes between them.

    Args:
        graph: of a selection.
        most: communities that are shown.
    """
    ends, weights = graph.edges()
    looked_at = _looked_at(graph)
    inside = np.isin(ends, looked_at).all(axis=1)
    ends, weights = ends[inside], weights[inside]
    parts, modularity = _divide(ends, weights)
    samples = dict(zip(graph.concepts.tolist(), graph.samples.tolist(), strict=True))
    rejected = [len(_rejected(graph, part)) for part in parts]
    of_concept = {c: place for place, part in enumerate(parts) for c in part}
    rows = [_rows(graph, part) for part in parts]
    # Who looks at the whole graph looks for what rejects.
    order = sorted(range(len(parts)), key=lambda i: (-rejected[i], -len(rows[i]), min(parts[i])))
    shown = order[:most]
    places = {part: place for place, part in enumerate(shown)}
    number = np.full(int(graph.concepts.max(initial=0)) + 1, -1)
    for concept, part in of_concept.items():
        number[concept] = places.get(part, -1)
    met = _links(graph, number, ends, conflicts=False)
    clashes = _links(graph, number, graph.conflicts()[0], conflicts=True)
    drawn = _places(len(shown), (*met, *clashes))
    return Communities(
        tuple(
            Community(
                tuple(sorted(parts[part], key=lambda c: (-samples[c], c))),
                len(rows[part]),
                rejected[part],
                _cluster(graph, parts[part]),
                *drawn[place],
            )
            for place, part in enumerate(shown)
        ),
        met,
        clashes,
        modularity,
        len(order) - len(shown),
        len(looked_at) - len(of_concept),
        graph.n_concepts - len(looked_at),
    )


def _looked_at(graph: ConceptGraph) -> NDArray[np.int64]:
    order = np.argsort(-graph.samples, kind="stable")[:MOST_CONCEPTS]
    return np.sort(graph.concepts[order])


def _divide(ends: NDArray[np.int64], weights: NDArray[np.int32]) -> tuple[list[set[int]], float]:
    """Communities of the concepts that have an edge, and their modularity."""
    if not len(ends):
        return [], float("nan")
    import networkx as nx  # a fifth of a second that no other page should wait for

    made = nx.Graph()
    made.add_nodes_from(np.unique(ends).tolist())  # in one order: the search goes by it
    made.add_weighted_edges_from(
        (a, b, w) for (a, b), w in zip(ends.tolist(), weights.tolist(), strict=True)
    )
    parts = nx.community.louvain_communities(made, weight="weight", seed=_SEED)
    return parts, float(nx.community.modularity(made, parts, weight="weight"))


def _rows(graph: ConceptGraph, concepts: set[int]) -> NDArray[np.int64]:
    return np.unique(np.concatenate([graph.samples_with(c) for c in concepts]))


def _rejected(graph: ConceptGraph, concepts: set[int]) -> NDArray[np.int64]:
    return np.unique(np.concatenate([graph.rejected_with(c) for c in concepts]))


def _cluster(graph: ConceptGraph, concepts: set[int]) -> int:
    places = np.searchsorted(graph.concepts, sorted(concepts))
    clusters, samples = graph.clusters[places], graph.samples[places]
    votes = np.bincount(clusters[clusters >= 0], weights=samples[clusters >= 0])
    return int(votes.argmax()) if len(votes) else -1


def _links(
    graph: ConceptGraph, number: NDArray[np.int64], ends: NDArray[np.int64], *, conflicts: bool
) -> tuple[Link, ...]:
    """What stands between communities, the most samples first.

    Args:
        graph: of a selection.
        number: place of the community of each concept; -1: none that is shown.
        ends: ``(m, 2)`` concepts of each pair.
        conflicts: whether the pairs are in conflict; else they met.
    """
    sides = np.sort(number[ends], axis=1) if len(ends) else np.empty((0, 2), np.int64)
    known = (sides >= 0).all(axis=1)
    rows_on = graph.rejected_on if conflicts else graph.samples_on
    by_sides: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for side, pair in zip(sides[known].tolist(), ends[known].tolist(), strict=True):
        by_sides.setdefault((side[0], side[1]), []).append((pair[0], pair[1]))
    links = []
    for (first, second), pairs in by_sides.items():
        if first == second and not conflicts:
            continue
        rows = [rows_on(*pair) for pair in pairs]
        strongest = max(range(len(pairs)), key=lambda i: (len(rows[i]), -i))
        count = len(np.unique(np.concatenate(rows)))
        links.append(Link(first, second, len(pairs), count, pairs[strongest]))
    return tuple(sorted(links, key=lambda link: (-link.samples, link.first, link.second)))


def _places(n: int, links: tuple[Link, ...]) -> list[tuple[float, float]]:
    """Places in the unit square: what meets or clashes often is near."""
    if n < 2:
        return [(0.5, 0.5)] * n
    import networkx as nx

    made = nx.Graph()
    made.add_nodes_from(range(n))
    made.add_edges_from((link.first, link.second) for link in links if link.first != link.second)
    found = nx.spring_layout(
        made, seed=_SEED, iterations=_STEPS, k=_APART / np.sqrt(n), weight=None
    )
    return [(float(x), float(y)) for x, y in _spread(np.array([found[i] for i in range(n)]))]


def _spread(at: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n, 2)`` places in the unit square, none on another: what is covered by its ends is no line."""
    least = min(0.16, 0.8 / np.sqrt(len(at)))
    for _ in range(_STEPS):
        at = _in_square(at)
        away = at[:, None] - at[None]
        distance = np.hypot(*np.moveaxis(away, 2, 0))
        np.fill_diagonal(distance, np.inf)
        short = np.maximum(least - distance, 0.0) / np.maximum(distance, 1e-6)
        if not short.any():
            break
        at = at + 0.5 * (short[:, :, None] * away).sum(axis=1)
    return _in_square(at)


def _in_square(at: NDArray[np.float64]) -> NDArray[np.float64]:
    low, span = at.min(axis=0), np.ptp(at, axis=0)
    scaled: NDArray[np.float64] = np.clip((at - low) / np.where(span > 0, span, 1.0), 0.0, 1.0)
    return scaled
