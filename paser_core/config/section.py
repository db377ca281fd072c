"""What every section of the config shares: it coerces and checks itself when it is made.

``ModelsConfig(template="alpaca")`` holds ``Template.ALPACA``, whether it comes from YAML, from a
form or from Python; a name or a number that is not accepted is a :class:`ConfigError` there and
then. The stages may therefore compare options by identity. A field's default, its range, the reason
for both, and what a person is told of it stand in one place: :func:`setting`. The docs, the schema for
editors, the form and the help of the command line are made from them (:mod:`paser_core.config.describe`).
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import math
import numbers
import os
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Self, TypeVar, cast

from paser_core.errors import ConfigError, nearest, shortened
from paser_core.registry import Registry

AUTO = "auto"

_T = TypeVar("_T")
_E = TypeVar("_E", bound=StrEnum)
_SCIENTIFIC = re.compile(r"[+-]?\d{1,9}[eE][+-]?\d{1,9}")


def setting(
    default: _T,
    why: str,
    *,
    label: str = "",
    help: str = "",
    low: float | None = None,
    high: float | None = None,
    read: Callable[[Any, str], Any] | None = None,
    write: Callable[[Any], str] | None = None,
    accepted: str | None = None,
    later: bool = False,
    names: Registry | None = None,
) -> _T:
    """A field of a section: its default, the reason for it, and inclusive bounds where it has any.

    Args:
        default: what holds where nothing is given.
        why: half a sentence: why that is the default.
        label: what a form calls it.
        help: a sentence or two: what it is, for forms and the help of the command line.
        low: smallest value that is accepted; ``None``: no bound. ``auto`` and null have none.
        high: largest value that is accepted.
        read: makes the value of what was given and the dotted name, where its type is not enough.
        write: makes a text of the value that ``read`` reads back, for a form.
        accepted: what ``read`` takes, for ``docs/config.md``.
        later: the field came when there were runs already: at its default, which is what they were
            made with, it has no part in what a run is known by.
        names: the value is the name of one of these.
    """
    metadata = {
        "why": why,
        "label": label,
        "help": help,
        "low": low,
        "high": high,
        "read": read if names is None else names.check,
        "write": write,
        "accepted": accepted,
        "later": later,
        "names": names,
    }
    found: _T = dataclasses.field(default=default, metadata=metadata)
    return found


def subsection(cls: type[_T], why: str) -> _T:
    """A field of a section that is a section itself."""
    made: _T = dataclasses.field(
        default_factory=cls, metadata={"why": why, "low": None, "high": None, "later": False}
    )
    return made


class Section:
    """Base of the frozen dataclasses of the config."""

    _at: ClassVar[str]  # "" for the run itself
    word: ClassVar[str | None]  # the field that a bare word stands for, as in ``engine: ray``

    def __init_subclass__(cls, at: str, word: str | None = None) -> None:
        cls._at, cls.word = at, word

    def __post_init__(self) -> None:
        for name, (hint, field) in _fields(cast(Any, type(self))).items():
            read = field.metadata.get("read") or functools.partial(coerced, hint)
            value = read(getattr(self, name), _dotted(self._at, name))
            _in_range(value, field.metadata, _dotted(self._at, name))
            object.__setattr__(self, name, value)
        self.check()

    def check(self) -> None:
        """Raise :class:`ConfigError` for a combination of fields without sense."""

    def check_order(self, low: str, high: str) -> None:
        """Raise :class:`ConfigError` where one field is larger than another."""
        least, most = getattr(self, low), getattr(self, high)
        if least > most:
            at = _dotted(self._at, low)
            raise ConfigError(
                f"{at} is {least} and {_dotted(self._at, high)} is {most}; {low} must not be larger "
                f"than {high}.",
                field=at,
            )

    @classmethod
    def of_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Out of nested mappings, as YAML and JSON have them.

        Raises:
            ConfigError: a field is unknown, or a value is not accepted.
        """
        if not isinstance(tree, Mapping):
            raise ConfigError(
                f"{cls._at or 'the config'} is {shortened(tree)}; it must be a mapping of fields.",
                field=cls._at or None,
            )
        check_names(cls, tree)
        return cls(**tree)


def check_names(cls: type[Section], names: Iterable[Any], without: Sequence[str] = ()) -> None:
    """See that a section has these fields; those in ``without`` do not count.

    Raises:
        ConfigError: one is unknown; the message has the nearest, and all of them.
    """
    known = [name for name in _fields(cast(Any, cls)) if name not in without]
    for name in names:
        if name not in known:
            short = shortened(name).strip("'")
            raise ConfigError(
                f"{_dotted(cls._at, short)} is not a known field.{nearest(short, known)} "
                f"Known here: {', '.join(known)}.",
                field=_dotted(cls._at, str(name)),
            )


@functools.cache
def _fields(cls: Any) -> Mapping[str, tuple[Any, dataclasses.Field[Any]]]:
    hints = typing.get_type_hints(cls)
    return {field.name: (hints[field.name], field) for field in dataclasses.fields(cls)}


def fields_of(cls: type[Section]) -> Iterator[tuple[str, Any, dataclasses.Field[Any]]]:
    """Dotted name, type and field of each field of a section, in order."""
    for name, (hint, field) in _fields(cast(Any, cls)).items():
        yield _dotted(cls._at, name), hint, field


def option(cls: type[_E], value: str, name: str) -> _E:
    """The member of an enum that a text names; members are passed through.

    Raises:
        ConfigError: it names none; the message has all of them and the nearest.
    """
    if isinstance(value, str):
        for member in cls:
            if member.value == value:
                return member
    accepted = ", ".join(cls)
    raise ConfigError(
        f"{name} is {shortened(value)}; accepted: {accepted}.{nearest(str(value), cls)}",
        field=name,
    )


def coerced(hint: Any, value: Any, path: str) -> Any:
    """``value`` as the type of a field has it.

    Raises:
        ConfigError: it cannot be one; the message says what is accepted.
    """
    if isinstance(hint, type) and issubclass(hint, Section):
        return _section(hint, value, path)
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in options:
        return None
    for kind in options:
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return option(kind, value, path)
        if kind is type(None):
            continue
        if typing.get_origin(kind) is tuple:
            if isinstance(value, Sequence) and not isinstance(value, str | bytes):
                (inner, _) = typing.get_args(kind)
                return tuple(coerced(inner, item, f"{path}[{i}]") for i, item in enumerate(value))
        elif (found := _plain(kind, value, _words_only(options))) is not None:
            return found
    names = " or ".join(_named(kind, _words_only(options)) for kind in options)
    # YAML reads `no`, `12` and `1e5` as something else than text.
    quotes = " Put it in quotes." if _words_only(options) and isinstance(value, float | int) else ""
    raise ConfigError(f"{path} is {shortened(value)}; it must be {names}.{quotes}", field=path)


def _section(cls: type[Section], value: Any, path: str) -> Section:
    if isinstance(value, cls):
        return value
    if value is None:
        return cls()
    if isinstance(value, Mapping):
        return cls.of_tree(value)
    if isinstance(value, str) and cls.word is not None:
        return cls.of_tree({cls.word: value})
    raise ConfigError(f"{path} is {shortened(value)}; it must be a mapping of fields.", field=path)


def _plain(kind: Any, value: Any, words_only: bool) -> Any:
    """``value`` as ``kind``, or ``None`` where it is none."""
    truth = isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")
    if kind is bool:
        return bool(value) if truth else None
    if kind is int and isinstance(value, numbers.Integral) and not truth:
        return int(value)
    if kind is float and isinstance(value, numbers.Real) and not truth:
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if kind is float and isinstance(value, str) and _SCIENTIFIC.fullmatch(value):
        return float(value)  # YAML reads 1e-3, without a point, as text
    if kind is str and isinstance(value, str) and (words_only or value == AUTO):
        return str(value)  # the only free text beside a number is 'auto'
    if kind is str and type(value) is datetime.date and words_only:
        return value.isoformat()  # YAML reads 2025-01-31 as a date
    if kind is str and isinstance(value, os.PathLike) and words_only:
        return os.fsdecode(value)
    return None


def _in_range(value: Any, metadata: Mapping[str, Any], path: str) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return
    low, high = metadata["low"], metadata["high"]
    finite = math.isfinite(value) if isinstance(value, float) else True
    number = "" if finite else "a finite number, "
    if finite and (low is None or value >= low) and (high is None or value <= high):
        return
    if low is None or high is None:
        accepted = "a finite number" if low is None else f"{number}at least {_bound(low)}"
    else:
        accepted = f"{number}between {_bound(low)} and {_bound(high)}"
    raise ConfigError(f"{path} is {shortened(value)}; it must be {accepted}.", field=path)


def _bound(value: float) -> str:
    """``0.0`` as 0."""
    return str(int(value)) if float(value).is_integer() else str(value)


def _words_only(options: tuple[Any, ...]) -> bool:
    return all(kind in (str, type(None)) for kind in options)


def _named(kind: Any, words_only: bool) -> str:
    if kind is type(None):
        return "null"
    if kind is str and not words_only:
        return "'auto'"
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    return names.get(kind, "a list")


def _dotted(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
