"""What a value out of a file may be, as data: small declarative kinds that say in words what they take.

A kind is asked with :meth:`Kind.wrong`; it answers None, or which part is not what it should be. Used
for the manifest (:mod:`manifest`); tables and arrays have kinds of their own (:mod:`contents`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Wrong:
    """One value that is not what it should be."""

    where: str  # dotted, e.g. "stages.layout.key"; empty for the whole
    found: Any
    expected: str
    missing: bool = False

    def inside(self, part: str) -> Wrong:
        """The same, seen from one level further out."""
        if self.missing:  # several, maybe
            where = ", ".join(f"{part}.{name}" for name in self.where.split(", "))
        else:
            where = f"{part}.{self.where}" if self.where else part
        return Wrong(where, self.found, self.expected, self.missing)


class Kind(Protocol):
    """What a value may be."""

    def wrong(self, value: Any) -> Wrong | None:
        """None where the value is of this kind."""


@dataclass(frozen=True)
class Plain:
    """A value without parts that passes a test."""

    expected: str
    accepts: Callable[[Any], bool]

    def wrong(self, value: Any) -> Wrong | None:
        return None if self.accepts(value) else Wrong("", value, self.expected)


@dataclass(frozen=True)
class ListOf:
    """A list whose items are all of one kind."""

    item: Kind
    distinct: bool = False

    def wrong(self, value: Any) -> Wrong | None:
        if not isinstance(value, list):
            return Wrong("", value, "a list")
        for number, item in enumerate(value):
            if (found := self.item.wrong(item)) is not None:
                return found.inside(str(number))
        if self.distinct and len(set(value)) != len(value):
            return Wrong("", value, "a list without repetitions")
        return None


@dataclass(frozen=True)
class MapOf:
    """An object whose values are all of one kind."""

    item: Kind

    def wrong(self, value: Any) -> Wrong | None:
        if not isinstance(value, dict):
            return Wrong("", value, "an object")
        for name, item in value.items():
            if (found := self.item.wrong(item)) is not None:
                return found.inside(name)
        return None


@dataclass(frozen=True)
class Fields:
    """An object with these fields; others may stand beside them."""

    required: Mapping[str, Kind]
    optional: Mapping[str, Kind] = field(default_factory=dict)

    def wrong(self, value: Any) -> Wrong | None:
        if not isinstance(value, dict):
            return Wrong("", value, "an object")
        missing = [name for name in self.required if name not in value]
        if missing:
            return Wrong(", ".join(missing), None, "", missing=True)
        for name, kind in {**self.required, **self.optional}.items():
            if name in value and (found := kind.wrong(value[name])) is not None:
                return found.inside(name)
        return None


@dataclass(frozen=True)
class OrNull:
    """A kind, or null."""

    kind: Kind

    def wrong(self, value: Any) -> Wrong | None:
        return None if value is None else self.kind.wrong(value)


def _is_whole(value: Any) -> bool:
    return type(value) is int  # in Python True is an int as well


def _is_number(value: Any) -> bool:
    return _is_whole(value) or (type(value) is float and math.isfinite(value))


def _is_text(value: Any) -> bool:
    # JSON may spell half a character, which no file and no page can show.
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)


def whole(low: int, high: int = 2**53) -> Plain:
    """A whole number in a range."""
    return Plain(
        f"a whole number from {low}" + ("" if high == 2**53 else f" to {high}"),
        lambda value: _is_whole(value) and low <= value <= high,
    )


def number(low: float, high: float = 1e15) -> Plain:
    """A finite number in a range."""
    return Plain(
        f"a number from {low:g}" + ("" if high == 1e15 else f" to {high:g}"),
        lambda value: _is_number(value) and low <= value <= high,
    )


def one_of(names: type) -> Plain:
    """One of the members of an enum of texts."""
    known = [str(name) for name in names]  # type: ignore[attr-defined]
    return Plain(" or ".join(known), lambda value: isinstance(value, str) and value in known)


_HEX = frozenset("0123456789abcdef")
TEXT = Plain("text", _is_text)
DIGEST = Plain(
    "64 hexadecimal digits",
    lambda value: isinstance(value, str) and len(value) == 64 and not set(value) - _HEX,
)
FILE_NAME = Plain(
    "the name of a file in the folder",
    lambda value: (
        _is_text(value)
        and 0 < len(value) <= 255
        and not set(value) & {"/", "\\", "\0"}
        and value not in (".", "..")
    ),
)
OBJECT = Plain("an object", lambda value: isinstance(value, dict))
