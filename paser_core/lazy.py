"""Texts without an object each: they are made when they are asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import overload


class LazyTexts(Sequence[str]):
    """A sequence of texts; whoever inherits says how many there are, and makes one."""

    @abstractmethod
    def _text(self, place: int) -> str:
        """The text at a place that is there, counted from 0."""

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self._text(i) for i in range(*place.indices(len(self)))]
        return self._text(range(len(self))[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]
