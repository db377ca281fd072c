"""Configs from YAML, JSON and ``--set``, and back.

A field that does not exist is an error that names the nearest one; a value of the wrong type is an
error that names the right one.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from paser_core.config.sections import AUTO, RunConfig
from paser_core.errors import ConfigError, nearest

_T = typing.TypeVar("_T")
_UNICODE_BREAKS = re.compile("[\x85\u2028\u2029]")
_SCIENTIFIC = re.compile(r"[+-]?\d+[eE][+-]?\d+")


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a YAML file and apply ``a.b=c`` overrides.

    Raises:
        ConfigError: the file is missing or not YAML, a field is unknown or has a wrong type.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such config file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the config file cannot be read ({error}).") from error
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: this is not valid YAML: {error}") from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(
            f"{path}: the config must be a mapping of sections, not {type(tree).__name__}."
        )
    for override in overrides:
        _override(tree, override)
    return parse_config(tree)


def parse_config(tree: Mapping[str, Any]) -> RunConfig:
    """Build a config from nested mappings, as read from YAML or JSON."""
    config: RunConfig = _build(RunConfig, tree, "")
    return config


def parse_section(cls: type[_T], tree: Mapping[str, Any], name: str) -> _T:
    """Build one section, e.g. ``parse_section(SelectionConfig, {...}, "selection")``."""
    built: _T = _build(cls, tree, name)
    parse_config({name: to_tree(built)})  # ranges are checked on the whole
    return built


def to_tree(config: Any) -> dict[str, Any]:
    """Nested plain dicts, ready for YAML or JSON; ``parse_config`` reads them back."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return value.value if isinstance(value, StrEnum) else value

    tree: dict[str, Any] = plain(config)
    return tree


def dump_config(config: RunConfig) -> str:
    """The config as YAML text."""
    text: str = yaml.dump(to_tree(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    """PyYAML folds text at the line separators of Unicode and reads them back as spaces."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # In double quotes they are escaped.
    style = '"' if _UNICODE_BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _override(tree: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise ConfigError(f"--set {override}: write it as section.field=value, e.g. seed=1.")
    *parents, leaf = key.strip().split(".")
    node = tree
    for parent in parents:
        child = node.get(parent)
        if child is None:
            child = node[parent] = {}
        if not isinstance(child, dict):
            raise ConfigError(f"--set {override}: '{parent}' is a value, not a section.")
        node = child
    try:
        node[leaf] = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"--set {override}: the value is not valid YAML: {error}") from error


def _build(cls: Any, tree: Any, where: str) -> Any:
    if tree is None:
        tree = {}
    if not isinstance(tree, Mapping):
        raise ConfigError(f"{where} is {tree!r}; it must be a mapping of fields.")
    hints = typing.get_type_hints(cls)
    for key in tree:
        if key not in hints:
            path = f"{where}.{key}" if where else str(key)
            raise ConfigError(
                f"{path} is not a known field.{nearest(str(key), hints)} "
                f"Known here: {', '.join(hints)}."
            )
    values = {}
    for key, value in tree.items():
        path = f"{where}.{key}" if where else key
        hint = hints[key]
        values[key] = (
            _build(hint, value, path)
            if dataclasses.is_dataclass(hint)
            else _convert(hint, value, path)
        )
    return cls(**values)


def _convert(hint: Any, value: Any, path: str) -> Any:
    options = (
        typing.get_args(hint)
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
        else (hint,)
    )
    for option in options:
        if option is type(None) and value is None:
            return None
        if isinstance(option, type) and issubclass(option, StrEnum):
            if str(value) in set(option):
                return option(str(value))
            accepted = ", ".join(option)
            raise ConfigError(
                f"{path} is {value!r}; accepted: {accepted}.{nearest(str(value), option)}"
            )
        if option is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if option is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if option is float and isinstance(value, str) and _SCIENTIFIC.fullmatch(value):
            return float(value)  # YAML reads 1e-3, without a point, as text
        # The only free string beside a number is 'auto'.
        if option is str and isinstance(value, str) and (len(options) == 1 or _text(options)):
            return value
        if option is str and value == AUTO:
            return AUTO
    names = " or ".join(
        "null" if o is type(None) else ("'auto'" if o is str and not _text(options) else o.__name__)
        for o in options
    )
    raise ConfigError(f"{path} is {value!r}; it must be {names}.")


def _text(options: tuple[Any, ...]) -> bool:
    return all(option in (str, type(None)) for option in options)
