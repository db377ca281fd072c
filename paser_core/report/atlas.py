"""The map as one small picture: which points are drawn, which are bright, what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paser_core.report.subject import Capability, Subject
from paser_core.report.wording import excerpt

MOST_POINTS = 4_000  # drawn: more would only make the file larger
_WIDTH, _HEIGHT, _MARGIN = 1000.0, 680.0, 30.0
_LETTER, _LINE = 8.8, 22.0  # size of the labels' text, estimated
_LONGEST_LABEL = 30


@dataclass(frozen=True)
class Dots:
    """The points of a group as one path: ten bytes each."""

    path: str
    color: str
    bright: bool  # else muted, and below


@dataclass(frozen=True)
class Label:
    """The name of a group, near the median of its points."""

    text: str
    color: str
    x: int
    y: int


@dataclass(frozen=True)
class Atlas:
    """The samples in the plane, in the coordinates of the picture."""

    dots: tuple[Dots, ...]
    labels: tuple[Label, ...]
    drawn: int  # samples
    total: int
    width: float = _WIDTH
    height: float = _HEIGHT


def atlas(subject: Subject) -> Atlas:
    """The clustered samples; those selected in full color."""
    run, selection = subject.run, subject.selection
    points = run.columns("x", "y").to_numpy(np.float64)
    rows = np.flatnonzero((run.labels >= 0) & np.isfinite(points).all(axis=1))
    drawn = rows[thinned(len(rows), run.config.seed)]
    frame = Frame.around(points[drawn])
    at, groups = frame.place(points[drawn]), run.labels[drawn]
    bright = np.ones(len(drawn), bool) if selection is None else selection.rank[drawn] > 0
    present = [
        (c, np.median(points[rows[run.labels[rows] == c.number]], axis=0))
        for c in sorted(subject.capabilities, key=lambda c: -c.size)
        if (run.labels[rows] == c.number).any()
    ]
    return Atlas(
        tuple(
            Dots(path(at[shown & (groups == c.number)]), c.color, shown is bright)
            for shown in (~bright, bright)
            for c in sorted(subject.capabilities, key=lambda c: c.number)
            if (shown & (groups == c.number)).any()
        ),
        labels(
            [c for c, _ in present], frame.place(np.array([m for _, m in present]).reshape(-1, 2))
        ),
        len(drawn),
        len(rows),
    )


def thinned(n: int, seed: int, most: int = MOST_POINTS) -> NDArray[np.int64]:
    """``most`` of ``n`` points, drawn at random with the run's seed; all if there are fewer."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def path(points: NDArray[np.float64]) -> str:
    """A dot at each of ``points`` ``(m, 2)``."""
    return "".join(f"M{x} {y}h.1" for x, y in np.rint(points).astype(int).tolist())


def labels(capabilities: Sequence[Capability], points: NDArray[np.float64]) -> tuple[Label, ...]:
    """Each name as close to its point of ``(k, 2)`` as the names before it leave room."""
    made = []
    placed: list[tuple[float, float, float]] = []  # left, right, baseline
    for capability, (x, y) in zip(capabilities, points.tolist(), strict=True):
        text = excerpt(capability.name, _LONGEST_LABEL)
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
        made.append(Label(text, capability.color, round(middle), round(base)))
    return tuple(made)


@dataclass(frozen=True)
class Frame:
    """From the coordinates of the points to the picture's: equal scales, centered."""

    low: NDArray[np.float64]  # (2,)
    scale: float
    offset: NDArray[np.float64]  # (2,)

    @classmethod
    def around(cls, points: NDArray[np.float64]) -> Frame:
        """The frame in which all of ``points`` ``(m, 2)`` have room."""
        low = points.min(axis=0) if len(points) else np.zeros(2)
        extent = np.maximum(np.ptp(points, axis=0), 1e-9) if len(points) else np.ones(2)
        size = np.array([_WIDTH, _HEIGHT])
        scale = float(((size - 2 * _MARGIN) / extent).min())
        return cls(low, scale, (size - scale * extent) / 2)

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(m, 2)`` in the picture."""
        moved = self.offset + self.scale * (points - self.low)
        moved[:, 1] = _HEIGHT - moved[:, 1]  # SVG counts downwards
        return moved
