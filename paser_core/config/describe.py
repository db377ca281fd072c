"""What the fields of a section say of themselves: documents, forms and help are made from it."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from paser_core.config.section import AUTO, Section, fields_of


@dataclass(frozen=True)
class Described:
    """One field of a section."""

    path: str  # section.field
    kinds: tuple[Any, ...]  # types it may have
    default: Any
    label: str
    help: str  # a sentence or two: what it is
    why: str  # half a sentence: why the default is what it is
    low: float | None  # inclusive; None: no bound
    high: float | None
    write: Callable[[Any], str] | None  # makes a text of a value that has several units
    later: bool  # it came when there were runs already
    names: Mapping[str, Any] | None  # it is the name of one of these
    words: str | None  # what is accepted, where the types do not say it

    @property
    def accepted(self) -> str:
        """What is accepted, in words."""
        return self.words or " or ".join(self._words(kind) for kind in self.kinds)

    def _words(self, kind: Any) -> str:
        if kind is type(None):
            return "null"
        if typing.get_origin(kind) is tuple:
            return "a list of whole numbers"
        if issubclass(kind, StrEnum):
            return ", ".join(f"`{member.value}`" for member in kind)
        if self.names is not None:
            return ", ".join(f"`{name}`" for name in self.names)
        if kind is str:
            return f"`{AUTO}`" if self._is_number else "text"
        if kind is bool:
            return "true, false"
        noun = "whole number" if kind is int else "number"
        if self.low is None:
            return noun
        return f"{noun} from {self.low}" + ("" if self.high is None else f" to {self.high}")

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        options = [self._schema(kind) for kind in self.kinds]
        default = list(self.default) if isinstance(self.default, tuple) else self.default
        return {
            "title": self.label,
            "description": f"{self.help} Why this default: {self.why}.",
            "default": default,
            **(options[0] if len(options) == 1 else {"anyOf": options}),
        }

    def _schema(self, kind: Any) -> dict[str, Any]:
        if kind is type(None):
            return {"type": "null"}
        if typing.get_origin(kind) is tuple:
            inner = typing.get_args(kind)[0]
            return {"type": "array", "items": {"type": "string" if inner is str else "integer"}}
        if issubclass(kind, StrEnum):
            return {"enum": [member.value for member in kind]}
        if self.names is not None:  # a package may bring others
            return {"type": "string", "examples": list(self.names)}
        if kind is str:
            free = not self._is_number or self.write is not None
            return {"type": "string"} if free else {"const": AUTO}
        if kind is bool:
            return {"type": "boolean"}
        bounds = {"minimum": self.low, "maximum": self.high}
        known = {name: bound for name, bound in bounds.items() if bound is not None}
        return {"type": "integer" if kind is int else "number", **known}

    @property
    def _is_number(self) -> bool:
        return int in self.kinds or float in self.kinds


def describe(cls: type[Section]) -> dict[str, Described]:
    """Every field of a section by its dotted name, those of its subsections included."""
    return {field.path: field for field in _described(cls)}


def _described(cls: type[Section]) -> Iterator[Described]:
    for path, hint, field in fields_of(cls):
        if dataclasses.is_dataclass(hint):
            yield from _described(typing.cast(Any, hint))
            continue
        said = field.metadata
        same = ("label", "help", "why", "low", "high", "write", "later", "names")
        known = {name: said[name] for name in same}
        kinds = (hint,) if typing.get_origin(hint) is tuple else typing.get_args(hint) or (hint,)
        yield Described(path, kinds, field.default, **known, words=said["accepted"])


def json_schema(cls: type[Section]) -> dict[str, Any]:
    """The JSON schema of a section: for editors, which complete and check by it."""
    described = describe(cls)
    properties = {
        field.name: (
            described[path].schema
            if path in described
            else {"description": field.metadata["why"], **json_schema(hint)}
        )
        for path, hint, field in fields_of(cls)
    }
    # An empty section is as usual.
    kinds = ["object", "null", *(["string"] if cls.word else [])]
    return {"type": kinds, "properties": properties, "additionalProperties": False}
