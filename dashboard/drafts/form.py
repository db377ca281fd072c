"""The form for a config: one knob for each field of it, and back.

The knobs are what the config says of its fields (:func:`paser_core.config.describe`), so that a field
that is added there is a field of the form. In the form nothing stands for ``auto`` and for null.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from paser_core.config import AUTO, Described, RunConfig, Section, describe, parse_config, to_tree

_COLUMNS = "data.fields."  # an empty text here is a choice: that no column has this part


class Kind(StrEnum):
    """What a knob holds."""

    CHOICE = "choice"
    WHOLE = "whole number"
    NUMBER = "number"
    TEXT = "text"
    SWITCH = "yes or no"


@dataclass(frozen=True)
class Knob(Described):
    """One field of the config as it is in the form: its default may be nothing."""

    kind: Kind
    choices: tuple[str, ...] = ()
    empty: str | None = None  # what nothing means: `auto`, `null`, or None where it must be filled


def knobs() -> dict[str, Knob]:
    """Every field of a run's config but lists, in its order."""
    return knobs_of(RunConfig)


@functools.cache
def knobs_of(section: type[Section]) -> dict[str, Knob]:
    """Every field of a section but lists, in its order."""
    # A list names parts of one run (clusters to split); it says nothing about another.
    return {
        path: knob_of(field)
        for path, field in describe(section).items()
        if not isinstance(field.default, tuple)
    }


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


def knob_of(field: Described) -> Knob:
    """A field as a form has it."""
    empty = "null" if type(None) in field.kinds else (AUTO if field.default == AUTO else None)
    kind = next(kind for kind in field.kinds if kind is not type(None))
    known = vars(field)
    if field.write is not None:
        return Knob(**known | {"default": field.write(field.default)}, kind=Kind.TEXT)
    if str in field.kinds and kind is not str and field.default != AUTO and field.words is not None:
        # A number or a word; what is typed says which.
        return Knob(**known | {"default": str(field.default)}, kind=Kind.TEXT)
    names = field.names or (kind if issubclass(kind, StrEnum) else ())
    if names:
        return Knob(
            **known | {"default": str(field.default)},
            kind=Kind.CHOICE,
            choices=tuple(map(str, names)),
        )
    kinds = {bool: Kind.SWITCH, int: Kind.WHOLE, float: Kind.NUMBER, str: Kind.TEXT}
    shown = None if field.default == AUTO and empty == AUTO else field.default
    return Knob(**known | {"default": shown}, kind=kinds[kind], empty=empty)


def _shown(value: Any, knob: Knob) -> Any:
    if knob.write is not None:
        return knob.write(value)
    return None if value == AUTO and knob.empty == AUTO else value


def _get(tree: Any, path: str) -> Any:
    for part in path.split("."):
        tree = tree[part]
    return tree
