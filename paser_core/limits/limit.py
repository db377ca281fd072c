"""What a limit is: a figure of a run or a selection, and the bound that it is held against."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from paser_core.limits.subject import Subject
from paser_core.text import percent


class Side(StrEnum):
    """On which side of its bound a figure has to be; the bound itself is within."""

    AT_LEAST = "at least"
    AT_MOST = "at most"

    def holds(self, value: float, bound: float) -> bool:
        """Whether a figure is within its bound, up to rounding."""
        if math.isclose(value, bound, rel_tol=1e-9, abs_tol=1e-12):
            return True
        return value > bound if self is Side.AT_LEAST else value < bound


@dataclass(frozen=True)
class Figure:
    """What was measured; NaN where it was not, and ``told`` then says why."""

    value: float
    told: str = ""  # a sentence: of what, where, how many

    @property
    def measured(self) -> bool:
        """Whether there is a value. What is missing is not 0."""
        return not math.isnan(self.value)


def unknown(why: str) -> Figure:
    """A figure that was not measured."""
    return Figure(float("nan"), why)


def of(part: float, whole: float, told: str, nothing: str) -> Figure:
    """A share; where there is nothing to take a share of, ``nothing`` says so.

    Args:
        part: of the whole.
        whole: 0 where there is nothing.
        told: the sentence for a share.
        nothing: the sentence for none.
    """
    return Figure(part / whole, told) if whole else unknown(nothing)


@dataclass(frozen=True)
class Limit:
    """A figure with the side of its bound. Bounds are shares, of which people read per cent.

    Args:
        side: where the figure has to be.
        bound: made by :func:`~paser_core.config.setting`: the default and why, its range, the label,
            the help. It becomes a field of a limits file.
        measure: the figure of a subject.
        told: how people read a value.
    """

    side: Side
    bound: Any
    measure: Callable[[Subject], Figure]
    told: Callable[[float], str] = field(default=percent)

    @property
    def title(self) -> str:
        """What lists call it."""
        return str(self.bound.metadata["label"])
