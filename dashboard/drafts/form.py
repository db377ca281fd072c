"""The form for a config: one knob for each field of it, and back.

The knobs are read off the dataclasses of :mod:`paser_core.config`, so that a field that is added
there is a field of the form. In the form nothing stands for ``auto`` and for null.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from paser_core.config import AUTO, RANGES, RunConfig, parse_config, to_tree

_COLUMNS = "data.fields."  # an empty text here is a choice: that no column has this part

_COLUMNS = "data.fields."  # an empty text here is a choice: that no column has this part


class Kind(StrEnum):
    """What a knob holds."""

    CHOICE = "choice"
    WHOLE = "whole number"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class Knob:
    """One field of the config."""

    path: str  # section.field
    kind: Kind
    default: Any  # None: nothing, which means `empty`
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    empty: str | None = None  # what nothing means: `auto`, `null`, or None where it must be filled
    write: Callable[[Any], str] | None = None  # how the value is written, where it is a text


def knobs() -> dict[str, Knob]:
    """Every field of the config but lists, in its order."""
    return {knob.path: knob for knob in _knobs(RunConfig, "")}


def values_of(config: RunConfig) -> dict[str, Any]:
    """The form filled in as ``config`` says."""
    tree = to_tree(config)
    return {path: _shown(_get(tree, path), knob) for path, knob in knobs().items()}


def config_of(values: Mapping[str, Any]) -> RunConfig:
    """The config that a form describes; a knob that is left out has its default.

    Raises:
        ConfigError: a value out of range, or a combination without sense.
    """
    tree: dict[str, Any] = {}
    known = knobs()
    for path, value in values.items():
        if isinstance(value, str) and not value.strip() and not path.startswith(_COLUMNS):
            value = None
        if value is None:
            if known[path].empty is None:
                continue
            value = AUTO if known[path].empty == AUTO else None
        *sections, name = path.split(".")
        node = tree
        for section in sections:
            node = node.setdefault(section, {})
        node[name] = value
    return parse_config(tree)


def _knobs(cls: Any, where: str) -> list[Knob]:
    hints = typing.get_type_hints(cls)
    found: list[Knob] = []
    for field in dataclasses.fields(cls):
        path = f"{where}.{field.name}" if where else field.name
        if dataclasses.is_dataclass(hints[field.name]):
            found += _knobs(hints[field.name], path)
        # A list names parts of one run (clusters to split); it says nothing about another.
        elif typing.get_origin(hints[field.name]) is not tuple:
            found.append(_knob(path, hints[field.name], field))
    return found


def _knob(path: str, hint: Any, field: dataclasses.Field[Any]) -> Knob:
    options = typing.get_args(hint) or (hint,)
    default, write = field.default, field.metadata["write"]
    low, high = RANGES.get(path, (None, None))
    empty = "null" if type(None) in options else (AUTO if default == AUTO else None)
    kind = next(option for option in options if option is not type(None))
    if write is not None:
        return Knob(path, Kind.TEXT, write(default), write=write)
    if issubclass(kind, StrEnum):
        return Knob(path, Kind.CHOICE, str(default), tuple(map(str, kind)))
    kinds = {int: Kind.WHOLE, float: Kind.NUMBER, str: Kind.TEXT}
    shown = None if default == AUTO and empty == AUTO else default
    return Knob(path, kinds[kind], shown, (), low, high, empty)


def _shown(value: Any, knob: Knob) -> Any:
    if knob.write is not None:
        return knob.write(value)
    return None if value == AUTO and knob.empty == AUTO else value


def _get(tree: Any, path: str) -> Any:
    for part in path.split("."):
        tree = tree[part]
    return tree
