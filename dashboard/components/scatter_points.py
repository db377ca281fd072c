"""What a map shows: points, and what changes while sliders move.

Points stay the same for many reruns and sessions, so they pack themselves once and keep the result. Make
them once per run and color, and share them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.components.drawn import Drawn, Slots, drawn_of
from dashboard.components.payload import Packed, pack

_STATUSES = 16  # a status travels as half a byte


@dataclass(frozen=True)
class LegendEntry:
    """One color and what it stands for."""

    label: str
    color: str
    count: int


class Measure(NamedTuple):
    """What a continuous scale measures: the tip then tells a point's value, to the nearest color."""

    name: str
    low: float  # value of color 0
    high: float  # value of color steps - 1
    steps: int  # colors of the scale; the colors after them stand for points without a value


@dataclass(frozen=True, eq=False)
class ScatterPoints:
    """Everything that stays while sliders move."""

    positions: NDArray[np.uint16]  # (n, 2) or (n, 3) from geometry.quantize
    colors: NDArray[np.uint8]  # (n,) index into palette
    palette: tuple[str, ...]  # at most 256 hex colors
    legend: tuple[LegendEntry, ...]  # entry i stands for color i; empty for a continuous scale
    scale: tuple[str, str] | None  # lowest and highest value in words, for a continuous scale
    hover: Callable[[int], str] | None  # the plain text of a point, read when one points at it
    label: str  # what the picture shows, for those who do not see it
    measure: Measure | None = None  # for a continuous scale

    @property
    def drawn(self) -> Drawn:
        """Those that are always drawn."""
        return drawn_of(len(self.positions))

    @cached_property
    def layout(self) -> Packed:
        """Where the points are."""
        return pack({"positions": self.positions[self.drawn.rows]}, also=self.positions.shape)

    @cached_property
    def paint(self) -> Packed:
        """Which color they have, and what the colors mean."""
        means = [self.palette, self.legend_rows, self.scale, self.measure, self.label]
        return pack({"colors": self.colors[self.drawn.rows]}, also=means)

    @property
    def legend_rows(self) -> list[tuple[str, str, int]]:
        """The legend as JSON holds it."""
        return [(e.label, e.color, e.count) for e in self.legend]


@dataclass(frozen=True, eq=False)
class Overlay:
    """What changes while sliders move. Everything is optional."""

    bright: NDArray[np.bool_] | None = None  # (n,) stands out, the rest is muted; None: all do
    found: NDArray[np.bool_] | None = None  # (n,) what a search found: ringed, larger, on top
    chosen: int | None = None  # the sample on show: marked with a cross, even when muted
    neighbors: Sequence[int] = field(default=())  # joined to the chosen one by lines
    status: NDArray[np.uint8] | None = None  # (n,) index into status_names, shown while hovering
    status_names: tuple[str, ...] = ()  # at most 16
    inside: int | None = None  # points in the lasso, where somebody has counted

    def slots(self, points: ScatterPoints) -> Slots:
        """What is drawn: beside those that always are, what has to be seen."""
        wanted = [*([] if self.chosen is None else [self.chosen]), *self.neighbors]
        found = np.flatnonzero(() if self.found is None else self.found)
        return points.drawn.with_all(np.concatenate([np.array(wanted, np.int64), found]))

    def counted(self, points: ScatterPoints) -> dict[str, Any] | None:
        """Numbers of all points, where the browser has only some of them."""
        if points.drawn.whole:
            return None
        here = points.positions[:, 0] > 0
        bright, found = self.bright, self.found
        return {
            "standing": None
            if bright is None
            else np.bincount(points.colors[bright & here], minlength=256).tolist(),
            "found": None if found is None else int((found & here).sum()),
            "inside": self.inside,
        }

    def packed(self, points: ScatterPoints, slots: Slots) -> Packed:
        """A bit per point and question, half a byte for the status, for the points that are drawn.

        Raises:
            ValueError: an array is not as long as there are points, or there are too many statuses.
        """
        n = len(points.positions)
        arrays: dict[str, NDArray[np.unsignedinteger]] = {}
        for name in ("bright", "found"):
            mask = getattr(self, name)
            if mask is not None:
                _check_length(name, mask, n)
                arrays[name] = np.packbits(np.asarray(mask, bool)[slots.rows], bitorder="little")
        if self.status is not None:
            _check_length("status", self.status, n)
            if len(self.status_names) > _STATUSES:
                raise ValueError(f"{len(self.status_names)} statuses; at most {_STATUSES} fit")
            arrays["status"] = _nibbles(self.status[slots.rows])
        if len(slots.beside):
            arrays["beside"] = points.positions[slots.beside]
            arrays["beside_colors"] = points.colors[slots.beside]
        also = [self.chosen, [*map(int, self.neighbors)], self.status_names, self.counted(points)]
        return pack(arrays, also)


def _check_length(name: str, array: NDArray[np.generic], n: int) -> None:
    if array.shape != (n,):
        raise ValueError(f"{name} has the shape {array.shape}; the map has {n} points")


def _nibbles(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two codes below 16 in a byte, the even row in the lower half."""
    even = np.zeros(len(codes) + len(codes) % 2, np.uint8)
    even[: len(codes)] = codes
    return even[0::2] | np.left_shift(even[1::2], 4, dtype=np.uint8)
