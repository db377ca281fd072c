"""The neighborhood of a concept as a drawing: zoom, pan, hover, click, and all of it by keyboard.

An SVG of our own: concepts can be reached by the keyboard and read out, and a name is never anything
but text. Places come from the core; the browser only scales them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboard import palette
from dashboard.components.sources import component

_network = component(
    "paser_network",
    *("network/network.css", "wheel.css"),
    *("map/elements.js", "snapshot.js", "network/plane.js", "network/picture.js", "wheel.js"),
    *("network/hands.js", "network/snapshot.js", "network/network.js"),
)


@dataclass(frozen=True)
class Dot:
    """A concept."""

    number: int  # what a click answers with
    name: str
    x: float  # both in [0, 1], y downwards
    y: float
    radius: float  # pixels
    color: str
    role: str  # "center", "neighbor" or "partner"
    facts: str  # told when it is pointed at; a line each


@dataclass(frozen=True)
class Style:
    """How a line looks and what it tells; many lines share one."""

    width: float  # pixels
    facts: str  # told when it is pointed at; a line each


@dataclass(frozen=True)
class Line:
    """Two concepts that met, or are in conflict."""

    first: int  # places among the dots
    second: int
    style: int  # place among the styles


@dataclass(frozen=True)
class Network:
    """What is drawn: the center is the first dot."""

    dots: tuple[Dot, ...]
    edges: tuple[Line, ...]
    conflicts: tuple[Line, ...]
    styles: tuple[Style, ...]
    clusters: tuple[tuple[str, str], ...]  # name and color, for the legend
    chosen: tuple[int, int] | None  # numbers of the two concepts whose line stands out
    label: str  # read out for the whole drawing


@dataclass(frozen=True)
class Clicked:
    """What the reader clicked: a concept, or the line between two."""

    concept: int | None = None
    pair: tuple[int, int] | None = None


def clicked_in(state: Any) -> Clicked:
    """What was clicked, from the component's state; for use in its callback."""
    concept, pair = getattr(state, "concept", None), getattr(state, "pair", None)
    return Clicked(
        None if concept is None else int(concept),
        None if pair is None else (int(pair[0]), int(pair[1])),
    )


def concept_network(
    network: Network, *, key: str, height: int, on_click: Callable[[], None]
) -> None:
    """Draw it. ``on_click`` runs before the page does; :func:`clicked_in` tells what was clicked."""
    data: dict[str, Any] = {
        "nodes": [
            (d.number, d.name, d.x, d.y, d.radius, d.color, d.role, d.facts) for d in network.dots
        ],
        "edges": [(line.first, line.second, line.style) for line in network.edges],
        "conflicts": [(line.first, line.second, line.style) for line in network.conflicts],
        "styles": [(style.width, style.facts) for style in network.styles],
        "clusters": network.clusters,
        "chosen": network.chosen,
        "label": network.label,
        "conflict": palette.CONFLICT,
        "height": height,
        "key": key,
    }
    data["version"] = hashlib.blake2b(json.dumps(data).encode(), digest_size=8).hexdigest()
    _network(key=key, data=data, on_concept_change=on_click, on_pair_change=on_click)
