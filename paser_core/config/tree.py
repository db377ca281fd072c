"""Configs from YAML, JSON and ``--set``, and back.

A field that does not exist is an error that names the nearest one; a value of the wrong type is an
error that names the right one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from paser_core.config.sections import RunConfig
from paser_core.errors import ConfigError

_UNICODE_BREAKS = re.compile("[\x85\u2028\u2029]")


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
    return RunConfig.of_tree(tree)


def to_tree(config: Any) -> dict[str, Any]:
    """Nested plain dicts, ready for YAML or JSON; ``parse_config`` reads them back."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        if isinstance(value, tuple):
            return [plain(item) for item in value]
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
