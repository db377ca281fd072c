"""What surrounds one concept: its strongest neighbors, its conflict partners, and a drawing of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.graph.graph import Concept, ConceptGraph
from paser_core.explain.graph.index import Groups, pair_keys

_STEPS = 60  # of the layout; more moves nothing that an eye would see
_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


class Role(StrEnum):
    """Why a concept is in a neighborhood."""

    CENTER = "center"
    NEIGHBOR = "neighbor"  # met the center in an accepted sample
    PARTNER = "partner"  # in conflict with the center
    FURTHER = "further"  # met a neighbor that is shown, not the center


@dataclass(frozen=True)
class Node:
    """A concept and its place in the drawing."""

    concept: Concept
    role: Role
    x: float  # both in [0, 1]
    y: float


@dataclass(frozen=True)
class Edge:
    """Two concepts of the neighborhood that met, or are in conflict."""

    first: int  # concept numbers
    second: int
    samples: int  # accepted with both; of a conflict: rejected because of the pair


@dataclass(frozen=True)
class Neighborhood:
    """The ego graph of one concept, cut openly."""

    nodes: tuple[Node, ...]  # the center, neighbors, partners, what is further; strongest first
    edges: tuple[Edge, ...]  # among the nodes shown
    conflicts: tuple[Edge, ...]  # among the nodes shown
    n_neighbors: int  # of the center, shown or not
    n_partners: int
    left_out: int  # neighbors and partners that are not shown
    n_further: int = 0  # met a neighbor that is shown, shown or not; 0 where it was not asked for


def neighborhood(
    graph: ConceptGraph, concept: int, most: int = 120, further: bool = False
) -> Neighborhood:
    """The concept, its strongest neighbors and conflict partners: at most ``most`` nodes.

    Neighbors are ranked by the samples they share with it, partners by the samples their pair
    rejected; each get half of the places, and what one does not need goes to the other. Places that
    are left go, if wanted, to what is one step ``further``, by the samples shared with neighbors.

    Args:
        graph: of a selection.
        concept: its number.
        most: nodes, the concept itself counted.
        further: whether places that are left go to what is one step further.

    Raises:
        ValueError: the concept is no vertex at this budget.
    """
    center = graph.concept(concept)
    if center is None:
        raise ValueError(f"concept {concept} is no vertex at budget {graph.selection.budget}")
    neighbors = _neighbors(graph, concept)
    partners = _partners(graph, concept)
    room = max(0, most - 1)
    n_partners = min(len(partners), max(room // 2, room - len(neighbors)))
    n_neighbors = min(len(neighbors), room - n_partners)
    shown = np.concatenate([[concept], neighbors[:n_neighbors], partners[:n_partners]])
    roles = [Role.CENTER] + [Role.NEIGHBOR] * n_neighbors + [Role.PARTNER] * n_partners
    n_further = 0
    if further and len(shown) < most:
        beyond = _further(graph, neighbors[:n_neighbors], shown)
        n_further = len(beyond)
        beyond = beyond[: most - len(shown)]
        shown = np.concatenate([shown, beyond])
        roles += [Role.FURTHER] * len(beyond)
    one, other = np.triu_indices(len(shown), 1)
    keys = pair_keys(shown[one], shown[other])
    met = _counts(graph.index.edges, graph.edge_samples, keys)
    clash = _counts(graph.index.conflicts, graph.conflict_samples, keys)
    # Conflicts pull too, less: a partner stands near the center, but apart from its neighbors.
    pull = np.log1p(met) + 0.3 * ((clash > 0) & (one == 0))
    places = _layout(len(shown), one, other, pull)

    def edges(samples: NDArray[np.int32]) -> tuple[Edge, ...]:
        there = np.flatnonzero(samples)
        return tuple(Edge(int(shown[one[i]]), int(shown[other[i]]), int(samples[i])) for i in there)

    return Neighborhood(
        tuple(
            Node(graph.vertex(graph.place(int(c))), role, float(x), float(y))
            for c, role, (x, y) in zip(shown, roles, places, strict=True)
        ),
        edges(met),
        edges(clash),
        len(neighbors),
        len(partners),
        len(neighbors) + len(partners) - n_neighbors - n_partners,
        n_further,
    )


def connected(graph: ConceptGraph, concept: int, role: Role) -> list[tuple[Concept, int]]:
    """All that a concept met, or is in conflict with, and the samples behind each, most first.

    Args:
        graph: of a selection.
        concept: its number.
        role: ``NEIGHBOR`` or ``PARTNER``.
    """
    others = _neighbors(graph, concept) if role is Role.NEIGHBOR else _partners(graph, concept)
    keys = pair_keys(others, np.full(len(others), concept))
    if role is Role.NEIGHBOR:
        samples = _counts(graph.index.edges, graph.edge_samples, keys)
    else:
        samples = _counts(graph.index.conflicts, graph.conflict_samples, keys)
    return [
        (graph.vertex(graph.place(int(other))), int(n))
        for other, n in zip(others, samples, strict=True)
    ]


def _neighbors(graph: ConceptGraph, concept: int) -> NDArray[np.int64]:
    """Concepts that met this one, by samples shared, then by number."""
    table = graph.selection.ranking.candidates.concepts
    rows = graph.samples_with(concept)
    own = [table.ids[table.indptr[row] : table.indptr[row + 1]] for row in rows]
    found, shared = np.unique(np.concatenate(own), return_counts=True)
    order = np.argsort(-shared, kind="stable")
    ranked = found[order]
    others: NDArray[np.int64] = ranked[ranked != concept].astype(np.int64)
    return others


def _partners(graph: ConceptGraph, concept: int) -> NDArray[np.int64]:
    """Concepts in conflict with this one, by samples rejected, then by number."""
    pairs, rejected = graph.conflicts()
    mine = (pairs == concept).any(axis=1)
    partner: NDArray[np.int64] = pairs[mine].sum(axis=1) - concept
    order = np.lexsort((partner, -rejected[mine]))
    return np.asarray(partner[order], np.int64)


def _further(
    graph: ConceptGraph, neighbors: NDArray[np.int64], shown: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Concepts that met one of ``neighbors`` and are not shown yet, by samples shared, then number."""
    pairs, samples = graph.edges()
    size = len(graph.selection.ranking.candidates.concepts.vocabulary)
    near, known = np.zeros(size, bool), np.zeros(size, bool)
    near[neighbors] = known[shown] = True
    met = np.zeros(size, np.int64)
    for this, other in ((0, 1), (1, 0)):
        crosses = near[pairs[:, this]] & ~known[pairs[:, other]]
        np.add.at(met, pairs[crosses, other], samples[crosses])
    found = np.flatnonzero(met)
    ranked: NDArray[np.int64] = found[np.argsort(-met[found], kind="stable")]
    return ranked


def _counts(
    groups: Groups, counts: NDArray[np.int32], keys: NDArray[np.int64]
) -> NDArray[np.int32]:
    return np.append(counts, np.int32(0))[groups.places(keys)]


def _layout(
    n: int, one: NDArray[np.int64], other: NDArray[np.int64], pull: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Places in [0, 1] ``(n, 2)`` by forces (Fruchterman & Reingold 1991), always the same.

    Every two nodes repel, linked ones attract with their ``pull``. The start is a spiral, the
    strongest node inside, so nothing is random. The center (node 0) is held in the middle.
    """
    angle = np.arange(n) * _GOLDEN_ANGLE
    at = (
        np.stack([np.cos(angle), np.sin(angle)], axis=1)
        * np.sqrt(np.arange(n) / max(n, 1))[:, None]
    )
    links = np.zeros((n, n))
    links[one, other] = links[other, one] = pull
    tied = np.nonzero(links)
    ideal = np.sqrt(1.0 / max(n, 1))
    for step in range(_STEPS):
        x, y = at[:, 0], at[:, 1]
        squared = np.subtract.outer(x, x) ** 2 + np.subtract.outer(y, y) ** 2
        np.maximum(squared, 1e-6 * ideal**2, out=squared)
        force = ideal**2 / squared
        linked = np.sqrt(squared[tied]) * links[tied] / ideal
        force[tied] -= linked
        # Sum over j of force_ij (at_i - at_j), without an array of all the differences.
        move = at * force.sum(axis=1)[:, None] - force @ at
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-12)
        reach = 0.2 * (1.0 - step / _STEPS)  # cools down, so that it comes to rest
        at += move / length * np.minimum(length, reach)
        at -= at[0]
    widest = np.abs(at).max()
    placed: NDArray[np.float64] = np.clip(0.5 + 0.5 * at / (widest or 1.0), 0.0, 1.0)
    return placed
