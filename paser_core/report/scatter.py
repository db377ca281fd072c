"""The map as one inline SVG, small however many samples there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.report.markup import Markup, tag
from paser_core.report.wording import excerpt

MOST_POINTS = 4_000  # drawn: more would only make the file larger
_WIDTH, _HEIGHT, _MARGIN = 1000.0, 680.0, 30.0
_LETTER, _LINE = 8.8, 22.0  # size of the labels' text, estimated
_LONGEST_LABEL = 30


@dataclass(frozen=True)
class MapLabel:
    """The name of a group, to stand at the median of its points."""

    text: str
    group: int
    x: float
    y: float


def thinned(n: int, seed: int, most: int = MOST_POINTS) -> NDArray[np.int64]:
    """``most`` of ``n`` points, drawn at random with the run's seed; all if there are fewer."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def map_figure(
    points: NDArray[np.float64],
    groups: NDArray[np.int32],
    bright: NDArray[np.bool_],
    colors: Sequence[str],
    labels: Sequence[MapLabel],
    description: str,
) -> Markup:
    """A scatter of ``points`` ``(m, 2)``: ``bright`` ``(m,)`` ones on top, the others muted.

    ``groups`` ``(m,)`` index ``colors``. The points of a group are one path of dots: ten bytes each.
    """
    frame = _Frame.around(points)
    at = frame.place(points)
    dots = []
    for shown, style in ((~bright, "dots muted"), (bright, "dots")):
        for group in np.unique(groups[shown]).tolist():
            spots = np.rint(at[shown & (groups == group)]).astype(int).tolist()
            path = "".join(f"M{x} {y}h.1" for x, y in spots)
            dots.append(tag("path", d=path, stroke=colors[group], class_=style))
    return tag(
        "svg",
        tag("title", "Map of the samples", id="map-title"),
        tag("desc", description, id="map-desc"),
        dots,
        _draw_labels(labels, frame, colors),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        class_="map",
        role="img",
        aria_labelledby="map-title map-desc",
    )


@dataclass(frozen=True)
class _Frame:
    """From the coordinates of the points to the picture's: equal scales, centered."""

    low: NDArray[np.float64]  # (2,)
    scale: float
    offset: NDArray[np.float64]  # (2,)

    @classmethod
    def around(cls, points: NDArray[np.float64]) -> _Frame:
        low = points.min(axis=0) if len(points) else np.zeros(2)
        extent = np.maximum(np.ptp(points, axis=0), 1e-9) if len(points) else np.ones(2)
        size = np.array([_WIDTH, _HEIGHT])
        scale = float(((size - 2 * _MARGIN) / extent).min())
        return cls(low, scale, (size - scale * extent) / 2)

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = self.offset + self.scale * (points - self.low)
        moved[:, 1] = _HEIGHT - moved[:, 1]  # SVG counts downwards
        return moved


def _draw_labels(
    labels: Sequence[MapLabel], frame: _Frame, colors: Sequence[str]
) -> Iterable[Markup]:
    """Each label as close to its point as the labels before it leave room."""
    placed: list[tuple[float, float, float]] = []  # left, right, baseline
    for label in labels:
        ((x, y),) = frame.place(np.array([[label.x, label.y]])).tolist()
        text = excerpt(label.text, _LONGEST_LABEL)
        half = _LETTER * (len(text) + 2) / 2
        middle = min(max(x, half), _WIDTH - half)
        for step in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5):
            base = min(max(y + step * _LINE, _LINE), _HEIGHT - 8)
            if not any(
                middle - half < right and middle + half > left and abs(base - other) < _LINE
                for left, right, other in placed
            ):
                break
        placed.append((middle - half, middle + half, base))
        yield tag(
            "text",
            tag("tspan", "● ", fill=colors[label.group]),
            text,
            x=round(middle),
            y=round(base),
            class_="name",
        )
