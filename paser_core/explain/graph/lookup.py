"""Finding concepts by what a person types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.explain.graph.graph import Concept, ConceptGraph
from paser_core.language import fold
from paser_core.stages.phrases import normalize


@dataclass(frozen=True)
class Found:
    """The best matches, and how many there are besides."""

    concepts: tuple[Concept, ...]
    left_out: int


def search(graph: ConceptGraph, text: str, most: int = 50) -> Found:
    """Vertices whose name contains ``text``, or words that begin with each of its words.

    ``text`` is read as concepts are (case, hyphens, plurals), and as typed, so that half a word finds
    something. The exact name comes first, then names that begin with the text, then the rest; within
    these by rejections, then by samples, then by name. Nothing typed finds nothing: see :func:`worst`.
    """
    typed = " ".join(fold(text).replace("-", " ").split())
    forms = tuple(dict.fromkeys(form for form in (typed, fold(normalize(text))) if form))
    found: set[int] = set()
    for form in forms:
        found |= set(_containing(graph, form))
        found |= set.intersection(*(set(_containing(graph, f" {w}")) for w in form.split()))
    places = np.array(sorted(found), np.int64)
    names = [fold(graph.names[place]) for place in places.tolist()]
    rank = np.array([0 if n in forms else 1 if n.startswith(forms) else 2 for n in names], np.int32)
    # Vertices stand in the order of the vocabulary, so what is still equal is in order already.
    order = np.lexsort((-graph.samples[places], -graph.rejections[places], rank))
    return _best(graph, places[order], most)


def worst(graph: ConceptGraph, most: int = 50) -> Found:
    """The concepts that do most of the rejecting; those that reject nothing are not among them."""
    at_fault = np.flatnonzero(graph.rejections)
    order = np.lexsort((-graph.samples[at_fault], -graph.rejections[at_fault]))
    return _best(graph, at_fault[order], most)


def most_common(graph: ConceptGraph, most: int = 50) -> Found:
    """The concepts in most samples."""
    return _best(graph, np.argsort(-graph.samples, kind="stable"), most)


def _best(graph: ConceptGraph, places: NDArray[np.int64], most: int) -> Found:
    return Found(
        tuple(graph.vertex(place) for place in places[:most].tolist()), max(0, len(places) - most)
    )


def _containing(graph: ConceptGraph, piece: str) -> Iterator[int]:
    """Places of the vertices whose folded name, with a space before it, has ``piece``, ascending."""
    page, ends = graph.page
    at = page.find(piece)
    while at >= 0:
        place = int(np.searchsorted(ends, at, side="right"))
        yield place
        at = page.find(piece, int(ends[place]))
